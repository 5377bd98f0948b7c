// The objects that all routes of the demo use.
import type { LoginManager } from '@fetch-login/core'
import type { Context } from 'hono'
import { History } from './history'
import { createLogin, type DemoLogin, type DemoLoginOptions } from './login'
import { createSite, type Site } from './site/site'
import { Attempts, REGISTRATIONS } from './users/attempts'
import type { User } from './users/user'
import type { Users } from './users/users'

export interface DemoOptions extends DemoLoginOptions {
  /** Returns the client address, for the limit on failed logins. Default: one address for all requests. */
  readonly addressOf?: (c: Context) => string
  /** Limits failed logins. Default: `new Attempts()`. */
  readonly attempts?: Attempts
}

export interface Demo extends DemoLogin, Site {
  readonly manager: LoginManager<User>
  readonly users: Users
  readonly attempts: Attempts
  /** Limits new accounts. */
  readonly registrations: Attempts
  readonly history: History
  readonly addressOf: (c: Context) => string
  readonly clock: () => number
}

export function createDemo(options: DemoOptions): Demo {
  const login = createLogin(options)
  const clock = options.clock ?? (() => Math.floor(Date.now() / 1000))
  return {
    ...login,
    ...createSite(login),
    users: options.users,
    attempts: options.attempts ?? new Attempts(),
    registrations: new Attempts(REGISTRATIONS),
    history: new History(login.manager, clock),
    addressOf: options.addressOf ?? (() => 'unknown'),
    clock,
  }
}
