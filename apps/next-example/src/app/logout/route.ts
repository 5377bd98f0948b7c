import { auth } from '../../login'

export const POST = auth(async (_request, handle) => {
  await handle.logoutUser()
  return new Response(null, { status: 303, headers: { location: '/' } })
})
