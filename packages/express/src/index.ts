// @fetch-login/express: the handle of each request, guards as middleware, and the cookies whenever the headers leave. It
// translates and decides nothing.
import { type Auth, type GuardOptions, type LoginManager, type Refused, UsageError } from '@fetch-login/core'
import { commitOnHeaders, type NodeResponse, nodeRequestView, sendResponse } from '@fetch-login/core/node'
import type { ExpressLogin, ExpressLoginOptions, ExpressMiddleware, Next } from './types'

export type { ExpressGuard, ExpressLogin, ExpressLoginOptions, ExpressMiddleware } from './types'

/**
 * Login for Express, and for plain connect servers.
 *
 * @example
 * export const { loginManager, loginRequired, freshLoginRequired, auth } = expressLogin(manager)
 * app.use(loginManager)
 * app.get('/dashboard', loginRequired(), (req, res) => res.send(`Hello ${auth(req).user.name}`))
 */
export function expressLogin<User, Guest = null>(
  manager: LoginManager<User, Guest>,
  { property = 'auth', address }: ExpressLoginOptions = {},
): ExpressLogin<User, Guest> {
  const handles = new WeakMap<object, Auth<User, Guest>>()

  const auth = (req: object): Auth<User, Guest> => {
    const handle = handles.get(req)
    if (handle !== undefined) return handle
    throw new UsageError(
      'not-installed',
      'loginManager has not run for this request: app.use(loginManager) before the routes that use it.',
    )
  }

  const loginManager: ExpressMiddleware = (req, res, next) => {
    if (handles.has(req)) return next()
    const handle = manager.open(nodeRequestView(req), { address: address?.(req) })
    handles.set(req, handle)
    Object.assign(req, { [property]: handle })
    commitOnHeaders(res, handle)
    handle.admit().then((refused) => (refused === null ? next() : refuse(res, refused, next)), next)
  }

  const guard = (options: GuardOptions<User>): ExpressMiddleware => {
    const decide = manager.guard(options)
    return (req, res, next) => {
      decide(auth(req)).then((outcome) => (outcome.ok ? next() : refuse(res, outcome, next)), next)
    }
  }

  return {
    loginManager,
    loginRequired: (options = {}) => guard(options),
    freshLoginRequired: (options = {}) => guard({ ...options, fresh: true }),
    auth,
  }
}

function refuse(res: NodeResponse, refused: Refused, next: Next): void {
  refused
    .respond()
    .then((response) => sendResponse(res, response))
    .catch(next)
}
