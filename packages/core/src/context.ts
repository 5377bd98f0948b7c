// `@fetch-login/core/context`: Flask's `current_user` from anywhere, by AsyncLocalStorage. The only file that names
// `node:async_hooks` (Node, Bun, Deno, and Workers with Node compatibility).
import { AsyncLocalStorage } from 'node:async_hooks'
import { type Auth, isAuth } from './auth'
import { assertFunction, createArgumentError, describeValue } from './base/argument'
import { UsageError } from './base/errors'

const current = new AsyncLocalStorage<unknown>()

/**
 * Makes the handle known to everything that `run` calls, however deep.
 *
 * @example app.use((c, next) => provideAuth(auth(c), next))
 */
export function provideAuth<User, Guest, T>(auth: Auth<User, Guest>, run: () => T): T {
  if (!isAuth(auth))
    throw createArgumentError(`provideAuth() must receive an Auth object, but received ${describeValue(auth)}.`)
  assertFunction(run, 'The second argument of provideAuth()', 'Call provideAuth(auth(c), next).')
  return current.run(auth, run)
}

/**
 * The handle of the request that is being answered.
 *
 * @throws UsageError `not-installed` outside `provideAuth()`.
 */
export function currentAuth<User, Guest = null>(): Auth<User, Guest> {
  const auth = current.getStore()
  if (auth !== undefined) return auth as Auth<User, Guest>
  throw new UsageError(
    'not-installed',
    'There is no request here: call currentAuth() from inside provideAuth(), which belongs right after the login middleware.',
  )
}
