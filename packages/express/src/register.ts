// `import '@fetch-login/express/types'` declares the type of `req.auth` for the whole app. It contains only types.
import type { Auth } from '@fetch-login/core'

/**
 * Declares the type of `req.auth` for the whole app:
 *
 * @example
 * declare module '@fetch-login/express/types' { interface Register { user: User } }
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

declare global {
  // biome-ignore lint/style/noNamespace: Express declares its request in this namespace
  namespace Express {
    interface Request {
      /** The `Auth` object of this request. Behind a guard, `req.auth.user` is the user. */
      readonly auth: Auth<Registered['user'], Registered['guest']>
    }
  }
}
