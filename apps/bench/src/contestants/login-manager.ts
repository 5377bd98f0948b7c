// Our own login, set up as the documents say, with protection and stamps on; and visitors who log in to it.
import { createLoginManager, type LoginManager, type LoginOptions, type SessionCodec } from '@fetch-login/core'
import { commitHeaders, type HeaderTarget } from '@fetch-login/core/adapter'
import type { Credential } from '../contestant'
import type { Crowd } from '../crowd'
import { cookieHeader, headersWith, ORIGIN, PAGE } from '../request'
import { type User, userAt, users } from '../users'
import { SECRET } from './secret'

export function createBenchManager(cacheBytes: number, codec?: SessionCodec): LoginManager<User> {
  return createLoginManager({
    loadUser: (id) => users.get(id),
    secrets: SECRET,
    sessionStamp: (user) => user.stamp,
    cacheBytes,
    ...(codec && { session: { codec } }),
  })
}

/** Logs visitors in; each has a session of its own. */
export async function logIn(
  manager: LoginManager<User>,
  visitors: number,
  options: LoginOptions = {},
): Promise<Credential[]> {
  const credentials: Credential[] = []
  for (let index = 0; index < visitors; index++) {
    const user = userAt(index)
    credentials.push({ cookie: cookieHeader(await cookiesOf(manager, user, options)), user })
  }
  return credentials
}

async function cookiesOf(manager: LoginManager<User>, user: User, options: LoginOptions): Promise<readonly string[]> {
  const auth = manager.open(viewOf(null))
  await auth.loginUser(user, options)
  const lines: string[] = []
  commitHeaders(auth, targetOf(lines))
  return lines
}

/** One visitor, whom the cache of verified cookies knows from the second request on. */
export async function regular(cacheBytes: number, codec?: SessionCodec): Promise<Credential[]> {
  return logIn(createBenchManager(cacheBytes, codec), 1)
}

/**
 * Visitors of whom each is unknown when they come again: the cache of verified cookies forgets the first before the last
 * has come, whatever it counts a cookie for.
 *
 * @throws Error where the cache could hold them all.
 */
export async function strangers(manager: LoginManager<User>, { visitors, cacheBytes }: Crowd): Promise<Credential[]> {
  const credentials = await logIn(manager, visitors)
  const bytes = credentials.reduce((sum, { cookie }) => sum + tokenOf(cookie).length, 0)
  if (bytes <= cacheBytes)
    throw new Error(`A cache of ${cacheBytes} bytes could hold all ${visitors} cookies (${bytes} bytes).`)
  return credentials
}

/** The value of the only cookie of a header. */
export function tokenOf(cookie: string): string {
  return cookie.slice(cookie.indexOf('=') + 1)
}

/** A request as an adapter shows it to core. */
export function viewOf(cookie: string | null) {
  const headers: Readonly<Record<string, string>> = headersWith(cookie)
  return { method: 'GET', url: ORIGIN + PAGE, headers: { get: (name: string) => headers[name] ?? null } }
}

/** The headers of an answer that has none yet; lines of Set-Cookie are kept. */
export function targetOf(lines: string[]): HeaderTarget {
  return { get: () => null, set: () => {}, append: (_name, line) => void lines.push(line) }
}
