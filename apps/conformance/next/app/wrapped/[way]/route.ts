import { auth, contract } from '../../../login'
import { leave } from '../../../ways'

/** A GET reads the user, a POST logs in, and a DELETE logs out. Then the handler ends in the way of the URL. */
const wrapped = auth(async ({ method, nextUrl }, auth, context: RouteContext<'/wrapped/[way]'>) => {
  const alice = contract.users.findByName('alice')
  if (method === 'DELETE') await auth.logoutUser()
  else if (method === 'POST' && alice !== undefined) await auth.loginUser(alice, { remember: true })
  else await auth.currentUser()
  return leave(nextUrl, context)
})

export { wrapped as DELETE, wrapped as GET, wrapped as POST }
