// The login manager of our subjects, with session protection and session stamps; and visitors who log in to it.
import { createLoginManager, type LoginManager, type LoginOptions, type SessionCodec } from '@fetch-login/core'
import { commitHeaders, type HeaderTarget } from '@fetch-login/core/adapter'
import { createHeaders, ORIGIN, PAGE, toCookieHeader } from './request'
import type { Credential, Visitors } from './subject'
import { getUserAt, SECRET, type User, users } from './users'

export function createBenchManager(cacheBytes: number, codec?: SessionCodec): LoginManager<User> {
  return createLoginManager({
    loadUser: (id) => users.get(id),
    secrets: SECRET,
    sessionStamp: (user) => user.stamp,
    cacheBytes,
    ...(codec && { session: { codec } }),
  })
}

/** Logs a user in and returns the Set-Cookie lines. */
export async function logIn(manager: LoginManager<User>, user: User, options: LoginOptions = {}): Promise<string[]> {
  const auth = manager.open(createView(null))
  await auth.loginUser(user, options)
  const lines: string[] = []
  commitHeaders(auth, createTarget(lines))
  return lines
}

/** Logs visitors in. Each has its own session. */
export async function createCredentials(
  manager: LoginManager<User>,
  count: number,
  options?: LoginOptions,
): Promise<Credential[]> {
  const credentials: Credential[] = []
  for (let index = 0; index < count; index++) {
    const user = getUserAt(index)
    credentials.push({ cookie: toCookieHeader(await logIn(manager, user, options)), user })
  }
  return credentials
}

/** Logs in one visitor, whose cookie is in the cache of verified cookies from the second request on. */
export function createSeenCredentials(cacheBytes: number, codec?: SessionCodec): Promise<Credential[]> {
  return createCredentials(createBenchManager(cacheBytes, codec), 1)
}

/**
 * Logs in more visitors than the cache of verified cookies can hold, so that no cookie is in it when it is sent again.
 *
 * @throws Error if the cache could hold all cookies.
 */
export async function createUnseenCredentials(
  manager: LoginManager<User>,
  { count, cacheBytes }: Visitors,
): Promise<Credential[]> {
  const credentials = await createCredentials(manager, count)
  const bytes = credentials.reduce((sum, { cookie }) => sum + getToken(cookie).length, 0)
  if (bytes <= cacheBytes)
    throw new Error(`A cache of ${cacheBytes} bytes could hold all ${count} cookies (${bytes} bytes).`)
  return credentials
}

/** Returns the value of the only cookie of a header. */
export function getToken(cookie: string): string {
  return cookie.slice(cookie.indexOf('=') + 1)
}

/** Creates the view of a request that an adapter passes to core. */
export function createView(cookie: string | null) {
  const headers: Readonly<Record<string, string>> = createHeaders(cookie)
  return { method: 'GET', url: ORIGIN + PAGE, headers: { get: (name: string) => headers[name] ?? null } }
}

/** Creates the headers of an empty response, which add the Set-Cookie lines to the list. */
export function createTarget(lines: string[]): HeaderTarget {
  return { get: () => null, set: () => {}, append: (_name, line) => void lines.push(line) }
}
