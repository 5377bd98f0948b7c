// On Workers the secrets are in the bindings (`env`) of each request. So adapters accept a manager, or a function that
// creates one from the bindings. There is one manager for each `env` object.
import { createArgumentError, describeValue } from './base/argument'
import { assertSameCopy } from './base/copy'
import { OptionsError } from './base/errors'
import type { AnonymousGuardOptions } from './guards/anonymous-guard'
import type { GuardOptions } from './guards/guard'
import { createLoginManager, type Guard, type LoginManager, type LoginManagerOptions } from './manager'

/** A manager, or a function that returns a manager or its options for the bindings (`env`) of a request. */
export type ManagerSource<User, Guest = null, Exempt extends string = string> =
  | LoginManager<User, Guest, Exempt>
  // biome-ignore lint/suspicious/noExplicitAny: the app defines the type of the bindings
  | ((env: any) => LoginManager<User, Guest, Exempt> | LoginManagerOptions<User, Guest, Exempt>)

/** Returns the manager for an `env` object. */
export type ManagerOf<User, Guest> = (env: unknown) => LoginManager<User, Guest, string>

/**
 * For adapters: returns a function that returns the manager of a source. A manager is created once for each `env`
 * object.
 *
 * @param source - A manager, or a function of the bindings.
 * @param adapter - The name of the function that received the source, for errors.
 * @param passesAddress - Whether the adapter passes the address of the client to `open()`.
 * @throws OptionsError `invalid-options` if the fingerprint needs an address that the adapter does not pass.
 * @throws UsageError `invalid-argument` if the source is not a manager or a function.
 * @throws UsageError `two-copies` if another copy of this package created the manager.
 */
export function managerResolver<User, Guest>(
  source: ManagerSource<User, Guest>,
  adapter: string,
  passesAddress: boolean,
): ManagerOf<User, Guest> {
  if (typeof source !== 'function') {
    assertManager(source, adapter)
    const manager = assertUsable(source, adapter, passesAddress)
    return () => manager
  }
  const known = new WeakMap<object, LoginManager<User, Guest, string>>()
  return (env) => {
    const key = typeof env === 'object' && env !== null ? env : NO_BINDINGS
    const manager = known.get(key) ?? assertUsable(createManager(source(env), adapter), adapter, passesAddress)
    known.set(key, manager)
    return manager
  }
}

const NO_BINDINGS = {}

function createManager<User, Guest>(
  returned: LoginManager<User, Guest, string> | LoginManagerOptions<User, Guest, string>,
  adapter: string,
): LoginManager<User, Guest, string> {
  return isManager(returned)
    ? (returned as LoginManager<User, Guest, string>)
    : createLoginManager(assertOptions(returned as LoginManagerOptions<User, Guest, string>, adapter))
}

function assertOptions<Options>(returned: Options, adapter: string): Options {
  if (typeof returned === 'object' && returned !== null && !('then' in returned)) return returned
  const message = `The function of ${adapter} must return a manager or its options, not a promise, but returned ${describeValue(returned)}.`
  throw createArgumentError(message)
}

function isManager(value: unknown): boolean {
  const { open, guard } = Object(value)
  return typeof open === 'function' && typeof guard === 'function'
}

/** @throws UsageError `invalid-argument` if the value is not a manager, for example its options or a request. */
function assertManager(value: unknown, adapter: string): void {
  if (isManager(value)) return
  const remedy = 'Create one with createLoginManager(options).'
  throw createArgumentError(`${adapter} must receive a login manager, but received ${describeValue(value)}. ${remedy}`)
}

function assertUsable<User, Guest>(
  manager: LoginManager<User, Guest, string>,
  adapter: string,
  passesAddress: boolean,
): LoginManager<User, Guest, string> {
  assertSameCopy(manager, 'The manager', adapter)
  if (!manager.needsAddress || passesAddress) return manager
  const message =
    "is missing: the fingerprint includes the client's address, so set this option to a function that returns it"
  throw new OptionsError(adapter, [{ path: 'address', message }])
}

/** Returns the guard of a manager. */
type GuardOf<User, Guest> = (manager: LoginManager<User, Guest, string>) => Guard<User, Guest>

/**
 * For adapters: returns a function that creates one guard for each manager of a source. If the source is a manager, the
 * options are validated at once.
 */
export function guardResolver<User, Guest>(
  source: ManagerSource<User, Guest>,
  options: GuardOptions<User>,
): GuardOf<User, Guest>
/** For adapters: does the same for a guard that lets only anonymous requests pass. */
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
