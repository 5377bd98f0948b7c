// All that this app says about logging in, in one place.
import { createLoginManager, type LoginManager } from '@fetch-login/core'
import { type HonoLogin, honoLogin } from '@fetch-login/hono'
import type { User, Users } from './users'

export interface DemoOptions {
  readonly users: Users
  /** Seals the cookies: at least 32 bytes. */
  readonly secret: string
  /** Epoch seconds. Default: the system's clock. */
  readonly clock?: (() => number) | undefined
}

/** Seconds for which a proof of identity opens the vault. */
export const VAULT_SECONDS = 600

export function createLogin({ users, secret, clock }: DemoOptions): DemoLogin {
  const manager = createLoginManager({
    loadUser: (id) => users.find(id),
    secrets: secret,
    loginView: '/login',
    refreshView: '/reauthenticate',
    loginMessageCategory: 'warning',
    needsRefreshMessageCategory: 'warning',
    csrf: 'token',
    // Not Secure, because the demo is for http://localhost. An app on the web leaves both lines out. The names keep
    // apart what runs on other ports of this machine: cookies do not know ports.
    session: { cookie: { name: 'demo_session', secure: false } },
    remember: { cookie: { name: 'demo_remember', secure: false } },
    clock,
  })
  return { manager, ...honoLogin(manager) }
}

export interface DemoLogin extends HonoLogin<User, null, 'user'> {
  readonly manager: LoginManager<User>
}
