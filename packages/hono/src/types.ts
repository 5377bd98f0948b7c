// The types of the adapter: what an app writes down and what it gets.
import type { Auth, GuardOptions, LoginManager, LoginManagerOptions } from '@fetch-login/core'
import type { Context, MiddlewareHandler } from 'hono'

/** Any Hono context: this adapter asks nothing of an app's env. */
// biome-ignore lint/suspicious/noExplicitAny: Hono's own way to say "any env, path and input"
export type AnyContext = Context<any, any, any>

/** What the adapter has to be told of the app. */
export interface HonoLoginOptions<Variable extends string> {
  /** The context variable that holds the user behind a guard. Default `user`; several managers need a name each. */
  readonly variable?: Variable
  /** The client's address, for a fingerprint that looks at it: `getConnInfo(c).remote.address`, or a header of your proxy. */
  readonly address?: (c: AnyContext) => string | undefined
}

/** Middleware that lets only logged-in users pass; behind it `c.get('user')` is the user. */
export type HonoGuard<User, Variable extends string> = (
  options?: GuardOptions<User>,
) => MiddlewareHandler<{ Variables: { [Name in Variable]: User } }>

/** What an app takes apart: `const { loginManager, loginRequired, freshLoginRequired, auth } = honoLogin(manager)`. */
export interface HonoLogin<User, Guest, Variable extends string> {
  /** Gives each request its handle; install it first: `app.use(loginManager)`. */
  readonly loginManager: MiddlewareHandler
  /** Lets only logged-in users pass; others get a redirect, 401 or 403. */
  readonly loginRequired: HonoGuard<User, Variable>
  /** Lets only users pass who proved who they are in this session, perhaps `{ within: 600 }` seconds ago. */
  readonly freshLoginRequired: HonoGuard<User, Variable>
  /**
   * The handle of this request; `auth(c).user` is the user behind a guard.
   *
   * @throws UsageError `not-installed` where `loginManager` did not run.
   */
  auth(c: AnyContext): Auth<User, Guest>
}

/** A manager, or what makes one (or its options) of the bindings that come with each request on Workers. */
export type ManagerSource<User, Guest> =
  | LoginManager<User, Guest>
  // biome-ignore lint/suspicious/noExplicitAny: the bindings' type is the app's
  | ((env: any) => LoginManager<User, Guest> | LoginManagerOptions<User, Guest>)
