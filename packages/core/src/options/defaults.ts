// The default value of each option. Converts checked options to complete settings.
import { isBytes, toUtf8 } from '../base/bytes'
import { readSystemClock } from '../base/clock'
import { drawSystemRandom } from '../base/random'
import type { Awaitable } from '../base/task'
import { toIdText } from '../state/user'
import { addPrefix, type CookieSpec } from '../wire/cookies/cookie'
import { parseBasePath } from '../wire/urls/path'
import { parseView, toHost } from '../wire/urls/url'
import type {
  AreaOptions,
  AreaSettings,
  CookieOptions,
  LoginManagerOptions,
  RequestLoader,
  RequestLoaderOption,
  SessionCodec,
  Settings,
  View,
} from './types'

/** Converts checked options to settings, with a value for each option. */
export function applyDefaults<User, Guest>(
  given: LoginManagerOptions<User, Guest, string>,
  signed: SessionCodec,
): Settings<User, Guest> {
  const everywhere = createAreaSettings(given, DEFAULT_AREA)
  return {
    secrets: toSecrets(given.secrets),
    audience: given.audience ?? '',
    loadUser: given.loadUser ?? null,
    requestLoaders: toLoaders(given.loadUserFromRequest),
    anonymousUser: given.anonymousUser ?? (() => null as Guest),
    userId: given.userId ?? getDefaultUserId,
    isActive: given.isActive ?? getDefaultIsActive,
    sessionStamp: given.sessionStamp ?? null,
    isRevoked: given.isRevoked ?? null,
    revokeUser: given.revokeUser ?? null,
    everywhere,
    areas: new Map(Object.entries(given.areas ?? {}).map(([name, one]) => [name, createAreaSettings(one, everywhere)])),
    loginMessageCategory: given.loginMessageCategory ?? 'message',
    needsRefreshMessageCategory: given.needsRefreshMessageCategory ?? 'message',
    localize: given.localize ?? ((message) => message),
    unauthorizedHandler: given.unauthorizedHandler ?? null,
    needsRefreshHandler: given.needsRefreshHandler ?? null,
    forbiddenHandler: given.forbiddenHandler ?? null,
    csrfHandler: given.csrfHandler ?? null,
    useSessionForNext: given.useSessionForNext ?? false,
    nextParam: given.nextParam ?? 'next',
    forceHostForRedirects: toHost(given.forceHostForRedirects ?? ''),
    exemptMethods: (given.exemptMethods ?? []).map((method) => method.toUpperCase()),
    sessionProtection: given.sessionProtection ?? 'basic',
    fingerprint: given.fingerprint ?? ['userAgent'],
    session: {
      cookie: createCookieSpecs(given).session,
      formerCookies: createFormerSpecs(given).session,
      idleSeconds: given.session?.idleSeconds ?? 86_400,
      absoluteSeconds: given.session?.absoluteSeconds === undefined ? 2_678_400 : given.session.absoluteSeconds,
      permanentSeconds: given.session?.permanentSeconds ?? 2_678_400,
      renew: given.session?.renew ?? 'whenUsed',
      isActivity: given.session?.isActivity ?? null,
      writeForRequestUsers: given.session?.writeForRequestUsers ?? true,
      codec: given.session?.codec ?? signed,
      previousCodec: given.session?.previousCodec ?? null,
    },
    remember: {
      cookie: createCookieSpecs(given).remember,
      formerCookies: createFormerSpecs(given).remember,
      seconds: given.remember?.seconds ?? 2_592_000,
      renew: given.remember?.renew ?? 'never',
    },
    keepAnonymousData: given.keepAnonymousData ?? true,
    ...createCsrfSettings(given.csrf),
    basePath: typeof given.basePath === 'function' ? given.basePath : (parseBasePath(given.basePath ?? '') ?? ''),
    publicOrigin: given.publicOrigin ?? null,
    origins: given.origins ?? [],
    nextOrigins: given.nextOrigins ?? [],
    onWarning: given.onWarning ?? null,
    debug: given.debug ?? isDevelopment(),
    cacheBytes: given.cacheBytes ?? 4_194_304,
    clock: given.clock ?? readSystemClock,
    random: given.random ?? drawSystemRandom,
  }
}

function createCsrfSettings(
  csrf: LoginManagerOptions<unknown>['csrf'],
): Pick<Settings<unknown, unknown>, 'csrf' | 'csrfExcept'> {
  const { mode = 'origin', except = [] } = typeof csrf === 'object' ? csrf : { mode: csrf }
  return { csrf: mode, csrfExcept: except }
}

const DEFAULT_AREA: AreaSettings = {
  loginView: null,
  refreshView: null,
  loginMessage: 'Please log in to access this page.',
  needsRefreshMessage: 'Please reauthenticate to access this page.',
}

/**
 * Returns the settings of an area. An area that omits a view, or sets it to null, has the view of the manager. The
 * value false removes the view.
 */
