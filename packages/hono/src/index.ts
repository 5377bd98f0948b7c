// @fetch-login/hono creates the Auth object of each request, turns guards into middleware, and writes the cookies to
// the response. It does not make decisions itself.
import { type Auth, type GuardOptions, type ManagerSource, UsageError } from '@fetch-login/core'
import {
  checkRequest,
  createArgumentError,
  createRequestMap,
  describeValue,
  dismissRefusals,
  getAuthMap,
  guardResolver,
  managerResolver,
  recordGuard,
  withFreshness,
} from '@fetch-login/core/adapter'
import type { MiddlewareHandler, Next } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { commitResponse } from './commit-response'
import type { AnyContext, HonoGuard, HonoLogin, HonoLoginOptions } from './types'

export type { HonoGuard, HonoGuardMiddleware, HonoLogin, HonoLoginOptions } from './types'

/**
 * Creates the login functions of a Hono app.
 *
 * @example
 * export const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(manager)
 * app.use(loginMiddleware)
 * app.get('/dashboard', loginRequired(), (c) => c.text(`Hello ${c.var.user.name}`))
 * @param source - A manager, or a function that returns a manager or its options for the bindings of a request.
 * @param options - The name of the context variable, and the address of the client.
 * @returns The middleware, the guards, and `auth(c)`.
 * @throws OptionsError `invalid-options` if the fingerprint includes the address and the option `address` is missing.
 * @throws UsageError `invalid-argument` if `source` is neither a manager nor a function.
 * @throws UsageError `two-copies` if another copy of core created the manager.
 */
export function honoLogin<User, Guest = null, const Variable extends string = 'user', Exempt extends string = never>(
  source: ManagerSource<User, Guest, Exempt>,
  { variable = 'user' as Variable, address }: HonoLoginOptions<Variable> = {},
): HonoLogin<User, Guest, Variable, Exempt> {
  const authOfContext = createRequestMap<AnyContext, Auth<User, Guest>>()
  const resolveManager = managerResolver(source, 'honoLogin()', address !== undefined)

  const auth = (c: AnyContext, ...more: unknown[]): Auth<User, Guest> => {
    assertContext(c, 'auth', 'auth(c) inside a handler', more.length === 0)
    const found = authOfContext.get(c) ?? getAuthMap<Auth<User, Guest>>(resolveManager(c.env)).get(c)
    if (found !== undefined) return found
    throw new UsageError(
      'not-installed',
      'loginMiddleware has not run for this request. Call app.use(loginMiddleware) before the routes that use it.',
    )
  }

  // The function is not async: a wrong call throws at once instead of leaving a rejected promise.
  const loginMiddleware: MiddlewareHandler = (c, next) => {
    assertContext(c, 'loginMiddleware', 'app.use(loginMiddleware)', typeof next === 'function')
    return authOfContext.get(c) === undefined ? openAuth(c, next) : next()
  }

  const openAuth = async (c: AnyContext, next: Next): Promise<void> => {
    const [manager, { raw }] = [resolveManager(c.env), c.req]
    const auths = getAuthMap<Auth<User, Guest> | undefined>(manager)
    const outer = auths.get(c) ?? auths.get(raw)
    const opened = outer ?? manager.open(raw, { address: address?.(c), routedPath: getRewrittenPath(c) })
    authOfContext.set(c, opened)
    auths.set(c, opened)
    if (outer !== undefined) return next()
    auths.set(raw, opened)
    try {
      await handleRequest(c, next, opened)
    } finally {
      // An app may serve the same Request object again.
      auths.set(raw, undefined)
    }
  }

  const handleRequest = async (c: AnyContext, next: Next, opened: Auth<User, Guest>): Promise<void> => {
    const checked = checkRequest(opened)
    const refused = checked instanceof Promise ? await checked : checked
    if (refused === null) await next()
    else c.res = await refused.respond()
    commitResponse(c, opened)
  }

  const createMiddleware = (
    resolveGuard: ReturnType<typeof guardResolver<User, Guest>>,
    setsVariable = false,
  ): MiddlewareHandler => {
    const runGuard: MiddlewareHandler = async (c, next) => {
      const decision = resolveGuard(resolveManager(c.env))(auth(c))
      const outcome = decision instanceof Promise ? await decision : decision
      if (!outcome.ok) {
        const response = await outcome.respond()
        return isOfHono(next) ? response : throwRefusal(response, auth(c))
      }
      if (setsVariable && outcome.user !== undefined) c.set(variable, outcome.user as never)
      return next()
    }
    const markRun = recordGuard()
    return (c, next) => {
      assertContext(c, 'A guard', 'app.use(loginRequired())', typeof next === 'function')
      markRun()
      return runGuard(c, next)
    }
  }

  // Creates the middleware of a guard. The adapter cannot detect that a handler reads the variable, so it does not set
  // it for a response that may be public. There `auth(c).user` returns the user and makes the response private.
  const createGuard = (options: GuardOptions<User>): MiddlewareHandler =>
    createMiddleware(guardResolver(source, options), Object(options).cache !== 'public')

  return {
    loginMiddleware,
    loginRequired: ((options = {}) => createGuard(options)) as HonoGuard<User, Variable, Exempt>,
    freshLoginRequired: ((options = {}) => createGuard(withFreshness(options))) as HonoGuard<User, Variable, Exempt>,
    anonymousRequired: (options = {}) => createMiddleware(guardResolver(source, options, 'guardAnonymous')),
    auth,
  }
}

/** @throws UsageError `invalid-argument` if the caller is not Hono. */
function assertContext(c: unknown, name: string, usage: string, hasExpectedArguments: boolean): void {
  if (hasExpectedArguments && typeof c === 'object' && c !== null && 'req' in c && 'env' in c) return
  throw createArgumentError(
    `${name} must receive the context of Hono, but received ${hasExpectedArguments ? describeValue(c) : 'other arguments'}. Write ${usage}.`,
  )
}

/** Returns whether Hono itself passed `next`, which then has no name. `some()` of hono/combine passes a named one. */
function isOfHono(next: Next): boolean {
  return next.name === ''
}

/** Throws a refusal inside `some()`, which treats a returned response as a success and tries the next alternative. */
function throwRefusal<User, Guest>(response: Response, auth: Auth<User, Guest>): never {
  dismissRefusals(auth)
  throw new HTTPException(response.status as ContentfulStatusCode, { res: response })
}

/** Returns the path that Hono matches if `getPath` or `strict: false` changed it, else undefined. */
function getRewrittenPath({ req }: AnyContext): string | undefined {
  const { path, url } = req
  const start = url.indexOf('/', url.indexOf(':') + 3)
  const end = start + path.length
  return url.startsWith(path, start) && (end >= url.length || /[?#]/.test(url.charAt(end))) ? undefined : path
}
