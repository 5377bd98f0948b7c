// A route handler without a wrapper, whose cookies Next.js drops with notFound().
import { notFound } from 'next/navigation'
import { auth } from '../../../login'

export async function POST(): Promise<Response> {
  await (await auth()).logoutUser()
  notFound()
}
