// @fetch-login/hono: the handle of each request, guards as middleware, and the cookies on the way out. It translates
// and decides nothing.
import {
  type Auth,
  createLoginManager,
  type Guard,
  type GuardOptions,
  type LoginManager,
  type LoginManagerOptions,
  OptionsError,
  UsageError,
} from '@fetch-login/core'
import type { MiddlewareHandler } from 'hono'
import type { AnyContext, HonoGuard, HonoLogin, HonoLoginOptions, ManagerSource } from './types'

export type { HonoGuard, HonoLogin, HonoLoginOptions, ManagerSource } from './types'

/**
 * Login for Hono.
 *
 * @example
 * export const { loginManager, loginRequired, freshLoginRequired, auth } = honoLogin(manager)
 * app.use(loginManager)
 * app.get('/dashboard', loginRequired(), (c) => c.text(`Hello ${c.var.user.name}`))
 * @throws OptionsError `invalid-options` where the fingerprint needs an address and `address` is missing.
 */
export function honoLogin<User, Guest = null, const Variable extends string = 'user'>(
  source: ManagerSource<User, Guest>,
  { variable = 'user' as Variable, address }: HonoLoginOptions<Variable> = {},
): HonoLogin<User, Guest, Variable> {
  const handles = new WeakMap<AnyContext, Auth<User, Guest>>()
  const managerOf = managers(source, address !== undefined)

  const auth = (c: AnyContext): Auth<User, Guest> => {
    const handle = handles.get(c)
    if (handle !== undefined) return handle
    throw new UsageError(
      'not-installed',
      'loginManager has not run for this request: app.use(loginManager) before the routes that use it.',
    )
  }

  const loginManager: MiddlewareHandler = async (c, next) => {
    if (handles.has(c)) return next()
    const handle = managerOf(c.env as object).open(c.req.raw, { address: address?.(c) })
    handles.set(c, handle)
    const refused = await handle.admit()
    if (refused === null) await next()
    else c.res = await refused.respond()
    const answer = handle.commit(c.res)
    if (answer !== c.res) replace(c, answer)
  }

  const guard = (options: GuardOptions<User>): ReturnType<HonoGuard<User, Variable>> => {
    const guardOf = guards(managerOf, options)
    return async (c, next) => {
      const outcome = await guardOf(c.env as object)(auth(c))
      if (!outcome.ok) return outcome.respond()
      if (outcome.user !== undefined) c.set(variable, outcome.user as never)
      return next()
    }
  }

  return {
    loginManager,
    loginRequired: (options = {}) => guard(options),
    freshLoginRequired: (options = {}) => guard({ ...options, fresh: true }),
    auth,
  }
}

/** A plain assignment would let the old response's headers win. */
function replace(c: AnyContext, response: Response): void {
  c.res = undefined
  c.res = response
}

/** One manager for each bindings object, made when the first request brings it. */
function managers<User, Guest>(
  source: ManagerSource<User, Guest>,
  namesAddress: boolean,
): (env: object) => LoginManager<User, Guest> {
  if (typeof source !== 'function') return always(checked(source, namesAddress))
  const known = new WeakMap<object, LoginManager<User, Guest>>()
  return (env = NO_BINDINGS) => {
    const manager = known.get(env) ?? checked(made(source(env)), namesAddress)
    known.set(env, manager)
    return manager
  }
}

const NO_BINDINGS = {}

function made<User, Guest>(
  given: LoginManager<User, Guest> | LoginManagerOptions<User, Guest>,
): LoginManager<User, Guest> {
  return 'open' in given ? given : createLoginManager(given)
}

function checked<User, Guest>(manager: LoginManager<User, Guest>, namesAddress: boolean): LoginManager<User, Guest> {
  if (!manager.needsAddress || namesAddress) return manager
  throw new OptionsError('honoLogin()', [
    {
      path: 'address',
      message:
        "is missing: the fingerprint looks at the client's address, so say where it comes from, such as (c) => getConnInfo(c).remote.address",
    },
  ])
}

/** Guard options are checked when the guard is made; with bindings, when the first request brings them. */
function guards<User, Guest>(
  managerOf: (env: object) => LoginManager<User, Guest>,
  options: GuardOptions<User>,
): (env: object) => Guard<User, Guest> {
  const known = new WeakMap<LoginManager<User, Guest>, Guard<User, Guest>>()
  return (env) => {
    const manager = managerOf(env)
    const guard = known.get(manager) ?? manager.guard(options)
    known.set(manager, guard)
    return guard
  }
}

function always<T>(value: T): () => T {
  return () => value
}
