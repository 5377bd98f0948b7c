// Nothing is wrapped, and Next.js lets go of the cookies.
import { notFound } from 'next/navigation'
import { auth } from '../../../login'

export async function POST(): Promise<Response> {
  await (await auth()).logoutUser()
  notFound()
}
