// On Workers the secrets come with each request: an adapter is given a manager, or a function that makes one of the
// bindings. One manager an env object; what cannot work is said when it is made.
import { createArgumentError, describeValue } from './base/argument'
import { assertSameCopy } from './base/copy'
import { OptionsError } from './base/errors'
import type { AnonymousGuardOptions } from './guards/anonymous-guard'
import type { GuardOptions } from './guards/guard'
import { createLoginManager, type Guard, type LoginManager, type LoginManagerOptions } from './manager'

/** A manager, or what makes one (or its options) of the bindings that come with each request. */
export type ManagerSource<User, Guest = null, Exempt extends string = string> =
  | LoginManager<User, Guest, Exempt>
  // biome-ignore lint/suspicious/noExplicitAny: the bindings' type is the app's
  | ((env: any) => LoginManager<User, Guest, Exempt> | LoginManagerOptions<User, Guest, Exempt>)

/** The manager for an env object. */
export type ManagerOf<User, Guest> = (env: unknown) => LoginManager<User, Guest, string>

/**
 * For adapters: the manager of a source, made once for each env object.
 *
 * @param adapter What is called wrongly where the fingerprint needs an address and the adapter was told none.
 * @throws OptionsError `invalid-options`
 * @throws UsageError `two-copies` if another copy of this package created the manager.
 */
export function managerResolver<User, Guest>(
  source: ManagerSource<User, Guest>,
  adapter: string,
  namesAddress: boolean,
): ManagerOf<User, Guest> {
  if (typeof source !== 'function') {
    assertManager(source, adapter)
    const manager = assertUsable(source, adapter, namesAddress)
    return () => manager
  }
  const known = new WeakMap<object, LoginManager<User, Guest, string>>()
  return (env) => {
    const key = typeof env === 'object' && env !== null ? env : NO_BINDINGS
    const manager = known.get(key) ?? assertUsable(createManager(source(env), adapter), adapter, namesAddress)
    known.set(key, manager)
    return manager
  }
}

const NO_BINDINGS = {}

function createManager<User, Guest>(
  given: LoginManager<User, Guest, string> | LoginManagerOptions<User, Guest, string>,
  adapter: string,
): LoginManager<User, Guest, string> {
  return isManager(given)
    ? (given as LoginManager<User, Guest, string>)
    : createLoginManager(assertOptions(given as LoginManagerOptions<User, Guest, string>, adapter))
}

function assertOptions<Options>(given: Options, adapter: string): Options {
  if (typeof given === 'object' && given !== null && !('then' in given)) return given
  const message = `The function of ${adapter} must return a manager or its options, and no promise, but returned ${describeValue(given)}.`
  throw createArgumentError(message)
}

function isManager(given: unknown): boolean {
  const { open, guard } = Object(given)
  return typeof open === 'function' && typeof guard === 'function'
}

/** @throws UsageError `invalid-argument` for the options in the place of the manager, a request and the like. */
function assertManager(given: unknown, adapter: string): void {
  if (isManager(given)) return
  const remedy = 'Create one with createLoginManager(options).'
  throw createArgumentError(`${adapter} must receive a login manager, but received ${describeValue(given)}. ${remedy}`)
}

function assertUsable<User, Guest>(
  manager: LoginManager<User, Guest, string>,
  adapter: string,
  namesAddress: boolean,
): LoginManager<User, Guest, string> {
  assertSameCopy(manager, 'The manager', adapter)
  if (!manager.needsAddress || namesAddress) return manager
  const message = "is missing: the fingerprint looks at the client's address, so say where the adapter finds it"
  throw new OptionsError(adapter, [{ path: 'address', message }])
}

/** Returns the guard of a manager. */
type GuardOf<User, Guest> = (manager: LoginManager<User, Guest, string>) => Guard<User, Guest>

/** For adapters: a guard for each manager of a source. Checked at once where the manager is there already. */
export function guardResolver<User, Guest>(
  source: ManagerSource<User, Guest>,
  options: GuardOptions<User>,
): GuardOf<User, Guest>
/** For adapters: a guard that lets only anonymous requests pass, for each manager of a source. */
export function guardResolver<User, Guest>(
  source: ManagerSource<User, Guest>,
  options: AnonymousGuardOptions,
  kind: 'guardAnonymous',
): GuardOf<User, Guest>
export function guardResolver<User, Guest>(
  source: ManagerSource<User, Guest>,
  options: GuardOptions<User> | AnonymousGuardOptions,
  kind: 'guard' | 'guardAnonymous' = 'guard',
): GuardOf<User, Guest> {
  const known = new WeakMap<LoginManager<User, Guest, string>, Guard<User, Guest>>()
  if (typeof source !== 'function') {
    assertManager(source, 'A guard')
    known.set(source, source[kind](options))
  }
  return (manager) => {
    const guard = known.get(manager) ?? manager[kind](options)
    known.set(manager, guard)
    return guard
  }
}
