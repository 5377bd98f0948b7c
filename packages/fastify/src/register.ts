// `import '@fetch-login/fastify/types'` declares the type of `request.auth` for the whole app. It contains only types.
import type { Auth } from '@fetch-login/core'
import type {} from 'fastify'

/**
 * Declares the type of `request.auth` for the whole app:
 *
 * @example
 * declare module '@fetch-login/fastify/types' { interface Register { user: User } }
 */
// biome-ignore lint/suspicious/noEmptyInterface: the app augments it
export interface Register {}

/** The registered types. */
export type Registered = {
  /**
   * The user of the app.
   *
   * @default unknown
   */
  readonly user: Register extends { user: infer User } ? User : unknown
  /**
   * The result of the option `anonymousUser`.
   *
   * @default null
   */
  readonly guest: Register extends { guest: infer Guest } ? Guest : null
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The `Auth` object of this request. Behind a guard, `request.auth.user` is the user. */
    readonly auth: Auth<Registered['user'], Registered['guest']>
  }
}
