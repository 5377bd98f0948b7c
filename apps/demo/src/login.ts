// All that this app says about logging in, in one place.
import { apiKey, createLoginManager, type LoginManager, type RequestLoader } from '@fetch-login/core'
import { type HonoLogin, honoLogin } from '@fetch-login/hono'
import type { User } from './users/user'
import type { Users } from './users/users'

export interface DemoLoginOptions {
  readonly users: Users
  /** Seals the cookies: at least 32 bytes. */
  readonly secret: string
  /** Epoch seconds. Default: the system's clock. */
  readonly clock?: (() => number) | undefined
}

/** Seconds for which a proof of identity opens the admin page. */
export const ADMIN_SECONDS = 600

/** How recent the proof must be that lets a user change the password or the API key. */
export const PROFILE_SECONDS = 600

export interface DemoLogin extends HonoLogin<User, null, 'user'> {
  readonly manager: LoginManager<User>
}

export function createLogin({ users, secret, clock }: DemoLoginOptions): DemoLogin {
  const manager = createLoginManager({
    loadUser: (id) => users.find(id),
    loadUserFromRequest: underApi(apiKey((key) => users.findByKey(key), { header: 'x-api-key', query: 'api_key' })),
    // Counted up by a new password and by "log out everywhere": every login with another stamp is dead.
    sessionStamp: (user) => user.stamp,
    revokeUser: (user) => users.endLogins(user.id),
    secrets: secret,
    loginView: '/login',
    refreshView: '/reauthenticate',
    loginMessageCategory: 'warning',
    needsRefreshMessage: 'This needs a fresh login. Please confirm that it is you.',
    needsRefreshMessageCategory: 'warning',
    csrf: 'token',
    // Not Secure, because the demo is for http://localhost. An app on the web leaves both lines out. The names keep
    // apart what runs on other ports of this machine: cookies do not know ports.
    session: { cookie: { name: 'demo_session', secure: false } },
    remember: { cookie: { name: 'demo_remember', secure: false } },
    clock,
  })
  manager.on('userLoggedIn', ({ user }) => users.loggedIn(user.id))
  return { manager, ...honoLogin(manager) }
}

/** Keys open the API and no page. */
function underApi(loader: RequestLoader<User>): RequestLoader<User> {
  return {
    ...loader,
    load: (request, note) => (new URL(request.url).pathname.startsWith('/api/') ? loader.load(request, note) : null),
  }
}
