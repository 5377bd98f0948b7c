// @fetch-login/next: three doors. Pages read (page.ts), actions write at once (page.ts), route handlers and the proxy have
// an answer of their own to put cookies on (route.ts, proxy.ts). It translates and decides nothing.
import { type GuardOptions, type LoginManager, managerSource, type Policy } from '@fetch-login/core'
import { pageDoor } from './page'
import { proxyDoor } from './proxy'
import { routeDoor } from './route'
import type { NextAuth, NextGuard, NextLogin, NextLoginOptions } from './types'

export type {
  NextAuth,
  NextGuard,
  NextLogin,
  NextLoginOptions,
  ReadonlyHeaders,
  Route,
  RouteContext,
  RouteHandler,
} from './types'

/**
 * Login for Next.js.
 *
 * @example
 * export const { loginManager, loginRequired, freshLoginRequired, auth } = nextLogin(manager)
 * // app/dashboard/page.tsx
 * export default async function Dashboard() {
 *   const user = await loginRequired()
 *   return <p>Hello {user.name}</p>
 * }
 * @throws OptionsError `invalid-options` where the fingerprint needs an address and `address` is missing.
 */
export function nextLogin<User, Guest = null, Exempt extends string = never>(
  manager: LoginManager<User, Guest, Exempt>,
  options: NextLoginOptions = {},
): NextLogin<User, Guest, Exempt> {
  const managerOf = managerSource(manager, 'nextLogin()', options.address !== undefined)
  const house = { manager: managerOf(undefined), ...options }
  const page = pageDoor(house)
  const route = routeDoor(house, page)

  const guard =
    (always: Policy<User>) =>
    (given: unknown, more: GuardOptions<User> = {}) =>
      typeof given === 'function'
        ? route.guarded(given as never, { ...more, ...always })
        : page.pass({ ...(given as Policy<User>), ...always })

  return {
    loginManager: proxyDoor(house),
    loginRequired: guard({}) as NextGuard<User, Exempt>,
    freshLoginRequired: guard({ fresh: true }) as NextGuard<User, Exempt>,
    auth: ((handler) => (handler === undefined ? page.auth() : route.open(handler as never))) as NextAuth<User, Guest>,
  }
}
