// @fetch-login/express: the handle of each request, guards as middleware, and the cookies whenever the headers leave. It
// translates and decides nothing.
import { type Auth, type Guard, type LoginManager, type Refused, UsageError } from '@fetch-login/core'
import {
  checkRequest,
  createArgumentError,
  describeValue,
  getAuthMap,
  managerResolver,
  withFreshness,
} from '@fetch-login/core/adapter'
import {
  commitOnHeaders,
  type NodeRequest,
  type NodeResponse,
  nodeRequestView,
  sendResponse,
  toError,
} from '@fetch-login/core/node'
import { offer } from './property'
import type { ExpressLogin, ExpressLoginOptions, ExpressMiddleware } from './types'

export type { ExpressGuard, ExpressLogin, ExpressLoginOptions, ExpressMiddleware, Next } from './types'

/**
 * Login for Express, and for connect and plain servers of Node.
 *
 * @example
 * export const { loginMiddleware, loginRequired, freshLoginRequired, auth } = expressLogin(manager)
 * app.use(loginMiddleware)
 * app.get('/dashboard', loginRequired(), (req, res) => res.send(`Hello ${auth(req).user.name}`))
 * @throws UsageError `two-copies` if another copy of core created the manager.
 */
export function expressLogin<User, Guest = null>(
  given: LoginManager<User, Guest, string>,
  { property = 'auth', address }: ExpressLoginOptions = {},
): ExpressLogin<User, Guest> {
  const manager = managerResolver(given, 'expressLogin()', true)(undefined)
  const handles = getAuthMap<Auth<User, Guest>>(manager)

  const auth = (req: NodeRequest, ...more: unknown[]): Auth<User, Guest> => {
    if (typeof req !== 'object' || req === null || more.length > 0) throw notARequest(req)
    const handle = handles.get(req)
    if (handle !== undefined) return handle
    throw new UsageError(
      'not-installed',
      'loginMiddleware has not run for this request: app.use(loginMiddleware) before the routes that use it.',
    )
  }

  const loginMiddleware = middleware((req, res) => {
    const outer = handles.get(req)
    if (outer !== undefined) {
      if (!(property in req)) offer(req, property, outer)
      return null
    }
    const handle = manager.open(nodeRequestView(req), { address: address?.(req) })
    handles.set(req, handle)
    offer(req, property, handle)
    commitOnHeaders(res, handle)
    return checkRequest(handle)
  })

  const guard = (decide: Guard<User, Guest>): ExpressMiddleware => middleware((req) => decide(auth(req)))

  return {
    loginMiddleware,
    loginRequired: (options = {}) => guard(manager.guard(options)),
    freshLoginRequired: (options = {}) => guard(manager.guard(withFreshness(options))),
    anonymousRequired: (options = {}) => guard(manager.guardAnonymous(options)),
    auth,
  }
}

/** What a look at a request gave: a refusal, or nothing that stands in the way. */
type Outcome = Refused | { readonly ok: true } | null
type Look = (req: NodeRequest, res: NodeResponse) => Outcome | Promise<Outcome>

/**
 * Goes on where nothing is refused; at once, where nothing waits. What goes wrong goes to the app's error handler, and never
 * on: Express takes an error that is nothing for none, and two texts (`'route'`, `'router'`) for a way past the guard.
 */
function middleware(look: Look): ExpressMiddleware {
  return (req, res, next) => {
    if (typeof next !== 'function') throw uncalled()
    const fail = (error: unknown): void => next(toError(error))
    const answer = (outcome: Outcome): void => {
      if (outcome === null || outcome.ok) next()
      else refuse(res, outcome).catch(fail)
    }
    const outcome = attempted(() => look(req, res), fail)
    if (outcome instanceof Promise) outcome.then(answer, fail)
    else if (outcome !== undefined) answer(outcome)
  }
}

/** What came out; undefined where it threw. */
function attempted<Result>(attempt: () => Result, fail: (error: unknown) => void): Result | undefined {
  try {
    return attempt()
  } catch (error) {
    fail(error)
    return undefined
  }
}

function notARequest(req: unknown): UsageError {
  const message = `auth must receive the request alone, but received ${describeValue(req)}, or more than that.`
  return createArgumentError(`${message} Write auth(req) inside a handler.`)
}

function uncalled(): UsageError {
  return new UsageError(
    'not-installed',
    'loginMiddleware and guards are middleware and want (req, res, next): app.use(loginMiddleware) instead of app.use(loginMiddleware()).',
  )
}

async function refuse(res: NodeResponse, refused: Refused): Promise<void> {
  await sendResponse(res, await refused.respond())
}
