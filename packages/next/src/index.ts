// @fetch-login/next translates between core and Next.js: pages and server actions (page.ts), route handlers (route.ts)
// and the proxy (proxy.ts). It does not make decisions itself.
import type { GuardOptions, LoginManager, Policy } from '@fetch-login/core'
import { assertFunction, managerResolver, withFreshness } from '@fetch-login/core/adapter'
import { createGuards } from './guards'
import { createPageAuth } from './page'
import { createPageWrapper } from './page-wrapper'
import { createProxy } from './proxy'
import { createRouteWrapper } from './route'
import type { NextAuth, NextGuard, NextLogin, NextLoginOptions, NextPageGuard, NextRouteGuard } from './types'

export type {
  GuardedPage,
  NextAnonymousGuard,
  NextAnonymousPageGuard,
  NextAnonymousRouteGuard,
  NextAuth,
  NextGuard,
  NextLogin,
  NextLoginOptions,
  NextPageGuard,
  NextRouteGuard,
  Page,
  PageProps,
  ReadonlyHeaders,
  Route,
  RouteContext,
  RouteHandler,
} from './types'

/**
 * Creates the login functions of a Next.js app.
 *
 * @example
 * export const { loginProxy, loginRequired, loginRequiredPage, withLoginRequired, auth } = nextLogin(manager)
 * // app/dashboard/page.tsx
 * export default loginRequiredPage(({ user }) => <p>Hello {user.name}</p>)
 * @param manager - The login manager.
 * @param options - The address of the client, and handlers of refusals and errors.
 * @returns The proxy, the guards of pages, actions and route handlers, and `auth()`.
 * @throws OptionsError `invalid-options` if the fingerprint includes the address and the option `address` is missing.
 * @throws UsageError `invalid-argument` if the first argument is not a manager.
 * @throws UsageError `two-copies` if another copy of core created the manager.
 */
export function nextLogin<User, Guest = null, Exempt extends string = never>(
  manager: LoginManager<User, Guest, Exempt>,
  options: NextLoginOptions = {},
): NextLogin<User, Guest, Exempt> {
  const resolveManager = managerResolver(manager, 'nextLogin()', options.address !== undefined)
  const config = { manager: resolveManager(undefined), ...options }
  const page = createPageAuth(config)
  const route = createRouteWrapper(config, page)
  const pages = createPageWrapper(config.manager, page)
  const guards = createGuards(config, page)

  type Complete = <Options extends object>(options: Options) => Options
  const keep: Complete = (given) => given
  const createGuard =
    (name: string, complete: Complete): NextGuard<User> =>
    (policy) =>
      guards.requireUser(name, policy, complete)
  const createRouteGuard = (name: string, complete: Complete) =>
    ((handler: never, given: GuardOptions<User> = {}) =>
      route.wrapForUser(name, handler, complete(given))) as NextRouteGuard<User, Exempt>
  const createPageGuard = (name: string, complete: Complete) =>
    ((component: never, given: Policy<User> = {}) =>
      pages.wrapForUser(name, component, complete(given))) as NextPageGuard<User>

  return {
    loginProxy: createProxy(config),
    loginRequired: createGuard('loginRequired', keep),
    freshLoginRequired: createGuard('freshLoginRequired', withFreshness),
    anonymousRequired: (given) => guards.requireAnonymous(given),
    withLoginRequired: createRouteGuard('withLoginRequired', keep),
    withFreshLoginRequired: createRouteGuard('withFreshLoginRequired', withFreshness),
    withAnonymousRequired: (handler, given = {}) => route.wrapForAnonymous(handler as never, given),
    loginRequiredPage: createPageGuard('loginRequiredPage', keep),
    freshLoginRequiredPage: createPageGuard('freshLoginRequiredPage', withFreshness),
    anonymousRequiredPage: (component, given = {}) => pages.wrapForAnonymous(component as never, given) as never,
    auth: ((handler) => {
      if (handler === undefined) return page.getAuth()
      assertFunction(handler, 'The argument of auth()', 'Write export const GET = auth((request, auth) => …).')
      return route.wrap(handler as never)
    }) as NextAuth<User, Guest>,
  }
}
