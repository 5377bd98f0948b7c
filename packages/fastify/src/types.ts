// The types of the adapter. Structural on purpose: a guard over `FastifyRequest<any, …>` would destroy the parameters
// of the routes it stands on, those of type providers included.
import type { Auth, GuardOptions } from '@fetch-login/core'
import type { FastifyPluginCallback, FastifyRequest } from 'fastify'

/** What the adapter has to be told of the app. */
export interface FastifyLoginOptions {
  /** The property of the request that holds the handle. Default `auth`; several managers need a name each. */
  readonly property?: string | undefined
  /** The client's address, for a fingerprint that looks at it. Default: `request.ip` (by the app's `trustProxy`). */
  readonly address?: ((request: FastifyRequest) => string | undefined) | undefined
}

/** What a guard needs of a reply. */
export interface GuardedReply {
  readonly sent: boolean
  send(payload: Response): unknown
}

/** A hook for `preHandler` or `onRequest`, on a route or on a whole plugin scope. */
export type FastifyGuardHook = (request: { readonly raw: object }, reply: GuardedReply) => Promise<unknown>

/** A hook that lets only logged-in users pass; behind it `auth(request).user` is the user. */
export type FastifyGuard<User> = (options?: GuardOptions<User>) => FastifyGuardHook

/** What an app takes apart: `const { loginManager, loginRequired, freshLoginRequired, auth } = fastifyLogin(manager)`. */
export interface FastifyLogin<User, Guest = null> {
  /** The plugin that gives each request its handle; register it first: `app.register(loginManager)`. */
  readonly loginManager: FastifyPluginCallback
  /** Lets only logged-in users pass; others get a redirect, 401 or 403. */
  readonly loginRequired: FastifyGuard<User>
  /** Lets only users pass who proved who they are in this session, perhaps `{ within: 600 }` seconds ago. */
  readonly freshLoginRequired: FastifyGuard<User>
  /**
   * The handle of this request; `auth(request).user` is the user behind a guard.
   *
   * @throws UsageError `not-installed` where `loginManager` is not registered.
   */
  auth(request: { readonly raw: object }): Auth<User, Guest>
}
