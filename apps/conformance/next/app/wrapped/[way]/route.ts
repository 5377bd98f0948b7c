import { auth, contract } from '../../../login'
import { leave } from '../../../ways'

/** Before it is left: a GET looks, a POST logs in, a DELETE logs out. */
const wrapped = auth(async ({ method, nextUrl }, auth, context: RouteContext<'/wrapped/[way]'>) => {
  const alice = contract.users.findByName('alice')
  if (method === 'DELETE') await auth.logoutUser()
  else if (method === 'POST' && alice !== undefined) await auth.loginUser(alice, { remember: true })
  else await auth.currentUser()
  return leave(nextUrl, context)
})

export { wrapped as DELETE, wrapped as GET, wrapped as POST }
