import { notFound } from 'next/navigation'
import { auth } from '../../../login'

export const POST = auth(async (_request, handle) => {
  await handle.logoutUser()
  notFound()
})
