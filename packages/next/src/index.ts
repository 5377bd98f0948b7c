// @fetch-login/next: three doors. Pages read (page.ts), actions write at once (page.ts), route handlers and the proxy have
// an answer of their own to put cookies on (route.ts, proxy.ts). It translates and decides nothing.
import type { AnonymousGuardOptions, GuardOptions, LoginManager, Policy } from '@fetch-login/core'
import {
  assertFunction,
  createArgumentError,
  describeValue,
  managerResolver,
  withFreshness,
} from '@fetch-login/core/adapter'
import { pageDoor } from './page'
import { proxyDoor } from './proxy'
import { routeDoor } from './route'
import type { NextAnonymousGuard, NextAuth, NextGuard, NextLogin, NextLoginOptions } from './types'

export type {
  NextAnonymousGuard,
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
 * export const { loginProxy, loginRequired, freshLoginRequired, auth } = nextLogin(manager)
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
  const managerOf = managerResolver(manager, 'nextLogin()', options.address !== undefined)
  const house = { manager: managerOf(undefined), ...options }
  const page = pageDoor(house)
  const route = routeDoor(house, page)

  const guard =
    (complete: <Options extends object>(options: Options) => Options) =>
    (given: unknown, more: GuardOptions<User> = {}) =>
      typeof given === 'function'
        ? route.guarded(given as never, complete(more))
        : page.pass(complete(policyOf<User>(given)))

  return {
    loginProxy: proxyDoor(house),
    loginRequired: guard((options) => options) as NextGuard<User, Exempt>,
    freshLoginRequired: guard(withFreshness) as NextGuard<User, Exempt>,
    anonymousRequired: ((handler, options: AnonymousGuardOptions = {}) => {
      assertFunction(
        handler,
        'The first argument of anonymousRequired()',
        'Write anonymousRequired((request, auth) => …).',
      )
      return route.anonymous(handler as never, options)
    }) as NextAnonymousGuard<User, Guest>,
    auth: ((handler) => {
      if (handler === undefined) return page.auth()
      assertFunction(handler, 'The argument of auth()', 'Write export const GET = auth((request, auth) => …).')
      return route.open(handler as never)
    }) as NextAuth<User, Guest>,
  }
}

/** Next.js calls a guard that is exported in the place of a route handler, and a copy of its request looks like no options. */
function policyOf<User>(given: unknown): Policy<User> {
  if (given === undefined) return {}
  const isPlain = typeof given === 'object' && given !== null && !('headers' in given) && !Array.isArray(given)
  if (isPlain) return given as Policy<User>
  const remedy = 'Write export const GET = loginRequired((request, user) => …), or await loginRequired() in a page.'
  throw createArgumentError(
    `A guard must receive a route handler or a policy, but received ${describeValue(given)}. ${remedy}`,
  )
}
