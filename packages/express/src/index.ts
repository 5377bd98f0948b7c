// @fetch-login/express: the handle of each request, guards as middleware, and the cookies whenever the headers leave. It
// translates and decides nothing.
import { type Auth, type GuardOptions, type LoginManager, type Refused, UsageError } from '@fetch-login/core'
import {
  commitOnHeaders,
  type NodeRequest,
  type NodeResponse,
  nodeRequestView,
  sendResponse,
} from '@fetch-login/core/node'
import { offer } from './property'
import type { ExpressLogin, ExpressLoginOptions, ExpressMiddleware } from './types'

export type { ExpressGuard, ExpressLogin, ExpressLoginOptions, ExpressMiddleware, Next } from './types'

/**
 * Login for Express, and for connect and plain servers of Node.
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

  const auth = (req: NodeRequest): Auth<User, Guest> => {
    const handle = handles.get(req)
    if (handle !== undefined) return handle
    throw new UsageError(
      'not-installed',
      'loginManager has not run for this request: app.use(loginManager) before the routes that use it.',
    )
  }

  const loginManager = middleware(async (req, res) => {
    if (handles.has(req)) return null
    const handle = manager.open(nodeRequestView(req), { address: address?.(req) })
    handles.set(req, handle)
    offer(req, property, handle)
    commitOnHeaders(res, handle)
    return handle.admit()
  })

  const guard = (options: GuardOptions<User>): ExpressMiddleware => {
    const decide = manager.guard(options)
    return middleware(async (req) => {
      const outcome = await decide(auth(req))
      return outcome.ok ? null : outcome
    })
  }

  return {
    loginManager,
    loginRequired: (options = {}) => guard(options),
    freshLoginRequired: (options = {}) => guard({ ...options, fresh: true }),
    auth,
  }
}

type Look = (req: NodeRequest, res: NodeResponse) => Promise<Refused | null>

/** Goes on where nothing is refused. Whatever goes wrong goes to the app's error handler, and never on. */
function middleware(look: Look): ExpressMiddleware {
  return (req, res, next) => {
    if (typeof next !== 'function') throw uncalled()
    const answered = look(req, res).then((refused) => refused !== null && refuse(res, refused))
    answered.then(
      (isAnswered) => (isAnswered ? undefined : next()),
      (error: unknown) => next(errorOf(error)),
    )
  }
}

function uncalled(): UsageError {
  return new UsageError(
    'not-installed',
    'loginManager and guards are middleware and want (req, res, next): app.use(loginManager) instead of app.use(loginManager()).',
  )
}

async function refuse(res: NodeResponse, refused: Refused): Promise<true> {
  await sendResponse(res, await refused.respond())
  return true
}

/** Express takes an error that is nothing for none, and two texts (`'route'`, `'router'`) for a way past the guard. */
function errorOf(error: unknown): object {
  if (typeof error === 'object' && error !== null) return error
  return new Error(`${String(error)} was thrown, which is no error.`, { cause: error })
}
