// A browser that was closed and comes again with its remember cookie alone: the login is taken up again, and a new session
// cookie goes out.
import type { SessionCodec } from '@fetch-login/core'
import { commitHeaders } from '@fetch-login/core/adapter'
import type { Door, Work } from '../../contestant'
import type { Crowd } from '../../crowd'
import { visits } from '../../guarded-page'
import { provePage } from '../../proof'
import type { User } from '../../users'
import { createBenchManager, logIn, targetOf, viewOf } from '../login-manager'
import { answerOf } from './door'

const VISITORS = 256

export async function restore(codec: SessionCodec, { cacheBytes }: Crowd): Promise<Work> {
  const manager = createBenchManager(cacheBytes, codec)
  const ask = async (_path: string, cookie: string | null) => {
    const auth = manager.open(viewOf(cookie))
    const user = await auth.currentUser()
    const lines: string[] = []
    commitHeaders(auth, targetOf(lines))
    return { user, lines }
  }
  const door: Door<{ user: User | null; lines: string[] }> = { ask, read: async ({ user }) => answerOf(user) }
  const credentials = await logIn(manager, VISITORS, { remember: true })
  const remembered = credentials.map(({ cookie, user }) => ({ cookie: rememberCookie(cookie), user }))
  const next = visits(door, remembered)
  const prove = async () => [
    { what: 'a new session cookie goes out', ok: (await next()).lines.length === 1 },
    ...(await provePage(door, remembered)),
  ]
  return { next, prove }
}

/** Of the cookies of a login, the one that outlives the browser. */
function rememberCookie(header: string): string {
  const pair = header.split('; ').find((one) => one.includes('remember_token='))
  if (pair === undefined) throw new Error('The login left no remember cookie.')
  return pair
}
