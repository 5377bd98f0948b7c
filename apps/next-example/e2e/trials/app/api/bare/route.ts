// Route handlers without a wrapper, which await the guard as an action does.
import { auth, loginRequired } from '../../../login'

export async function GET(): Promise<Response> {
  return Response.json({ id: (await loginRequired()).id })
}

export async function POST(): Promise<Response> {
  await (await auth()).logoutUser()
  return Response.json({})
}
