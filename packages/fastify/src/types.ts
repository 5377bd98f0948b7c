// The types of the adapter. Structural on purpose: a guard over `FastifyRequest<any, …>` would destroy the parameters
// of the routes it stands on, those of type providers included.
import type { AnonymousGuardOptions, Auth, GuardOptions } from '@fetch-login/core'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'

/** What the adapter has to be told of the app. */
export interface FastifyLoginOptions {
  /** The property of the request that holds the handle. Default `auth`; several managers need a name each. */
  readonly property?: string | undefined
  /** The client's address, for a fingerprint that looks at it. Default: `request.ip` (by the app's `trustProxy`). */
  readonly address?: ((request: FastifyRequest) => string | undefined) | undefined
}

/** Any request of Fastify, over HTTP/1 or HTTP/2, whatever its route, schema and type provider say. */
export interface AnyRequest {
  /** The request of Node. */
  readonly raw: {
    /** Names and values in turn, as they came. */
    readonly rawHeaders: readonly string[]
  }
}

/** Any reply of Fastify: what it may send is its route's business. */
export interface AnyReply {
  /** The response of Node. */
  readonly raw: object
  /** Whether it was answered, or will be past Fastify. */
  readonly sent: boolean
  /** Keeps Fastify from answering. */
  hijack(): unknown
}

/**
 * A hook for `onRequest`, `preParsing`, `preValidation` or `preHandler`, on a route or on a whole plugin scope. Where it
 * refuses, it has answered when it resolves: `reply.sent` is true, and no further hook or handler runs.
 */
export interface FastifyGuardHook {
  (request: AnyRequest, reply: AnyReply): Promise<void>
  /** As Fastify calls it: where nothing waits, it goes on without a promise. */
  (request: AnyRequest, reply: AnyReply, done: () => void): Promise<void> | undefined
}

/** A hook that lets only logged-in users pass; behind it `auth(request).user` is the user. */
export type FastifyGuard<User> = (options?: GuardOptions<User>) => FastifyGuardHook

/** What an app takes apart: `const { loginPlugin, loginRequired, freshLoginRequired, auth } = fastifyLogin(manager)`. */
export interface FastifyLogin<User, Guest = null> {
  /**
   * The plugin that gives each request of its scope a handle: `app.register(loginPlugin)`, before what uses it. Where it
   * stands already, in this scope or above, it does nothing.
   *
   * @throws OptionsError `invalid-options` when it is registered, where the name of the property is taken.
   */
  readonly loginPlugin: FastifyPluginAsync
  /** Lets only logged-in users pass; others get a redirect, 401 or 403. */
  readonly loginRequired: FastifyGuard<User>
  /** Lets only users pass who proved who they are in this session, perhaps `{ withinSeconds: 600 }` seconds ago. */
  readonly freshLoginRequired: FastifyGuard<User>
  /** Lets only anonymous requests pass: for a login page. Logged-in users are redirected to the query's `next`, or to `home`. */
  readonly anonymousRequired: (options?: AnonymousGuardOptions) => FastifyGuardHook
  /**
   * The handle of this request; `auth(request).user` is the user behind a guard.
   *
   * @throws UsageError `not-installed` where `loginPlugin` is not registered.
   */
  auth(request: AnyRequest): Auth<User, Guest>
}
