// The types of the adapter. They are structural because a `RequestHandler<any, …>` would remove the parameter types of the
// handlers after it, and because connect has no such type.
import type { AnonymousGuardOptions, Auth, GuardOptions } from '@fetch-login/core'
import type { NodeRequest, NodeResponse } from '@fetch-login/core/node'

/** Options of {@link expressLogin}. */
export interface ExpressLoginOptions {
  /**
   * The property of the request that holds the `Auth` object. Several managers need different names. A property of this name
   * that another library has set is kept; `auth(req)` returns the `Auth` object in any case.
   *
   * @default 'auth'
   */
  readonly property?: string | undefined
  /**
   * Returns the client's address, for a fingerprint that includes it.
   *
   * @param req - The request.
   * @returns The IP address, or undefined if it is unknown.
   * @default `req.ip`, which depends on the app's `trust proxy`, else the address of the socket
   */
  readonly address?: ((req: NodeRequest) => string | undefined) | undefined
}

/**
 * Continues with the next handler, or with the error handler of the app.
 *
 * @param error - The error, if there is one.
 */
export type Next = (error?: unknown) => void

/**
 * Middleware for Express and every other framework with the signature of connect.
 *
 * @param req - The request.
 * @param res - The response.
 * @param next - Receives errors of the library, and of loaders and listeners of the app.
 */
export type ExpressMiddleware = (req: NodeRequest, res: NodeResponse, next: Next) => void

/**
 * Creates middleware for logged-in users, behind which `auth(req).user` is the user.
 *
 * @param options - The policy of the guard, and its exceptions.
 * @returns Middleware for a route, a router or an app.
 * @throws OptionsError `invalid-options` if an option is wrong.
 */
export type ExpressGuard<User> = (options?: GuardOptions<User>) => ExpressMiddleware

/** The result of {@link expressLogin}: `const { loginMiddleware, loginRequired, freshLoginRequired, auth } = expressLogin(manager)`. */
export interface ExpressLogin<User, Guest = null> {
  /** Creates the `Auth` object of each request. Install it first: `app.use(loginMiddleware)`. */
  readonly loginMiddleware: ExpressMiddleware
  /** Creates middleware for logged-in users. All other requests receive a redirect, 401 or 403. */
  readonly loginRequired: ExpressGuard<User>
  /** Creates middleware for users whose login is fresh, and at most `withinSeconds` old if that is set. */
  readonly freshLoginRequired: ExpressGuard<User>
  /**
   * Creates middleware for anonymous requests. Logged-in users are redirected to the query's `next` if it is safe, else to
   * `home`.
   *
   * @param options - The path `home`.
   * @returns Middleware for a route such as `/login`.
   * @throws OptionsError `invalid-options` if an option is wrong.
   */
  readonly anonymousRequired: (options?: AnonymousGuardOptions) => ExpressMiddleware
  /**
   * Returns the `Auth` object of this request. Behind a guard, `auth(req).user` is the user.
   *
   * @param req - The request.
   * @returns The `Auth` object, the same for the whole request.
   * @throws UsageError `not-installed` if `loginMiddleware` did not run.
   * @throws UsageError `invalid-argument` if `req` is not an object.
   */
  auth(req: NodeRequest): Auth<User, Guest>
}
