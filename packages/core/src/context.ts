// `@fetch-login/core/context`: the `Auth` object of the current request in any function, as `current_user` of
// Flask-Login, by AsyncLocalStorage. It needs `node:async_hooks` (Node, Bun, Deno, and Workers with Node
// compatibility).
import { AsyncLocalStorage } from 'node:async_hooks'
import { type Auth, isAuth } from './auth'
import { assertFunction, createArgumentError, describeValue } from './base/argument'
import { UsageError } from './base/errors'

const current = new AsyncLocalStorage<unknown>()

/**
 * Calls a function within which {@link currentAuth} returns the `Auth` object.
 *
 * @param auth - The `Auth` object of the request.
 * @param run - The function. Everything that it calls or awaits can use the object.
 * @returns The result of `run`.
 * @throws UsageError `invalid-argument` if `auth` is not an `Auth` object, or `run` is not a function.
 * @example app.use((c, next) => provideAuth(auth(c), next))
 */
export function provideAuth<User, Guest, T>(auth: Auth<User, Guest>, run: () => T): T {
  if (!isAuth(auth))
    throw createArgumentError(`provideAuth() must receive an Auth object, but received ${describeValue(auth)}.`)
  assertFunction(run, 'The second argument of provideAuth()', 'Call provideAuth(auth(c), next).')
  return current.run(auth, run)
}

/**
 * Returns the `Auth` object of the current request.
 *
 * @example
 * const user = await currentAuth().currentUser()
 * @throws UsageError `not-installed` outside `provideAuth()`.
 */
export function currentAuth<User, Guest = null>(): Auth<User, Guest> {
  const auth = current.getStore()
  if (auth !== undefined) return auth as Auth<User, Guest>
  throw new UsageError(
    'not-installed',
    'currentAuth() must be called within provideAuth(), but was called outside of it. Install provideAuth() directly after the login middleware.',
  )
}
