// @fetch-login/hono: the handle of each request, guards as middleware, and the cookies on the way out. It translates
// and decides nothing.
import { type Auth, type GuardOptions, type ManagerSource, UsageError } from '@fetch-login/core'
import {
  checkRequest,
  commit,
  createArgumentError,
  createRequestMap,
  describeValue,
  getAuthMap,
  guardResolver,
  managerResolver,
  withFreshness,
} from '@fetch-login/core/adapter'
import type { MiddlewareHandler, Next } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { AnyContext, HonoGuard, HonoLogin, HonoLoginOptions } from './types'

export type { HonoGuard, HonoGuardMiddleware, HonoLogin, HonoLoginOptions } from './types'

/**
 * Login for Hono.
 *
 * @example
 * export const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(manager)
 * app.use(loginMiddleware)
 * app.get('/dashboard', loginRequired(), (c) => c.text(`Hello ${c.var.user.name}`))
 * @throws OptionsError `invalid-options` where the fingerprint needs an address and `address` is missing.
 */
export function honoLogin<User, Guest = null, const Variable extends string = 'user', Exempt extends string = never>(
  source: ManagerSource<User, Guest, Exempt>,
  { variable = 'user' as Variable, address }: HonoLoginOptions<Variable> = {},
): HonoLogin<User, Guest, Variable, Exempt> {
  const handles = createRequestMap<AnyContext, Auth<User, Guest>>()
  const managerOf = managerResolver(source, 'honoLogin()', address !== undefined)

  const auth = (c: AnyContext, ...more: unknown[]): Auth<User, Guest> => {
    assertContext(c, 'auth', 'auth(c) inside a handler', more.length === 0)
    const handle = handles.get(c) ?? getAuthMap<Auth<User, Guest>>(managerOf(c.env)).get(c)
    if (handle !== undefined) return handle
    throw new UsageError(
      'not-installed',
      'loginMiddleware has not run for this request: app.use(loginMiddleware) before the routes that use it.',
    )
  }

  /** No async function: called in the place of middleware, it throws there, and leaves no rejected promise. */
  const loginMiddleware: MiddlewareHandler = (c, next) => {
    assertContext(c, 'loginMiddleware', 'app.use(loginMiddleware)', typeof next === 'function')
    return handles.get(c) === undefined ? opened(c, next) : next()
  }

  const opened = async (c: AnyContext, next: Next): Promise<void> => {
    const [manager, { raw }] = [managerOf(c.env), c.req]
    const auths = getAuthMap<Auth<User, Guest> | undefined>(manager)
    const outer = auths.get(c) ?? auths.get(raw)
    const handle = outer ?? manager.open(raw, { address: address?.(c), routedPath: rewrittenPath(c) })
    handles.set(c, handle)
    auths.set(c, handle)
    if (outer !== undefined) return next()
    auths.set(raw, handle)
    try {
      await answer(c, next, handle)
    } finally {
      // The same Request object may be served again.
      auths.set(raw, undefined)
    }
  }

  const answer = async (c: AnyContext, next: Next, handle: Auth<User, Guest>): Promise<void> => {
    const admitted = checkRequest(handle)
    const refused = admitted instanceof Promise ? await admitted : admitted
    if (refused === null) await next()
    else c.res = await refused.respond()
    const answer = commit(handle, c.res)
    if (answer !== c.res) replace(c, answer)
  }

  const middlewareOf = (
    guardOf: ReturnType<typeof guardResolver<User, Guest>>,
    setsVariable = false,
  ): MiddlewareHandler => {
    const guarded: MiddlewareHandler = async (c, next) => {
      const decision = guardOf(managerOf(c.env))(auth(c))
      const outcome = decision instanceof Promise ? await decision : decision
      if (!outcome.ok) return refusedBy(await outcome.respond(), next)
      if (setsVariable && outcome.user !== undefined) c.set(variable, outcome.user as never)
      return next()
    }
    return (c, next) => {
      assertContext(c, 'A guard', 'app.use(loginRequired())', typeof next === 'function')
      return guarded(c, next)
    }
  }

  /** Reading a variable cannot be noticed, so a page that may stay public gets none: its user comes from `auth(c).user`. */
  const guard = (options: GuardOptions<User>): MiddlewareHandler =>
    middlewareOf(guardResolver(source, options), Object(options).cache !== 'public')

  return {
    loginMiddleware,
    loginRequired: ((options = {}) => guard(options)) as HonoGuard<User, Variable, Exempt>,
    freshLoginRequired: ((options = {}) => guard(withFreshness(options))) as HonoGuard<User, Variable, Exempt>,
    anonymousRequired: (options = {}) => middlewareOf(guardResolver(source, options, 'guardAnonymous')),
    auth,
  }
}

/** @throws UsageError `invalid-argument` unless Hono calls. */
function assertContext(c: unknown, what: string, call: string, isCalledRight: boolean): void {
  if (isCalledRight && typeof c === 'object' && c !== null && 'req' in c && 'env' in c) return
  throw createArgumentError(
    `${what} must receive the context of Hono, but received ${isCalledRight ? describeValue(c) : 'other arguments'}. Write ${call}.`,
  )
}

/**
 * Returns the refusal, or throws it inside `some()` of hono/combine, which takes a returned response for a success. Hono
 * itself passes a `next` without a name, and `some()` one of its own.
 */
function refusedBy(response: Response, next: Next): Response {
  if (next.name === '') return response
  throw new HTTPException(response.status as ContentfulStatusCode, { res: response })
}

/** The path that Hono routes by, if an option `getPath` or `strict: false` made it another than that of the request. */
function rewrittenPath({ req }: AnyContext): string | undefined {
  const { path, url } = req
  const start = url.indexOf('/', url.indexOf(':') + 3)
  const end = start + path.length
  return url.startsWith(path, start) && (end >= url.length || /[?#]/.test(url.charAt(end))) ? undefined : path
}

/** A plain assignment would let the old response's headers win. */
function replace(c: AnyContext, response: Response): void {
  c.res = undefined
  c.res = response
}
