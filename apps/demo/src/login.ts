// All options of the login, in one file.
import { apiKey, createLoginManager, type LoginManager, type RequestLoader } from '@fetch-login/core'
import { type HonoLogin, honoLogin } from '@fetch-login/hono'
import type { User } from './users/user'
import type { Users } from './users/users'

export interface DemoLoginOptions {
  readonly users: Users
  /** Signs the cookies: at least 32 bytes. */
  readonly secret: string
  /** Epoch seconds. Default: the system's clock. */
  readonly clock?: (() => number) | undefined
}

/** Maximum age of a confirmed login for the admin page, in seconds. */
export const ADMIN_SECONDS = 600

/** Maximum age of a confirmed login for a change of the password or the API key, in seconds. */
export const PROFILE_SECONDS = 600

export interface DemoLogin extends HonoLogin<User, null, 'user'> {
  readonly manager: LoginManager<User>
}

export function createLogin({ users, secret, clock }: DemoLoginOptions): DemoLogin {
  const manager = createLoginManager({
    loadUser: (id) => users.find(id),
    loadUserFromRequest: onlyForApi(apiKey((key) => users.findByKey(key), { header: 'x-api-key', query: 'api_key' })),
    // A new password and "log out everywhere" increment the session stamp. Every login with another stamp is invalid.
    sessionStamp: (user) => user.stamp,
    revokeUser: (user) => users.endLogins(user.id),
    secrets: secret,
    loginView: '/login',
    refreshView: '/reauthenticate',
    loginMessageCategory: 'warning',
    needsRefreshMessage: 'This page requires a fresh login. Please confirm your login.',
    needsRefreshMessageCategory: 'warning',
    csrf: 'token',
    // Not Secure, because the demo uses http://127.0.0.1. Leave out both lines in production. The names of their own
    // prevent collisions with apps on other ports of this machine, because cookies do not depend on the port.
    session: { cookie: { name: 'demo_session', secure: false } },
    remember: { cookie: { name: 'demo_remember', secure: false } },
    clock,
  })
  manager.on('userLoggedIn', ({ user }) => users.loggedIn(user.id))
  return { manager, ...honoLogin(manager) }
}

/** Restricts a request loader to the API. An API key does not open a page. */
function onlyForApi(loader: RequestLoader<User>): RequestLoader<User> {
  return {
    ...loader,
    load: (request, note) => (new URL(request.url).pathname.startsWith('/api/') ? loader.load(request, note) : null),
  }
}
