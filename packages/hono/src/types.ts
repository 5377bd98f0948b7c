// The types of the adapter.
import type { AnonymousGuardOptions, Auth, GuardOptions } from '@fetch-login/core'
import type { Context, MiddlewareHandler } from 'hono'

/** A Hono context with any env, path and input. */
// biome-ignore lint/suspicious/noExplicitAny: Hono's own way to say "any env, path and input"
export type AnyContext = Context<any, any, any>

/** Options of {@link honoLogin}. */
export interface HonoLoginOptions<Variable extends string> {
  /**
   * The context variable that holds the user behind a guard. Several managers need different names.
   *
   * @default 'user'
   */
  readonly variable?: Variable | undefined
  /**
   * Returns the client's address, for a fingerprint that includes it: `getConnInfo(c).remote.address`, or a header of your
   * own proxy.
   *
   * @param c - The context of the request.
   * @returns The IP address, or undefined if it is unknown.
   * @default undefined, no address
   */
  readonly address?: (c: AnyContext) => string | undefined
}

/** Middleware that sets the context variable to the user. */
export type HonoGuardMiddleware<User, Variable extends string = 'user'> = MiddlewareHandler<{
  Variables: { [Name in Variable]: User }
}>

/**
 * Creates middleware for logged-in users, which sets `c.var.user`. With `except`, and for a manager with `exemptMethods`,
 * the user may be undefined. With `cache: 'public'` the guard does not set it: read `auth(c).user`.
 *
 * @typeParam Exempt - The methods that the manager exempts.
 */
export interface HonoGuard<User, Variable extends string = 'user', Exempt extends string = never> {
  /**
   * Creates middleware behind which the user is defined, unless the manager exempts methods.
   *
   * @param options - The policy of the guard, and the kind of its refusals.
   * @returns Middleware that sets the context variable.
   * @throws OptionsError `invalid-options` if an option is wrong. With a manager of the bindings, the first request reports it.
   */
  (
    options?: GuardOptions<User> & { readonly except?: undefined; readonly cache?: 'private' | undefined },
  ): HonoGuardMiddleware<[Exempt] extends [never] ? User : User | undefined, Variable>
  /**
   * Creates middleware behind which the user may be undefined: with `except` for some paths, with `cache: 'public'` always.
   *
   * @param options - The policy of the guard, and its exceptions.
   * @returns Middleware that sets the context variable if the user may be read.
   * @throws OptionsError `invalid-options` if an option is wrong. With a manager of the bindings, the first request reports it.
   */
  (options: GuardOptions<User>): HonoGuardMiddleware<User | undefined, Variable>
}

/** The result of {@link honoLogin}: `const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(manager)`. */
export interface HonoLogin<User, Guest = null, Variable extends string = 'user', Exempt extends string = never> {
  /** Creates the `Auth` object of each request. Install it first: `app.use(loginMiddleware)`. */
  readonly loginMiddleware: MiddlewareHandler
  /** Creates middleware for logged-in users. All other requests receive a redirect, 401 or 403. */
  readonly loginRequired: HonoGuard<User, Variable, Exempt>
  /** Creates middleware for users whose login is fresh, and at most `withinSeconds` old if that is set. */
  readonly freshLoginRequired: HonoGuard<User, Variable, Exempt>
  /**
   * Creates middleware for anonymous requests. Logged-in users are redirected to the query's `next` if it is safe, else to
   * `home`.
   *
   * @param options - The path `home`.
   * @returns Middleware for a route such as `/login`.
   * @throws OptionsError `invalid-options` if an option is wrong.
   */
  readonly anonymousRequired: (options?: AnonymousGuardOptions) => MiddlewareHandler
  /**
   * Returns the `Auth` object of this request. Behind a guard, `auth(c).user` is the user.
   *
   * @param c - The context of the request.
   * @returns The `Auth` object, the same for the whole request.
   * @throws UsageError `not-installed` if `loginMiddleware` did not run.
   * @throws UsageError `invalid-argument` if `c` is not a context of Hono.
   */
  auth(c: AnyContext): Auth<User, Guest>
}
