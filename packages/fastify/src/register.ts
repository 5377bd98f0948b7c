// `import '@fetch-login/fastify/types'`: types `request.auth` for the whole app, for those who want it. Nothing runs.
import type { Auth } from '@fetch-login/core'
import type {} from 'fastify'

/**
 * Says what `request.auth` holds, once in the app:
 *
 * @example
 * declare module '@fetch-login/fastify/types' { interface Register { user: User } }
 */
// biome-ignore lint/suspicious/noEmptyInterface: the app fills it in
export interface Register {}

/** What the app registered. */
export type Registered = {
  /** The user of the app. */
  readonly user: Register extends { user: infer User } ? User : unknown
  /** What stands for nobody; null by default. */
  readonly guest: Register extends { guest: infer Guest } ? Guest : null
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The handle of this request; `request.auth.user` is the user behind a guard. */
    readonly auth: Auth<Registered['user'], Registered['guest']>
  }
}
