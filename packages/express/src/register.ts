// `import '@fetch-login/express/types'`: types `req.auth` for the whole app, for those who want it. Nothing runs.
import type { Auth } from '@fetch-login/core'

/**
 * Says what `req.auth` holds, once in the app:
 *
 * @example
 * declare module '@fetch-login/express/types' { interface Register { user: User } }
 */
// biome-ignore lint/suspicious/noEmptyInterface: the app fills it in
export interface Register {}

/** What the app registered. */
export type Registered = {
  /** The app's user. Default: unknown. */
  readonly user: Register extends { user: infer User } ? User : unknown
  /** What stands for nobody (option `anonymousUser`). Default null. */
  readonly guest: Register extends { guest: infer Guest } ? Guest : null
}

declare global {
  // biome-ignore lint/style/noNamespace: Express has its request there
  namespace Express {
    interface Request {
      /** The handle of this request; `req.auth.user` is the user behind a guard. */
      readonly auth: Auth<Registered['user'], Registered['guest']>
    }
  }
}
