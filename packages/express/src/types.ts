// The types of the adapter. Structural on purpose: a `RequestHandler<any, …>` would spoil the parameters of what follows
// it in a route, and plain connect servers have none.
import type { AnonymousGuardOptions, Auth, GuardOptions } from '@fetch-login/core'
import type { NodeRequest, NodeResponse } from '@fetch-login/core/node'

/** What the adapter has to be told of the app. */
export interface ExpressLoginOptions {
  /**
   * The property of the request that holds the handle. Default `auth`; several managers need a name each. Where another
   * library keeps something of this name, that stays: `auth(req)` gives the handle in any case.
   */
  readonly property?: string | undefined
  /** The client's address, for a fingerprint that looks at it. Default: `req.ip` (by the app's `trust proxy`), else the peer's. */
  readonly address?: ((req: NodeRequest) => string | undefined) | undefined
}

/** Goes on to what stands behind, perhaps with an error. */
export type Next = (error?: unknown) => void

/** Middleware for Express and everything else that speaks connect. */
export type ExpressMiddleware = (req: NodeRequest, res: NodeResponse, next: Next) => void

/** Middleware that lets only logged-in users pass; behind it `auth(req).user` is the user. */
export type ExpressGuard<User> = (options?: GuardOptions<User>) => ExpressMiddleware

/** What an app takes apart: `const { loginMiddleware, loginRequired, freshLoginRequired, auth } = expressLogin(manager)`. */
export interface ExpressLogin<User, Guest = null> {
  /** Gives each request its handle; install it first: `app.use(loginMiddleware)`. */
  readonly loginMiddleware: ExpressMiddleware
  /** Lets only logged-in users pass; others get a redirect, 401 or 403. */
  readonly loginRequired: ExpressGuard<User>
  /** Lets only users pass who proved who they are in this session, perhaps `{ withinSeconds: 600 }` seconds ago. */
  readonly freshLoginRequired: ExpressGuard<User>
  /** Lets only anonymous requests pass: for a login page. Logged-in users are redirected to the query's `next`, or to `home`. */
  readonly anonymousRequired: (options?: AnonymousGuardOptions) => ExpressMiddleware
  /**
   * The handle of this request; `auth(req).user` is the user behind a guard.
   *
   * @throws UsageError `not-installed` where `loginMiddleware` did not run.
   */
  auth(req: NodeRequest): Auth<User, Guest>
}
