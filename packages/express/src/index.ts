// @fetch-login/express creates the Auth object of each request, turns guards into middleware, and writes the cookies
// when the headers are sent. It does not make decisions itself.
import { type Auth, type Guard, type LoginManager, type Refused, UsageError } from '@fetch-login/core'
import {
  checkRequest,
  createArgumentError,
  describeValue,
  getAuthMap,
  managerResolver,
  recordGuard,
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
import { setAuthProperty } from './property'
import type { ExpressLogin, ExpressLoginOptions, ExpressMiddleware } from './types'

export type { ExpressGuard, ExpressLogin, ExpressLoginOptions, ExpressMiddleware, Next } from './types'

/**
 * Creates the login functions of an app on Express, connect or Node's http server.
 *
 * @example
 * export const { loginMiddleware, loginRequired, freshLoginRequired, auth } = expressLogin(manager)
 * app.use(loginMiddleware)
 * app.get('/dashboard', loginRequired(), (req, res) => res.send(`Hello ${auth(req).user.name}`))
 * @param given - The login manager.
 * @param options - The name of the request property, and the address of the client.
 * @returns The middleware, the guards, and `auth(req)`.
 * @throws UsageError `invalid-argument` if the first argument is not a manager.
 * @throws UsageError `two-copies` if another copy of core created the manager.
 */
export function expressLogin<User, Guest = null>(
  given: LoginManager<User, Guest, string>,
  { property = 'auth', address }: ExpressLoginOptions = {},
): ExpressLogin<User, Guest> {
  const manager = managerResolver(given, 'expressLogin()', true)(undefined)
  const auths = getAuthMap<Auth<User, Guest>>(manager)

  const auth = (req: NodeRequest, ...more: unknown[]): Auth<User, Guest> => {
    if (typeof req !== 'object' || req === null || more.length > 0) throw createRequestError(req)
    const found = auths.get(req)
    if (found !== undefined) return found
    throw new UsageError(
      'not-installed',
      'loginMiddleware has not run for this request. Call app.use(loginMiddleware) before the routes that use it.',
    )
  }

  const loginMiddleware = createMiddleware((req, res, fail) => {
    const outer = auths.get(req)
    if (outer !== undefined) {
      if (!(property in req)) setAuthProperty(req, property, outer)
      return null
    }
    const opened = manager.open(nodeRequestView(req), { address: address?.(req) })
    auths.set(req, opened)
    setAuthProperty(req, property, opened)
    commitOnHeaders(res, opened, fail)
    return checkRequest(opened)
  })

  const createGuard = (guard: Guard<User, Guest>): ExpressMiddleware => {
    const markRun = recordGuard()
    return createMiddleware((req) => {
      markRun()
      return guard(auth(req))
    })
  }

  return {
    loginMiddleware,
    loginRequired: (options = {}) => createGuard(manager.guard(options)),
    freshLoginRequired: (options = {}) => createGuard(manager.guard(withFreshness(options))),
    anonymousRequired: (options = {}) => createGuard(manager.guardAnonymous(options)),
    auth,
  }
}

/** The result of a check: a refusal, or permission to continue. */
type Outcome = Refused | { readonly ok: true } | null
type Check = (req: NodeRequest, res: NodeResponse, fail: (error: unknown) => void) => Outcome | Promise<Outcome>

/**
 * Creates middleware that continues if the check passes, synchronously if the check is. Errors are passed to the app's error
 * handler as objects: Express ignores a falsy error, and skips handlers for the strings `'route'` and `'router'`.
 */
function createMiddleware(check: Check): ExpressMiddleware {
  return (req, res, next) => {
    if (typeof next !== 'function') throw createCallError()
    const fail = (error: unknown): void => next(toError(error))
    const apply = (outcome: Outcome): void => {
      if (outcome === null || outcome.ok) next()
      else refuse(res, outcome).catch(fail)
    }
    const outcome = runCheck(() => check(req, res, fail), fail)
    if (outcome instanceof Promise) outcome.then(apply, fail)
    else if (outcome !== undefined) apply(outcome)
  }
}

/** Returns the result, or undefined if the check threw. */
function runCheck<Result>(check: () => Result, fail: (error: unknown) => void): Result | undefined {
  try {
    return check()
  } catch (error) {
    fail(error)
    return undefined
  }
}

function createRequestError(req: unknown): UsageError {
  const message = `auth must receive the request and no other argument, but the first argument is ${describeValue(req)}.`
  return createArgumentError(`${message} Write auth(req) inside a handler.`)
}

function createCallError(): UsageError {
  return new UsageError(
    'not-installed',
    'loginMiddleware and guards are middleware and must receive (req, res, next), but next is missing. Write app.use(loginMiddleware) instead of app.use(loginMiddleware()).',
  )
}

async function refuse(res: NodeResponse, refused: Refused): Promise<void> {
  await sendResponse(res, await refused.respond())
}