function createAreaSettings(given: AreaOptions, otherwise: AreaSettings): AreaSettings {
  return {
    loginView: getView(given.loginView, otherwise.loginView),
    refreshView: getView(given.refreshView, otherwise.refreshView),
    loginMessage: given.loginMessage === undefined ? otherwise.loginMessage : given.loginMessage,
    needsRefreshMessage:
      given.needsRefreshMessage === undefined ? otherwise.needsRefreshMessage : given.needsRefreshMessage,
  }
}

function getView(given: AreaOptions['loginView'], otherwise: View | null): View | null {
  if (given === false) return null
  return typeof given === 'string' ? parseView(given) : (given ?? otherwise)
}

/** Returns the attributes of the session cookie and the remember cookie. */
export function createCookieSpecs<User, Guest>({
  basePath,
  cookies,
  session,
  remember,
}: LoginManagerOptions<User, Guest, string>): {
  readonly session: CookieSpec
  readonly remember: CookieSpec
} {
  const path = (typeof basePath === 'string' && parseBasePath(basePath)) || '/'
  const common = { path, ...omitUndefined(cookies) }
  return {
    session: createCookieSpec({ ...common, ...omitUndefined(session?.cookie) }, 'session'),
    remember: createCookieSpec({ ...common, ...omitUndefined(remember?.cookie) }, 'remember_token'),
  }
}

/** Returns the former attributes of the session cookie and the remember cookie. */
export function createFormerSpecs({
  cookies,
  session,
  remember,
}: Pick<LoginManagerOptions<unknown>, 'cookies' | 'session' | 'remember'>): {
  readonly session: readonly CookieSpec[]
  readonly remember: readonly CookieSpec[]
} {
  return {
    session: createFormerSpec({ ...cookies, ...omitUndefined(session?.cookie) }, 'session'),
    remember: createFormerSpec({ ...cookies, ...omitUndefined(remember?.cookie) }, 'remember_token'),
  }
}

function createFormerSpec(now: CookieOptions, defaultName: string): readonly CookieSpec[] {
  return (now.former ?? []).map((former) => {
    const { domain, ...others } = { ...now, ...omitUndefined(former) }
    return createCookieSpec(domain === null ? others : { ...others, domain }, defaultName)
  })
}

/** Removes keys whose value is undefined, which would hide the common attributes of both cookies. */
function omitUndefined<Given extends object>(given: Given = {} as Given): Given {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Given
}

function createCookieSpec(given: CookieOptions, defaultName: string): CookieSpec {
  const attributes = {
    path: given.path ?? '/',
    domain: given.domain?.replace(/^\./, '') ?? null,
    secure: given.secure ?? true,
    httpOnly: given.httpOnly ?? true,
    sameSite: given.sameSite === undefined ? ('lax' as const) : given.sameSite,
    partitioned: given.partitioned ?? false,
  }
  return { ...attributes, name: given.name ?? addPrefix(defaultName, attributes) }
}

function toSecrets(given: LoginManagerOptions<unknown>['secrets']): readonly Uint8Array[] {
  if (given === undefined) return []
  if (typeof given === 'string' || isBytes(given)) return [toBytes(given)]
  return [given.current, ...(given.previous ?? [])].map(toBytes)
}

/** Returns the bytes of a secret as a copy, so that later changes by the app have no effect. */
export function toBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? toUtf8(value) : Uint8Array.from(value)
}

export function toLoaders<User>(
  given: LoginManagerOptions<User>['loadUserFromRequest'],
): readonly RequestLoader<User>[] {
  const list = given === undefined ? [] : Array.isArray(given) ? given : [given]
  return (list as readonly RequestLoaderOption<User>[]).map((one) => (typeof one === 'function' ? { load: one } : one))
}

function getDefaultUserId(user: unknown): string {
  const { getId, id } = user as { getId?: () => unknown; id?: unknown }
  return toIdText(typeof getId === 'function' ? getId.call(user) : id) as string
}

/**
 * Returns whether a user is active. A user without the property is active. With it, only `true` counts, because
 * databases return 0 or null.
 */
function getDefaultIsActive(user: unknown): Awaitable<boolean> {
  const { isActive } = user as { isActive?: Awaitable<boolean> | (() => Awaitable<boolean>) }
  if (isActive === undefined) return true
  return typeof isActive === 'function' ? isActive.call(user) : isActive
}

/** The globals by which the runtimes differ. Most of them may be missing. */
interface Host {
  readonly process?: { readonly env?: { readonly NODE_ENV?: string }; readonly release?: { readonly name?: unknown } }
  readonly navigator?: { readonly userAgent?: string }
}

/** Returns whether `NODE_ENV` is `development`, or is missing on Node, as Express reads it. */
function isDevelopment(): boolean {
  const host = globalThis as Host
  try {
    const environment = host.process?.env?.NODE_ENV
    return environment === 'development' || (!environment && isNode(host))
  } catch {
    // Deno throws without the permission to read the variable.
    return false
  }
}

/**
 * Returns whether the runtime is Node. Bun, Deno and Workers copy the release of Node, but not its user agent. Node 20
 * does not have a user agent.
 */
function isNode(host: Host): boolean {
  return host.process?.release?.name === 'node' && (host.navigator?.userAgent ?? 'Node.js').startsWith('Node.js')
}
