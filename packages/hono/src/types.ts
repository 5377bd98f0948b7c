// The types of the adapter: what an app writes down and what it gets.
import type { AnonymousGuardOptions, Auth, GuardOptions } from '@fetch-login/core'
import type { Context, MiddlewareHandler } from 'hono'

/** Any Hono context: this adapter asks nothing of an app's env. */
// biome-ignore lint/suspicious/noExplicitAny: Hono's own way to say "any env, path and input"
export type AnyContext = Context<any, any, any>

/** What the adapter has to be told of the app. */
export interface HonoLoginOptions<Variable extends string> {
  /** The context variable that holds the user behind a guard. Default `user`; several managers need a name each. */
  readonly variable?: Variable | undefined
  /** The client's address, for a fingerprint that looks at it: `getConnInfo(c).remote.address`, or a header of your proxy. */
  readonly address?: (c: AnyContext) => string | undefined
}

/** Middleware behind which a context variable holds the user. */
export type HonoGuardMiddleware<User, Variable extends string = 'user'> = MiddlewareHandler<{
  Variables: { [Name in Variable]: User }
}>

/**
 * Middleware that lets only logged-in users pass; behind it `c.get('user')` is the user. With `except`, and for a manager
 * with `exemptMethods`, the user may be undefined. With `cache: 'public'` the guard does not set it: read `auth(c).user`.
 *
 * @typeParam Exempt The methods that the manager exempts.
 */
export interface HonoGuard<User, Variable extends string = 'user', Exempt extends string = never> {
  (
    options?: GuardOptions<User> & { readonly except?: undefined; readonly cache?: 'private' | undefined },
  ): HonoGuardMiddleware<[Exempt] extends [never] ? User : User | undefined, Variable>
  (options: GuardOptions<User>): HonoGuardMiddleware<User | undefined, Variable>
}

/** What an app takes apart: `const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(manager)`. */
export interface HonoLogin<User, Guest = null, Variable extends string = 'user', Exempt extends string = never> {
  /** Gives each request its handle; install it first: `app.use(loginMiddleware)`. */
  readonly loginMiddleware: MiddlewareHandler
  /** Lets only logged-in users pass; others get a redirect, 401 or 403. */
  readonly loginRequired: HonoGuard<User, Variable, Exempt>
  /** Lets only users pass who proved who they are in this session, perhaps `{ withinSeconds: 600 }` seconds ago. */
  readonly freshLoginRequired: HonoGuard<User, Variable, Exempt>
  /** Lets only anonymous requests pass: for a login page. Logged-in users are redirected to the query's `next`, or to `home`. */
  readonly anonymousRequired: (options?: AnonymousGuardOptions) => MiddlewareHandler
  /**
   * The handle of this request; `auth(c).user` is the user behind a guard.
   *
   * @throws UsageError `not-installed` where `loginMiddleware` did not run.
   */
  auth(c: AnyContext): Auth<User, Guest>
}
