// Route handlers that permit shared caches to keep their responses.
import { auth, withLoginRequired } from '../../../login'

const SHARED = { 'cache-control': 'public, s-maxage=3600, max-age=60' }

export const GET = withLoginRequired((_request, user) => Response.json({ id: user.id }, { headers: SHARED }))

/** Logs in again, so that the response sets cookies. */
export const POST = auth(async (_request, auth) => {
  await auth.loginUser({ id: 'alice' })
  return Response.json({}, { headers: SHARED })
})
