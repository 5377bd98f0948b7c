import { auth } from '../../login'

export const POST = auth(async (_request, login) => {
  await login.logoutUser()
  return new Response(null, { status: 303, headers: { location: '/' } })
})
