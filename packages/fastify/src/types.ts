// The types of the adapter. They are structural because a guard over `FastifyRequest<any, …>` would remove the parameter types
// of its routes, including those of type providers.
import type { AnonymousGuardOptions, Auth, GuardOptions } from '@fetch-login/core'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'

/** Options of {@link fastifyLogin}. */
export interface FastifyLoginOptions {
  /**
   * The property of the request that holds the `Auth` object. Several managers need different names.
   *
   * @default 'auth'
   */
  readonly property?: string | undefined
  /**
   * Returns the client's address, for a fingerprint that includes it.
   *
   * @param request - The request.
   * @returns The IP address, or undefined if it is unknown.
   * @default `request.ip`, which depends on the app's `trustProxy`
   */
  readonly address?: ((request: FastifyRequest) => string | undefined) | undefined
}

/** A request of Fastify over HTTP/1 or HTTP/2, with any route, schema and type provider. */
export interface AnyRequest {
  /** The request of Node. */
  readonly raw: {
    /** Alternating names and values, as the client sent them. */
    readonly rawHeaders: readonly string[]
  }
}

/** A reply of Fastify with any type of payload. */
export interface AnyReply {
  /** The response of Node. */
  readonly raw: object
  /** Whether the response was sent, or is sent without Fastify. */
  readonly sent: boolean
  /** Prevents Fastify from sending a response. */
  hijack(): unknown
}

/**
 * A hook for `onRequest`, `preParsing`, `preValidation` or `preHandler`, on a route or on a plugin scope. After a refusal
 * `reply.sent` is true when the hook resolves, and no further hook or handler runs.
 */
export interface FastifyGuardHook {
  /**
   * Checks a request, for hooks of the app that call the guard.
   *
   * @param request - The request.
   * @param reply - Sends the refusal.
   * @returns A promise that resolves after the check, and after the refusal if there is one.
   */
  (request: AnyRequest, reply: AnyReply): Promise<void>
  /**
   * Checks a request when Fastify calls the hook.
   *
   * @param request - The request.
   * @param reply - Sends the refusal.
   * @param done - Continues. The hook calls it instead of returning a promise if the check is synchronous.
   * @returns A promise, or undefined if the hook has called `done`.
   */
  (request: AnyRequest, reply: AnyReply, done: () => void): Promise<void> | undefined
}

/**
 * Creates a hook for logged-in users, behind which `auth(request).user` is the user.
 *
 * @param options - The policy of the guard, and its exceptions.
 * @returns A hook for a route or a plugin scope.
 * @throws OptionsError `invalid-options` if an option is wrong.
 */
export type FastifyGuard<User> = (options?: GuardOptions<User>) => FastifyGuardHook

/** The result of {@link fastifyLogin}: `const { loginPlugin, loginRequired, freshLoginRequired, auth } = fastifyLogin(manager)`. */
export interface FastifyLogin<User, Guest = null> {
  /**
   * The plugin that creates the `Auth` object of each request: `app.register(loginPlugin)`, before the routes that use it. If
   * it is registered in this scope or a parent scope already, it does nothing.
   *
   * @throws OptionsError `invalid-options` at registration if the request has a property of this name already.
   */
  readonly loginPlugin: FastifyPluginAsync
  /** Creates a hook for logged-in users. All other requests receive a redirect, 401 or 403. */
  readonly loginRequired: FastifyGuard<User>
  /** Creates a hook for users whose login is fresh, and at most `withinSeconds` old if that is set. */
  readonly freshLoginRequired: FastifyGuard<User>
  /**
   * Creates a hook for anonymous requests. Logged-in users are redirected to the query's `next` if it is safe, else to `home`.
   *
   * @param options - The path `home`.
   * @returns A hook for a route such as `/login`.
   * @throws OptionsError `invalid-options` if an option is wrong.
   */
  readonly anonymousRequired: (options?: AnonymousGuardOptions) => FastifyGuardHook
  /**
   * Returns the `Auth` object of this request. Behind a guard, `auth(request).user` is the user.
   *
   * @param request - The request.
   * @returns The `Auth` object, the same for the whole request.
   * @throws UsageError `not-installed` if `loginPlugin` is not registered in the scope of the route.
   * @throws UsageError `invalid-argument` if `request` is not a request of Fastify.
   */
  auth(request: AnyRequest): Auth<User, Guest>
}
