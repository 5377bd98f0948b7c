import { notFound } from 'next/navigation'
import { auth } from '../../../login'

export const POST = auth(async (_request, login) => {
  await login.logoutUser()
  notFound()
})
