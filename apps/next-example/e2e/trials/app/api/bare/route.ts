// Nothing is wrapped: the guard is awaited, as in an action.
import { auth, loginRequired } from '../../../login'

export async function GET(): Promise<Response> {
  return Response.json({ id: (await loginRequired()).id })
}

export async function POST(): Promise<Response> {
  await (await auth()).logoutUser()
  return Response.json({})
}
