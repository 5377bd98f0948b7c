// The services of a manager for its requests: the settings, and the objects that depend on them and on the audience.
import { isEpochSeconds } from '../base/clock'
import { UsageError } from '../base/errors'
import type { LoginWarning, Settings } from '../options/types'
import { RememberCookies } from '../sessions/remember-cookies'
import { SessionCookies, type VerifiedSessions } from '../sessions/session-cookies'
import { VerifiedCookies } from '../sessions/verified-cookies'
import type { RequestView } from '../wire/headers/request'
import { createKeyring, type Key } from '../wire/tokens/keyring'
import { Events } from './events'
import { RefusalHandlers } from './refusal-handlers'

/** The objects that are created from the secrets for one audience. */
interface Keyed {
  readonly sessions: SessionCookies
  readonly remembers: RememberCookies
  readonly clientKeys: readonly Key[]
  readonly stampKeys: readonly Key[]
  /** Returns the keys for another purpose. They are derived at the first call. */
  keysFor(purpose: string): readonly Key[]
}

/** The services for one request. */
export interface Services<User, Guest> extends Keyed {
  readonly settings: Settings<User, Guest>
  readonly events: Events<User>
  readonly handlers: RefusalHandlers
  /** Returns the time in whole epoch seconds. */
  now(): number
  /** @throws UsageError `no-audience` if the app returned no audience for this request. */
  assertAudience(): void
}

/** The events of a manager, and the services of each request. */
export interface ServicesByRequest<User, Guest> {
  readonly events: Events<User>
  readonly getServices: (request: RequestView) => Services<User, Guest>
}

/**
 * The maximum number of audiences whose keys are cached. A forged host costs one key derivation, and does not use more
 * memory.
 */
const MAX_AUDIENCES = 256

/** Creates the services of a manager. */
export function createServices<User, Guest>(settings: Settings<User, Guest>): ServicesByRequest<User, Guest> {
  const events = new Events<User>()
  const listener = settings.onWarning ?? (settings.debug ? logWarning : null)
  events.log = listener
  if (listener !== null) events.on('warning', listener)
  const verified: VerifiedSessions = new VerifiedCookies(settings.cacheBytes)
  const shared = { settings, events, handlers: new RefusalHandlers(), now: () => assertWholeSeconds(settings.clock()) }
  const { audience } = settings
  if (typeof audience === 'string') {
    const services = {
      ...shared,
      ...createKeyed(settings, settings.secrets, audience, verified),
      assertAudience: () => undefined,
    }
    return { events, getServices: () => services }
  }
  const keysOf = createKeysByAudience(settings, verified)
  return { events, getServices: (request) => new ServicesOfRequest(shared, () => audience(request), keysOf) }
}

function logWarning({ code, message }: LoginWarning): void {
  // biome-ignore lint/suspicious/noConsole: in development, warnings of an app without a listener are written to the console
  console.warn(`[fetch-login] ${code}: ${message}`)
}

function createKeyed<User, Guest>(
  { session, remember }: Settings<User, Guest>,
  secrets: readonly Uint8Array[],
  audience: string,
  verified: VerifiedSessions,
): Keyed {
  const keyring = createKeyring(secrets, audience)
  const { name } = session.cookie
  return {
    sessions: new SessionCookies(session, keyring, verified),
    remembers: new RememberCookies(keyring, JSON.stringify([name, remember.cookie.name])),
    clientKeys: keyring.keys('client', name),
    stampKeys: keyring.keys('stamp', name),
    keysFor: (purpose) => keyring.keys(purpose, name),
  }
}

type KeysOf = (audience: string | null) => Keyed

/**
 * Returns a function that returns the keys of an audience. The most recently used keys are cached. Requests without an
 * audience use a random secret of this process, so that no cookie is accepted.
 */
function createKeysByAudience<User, Guest>(settings: Settings<User, Guest>, verified: VerifiedSessions): KeysOf {
  const known = new Map<string | null, Keyed>()
  const secretsFor = (audience: string | null): readonly Uint8Array[] =>
    audience === null ? [settings.random(32)] : settings.secrets
  return (audience) => {
    const keys = known.get(audience) ?? createKeyed(settings, secretsFor(audience), audience ?? '', verified)
    known.delete(audience)
    known.set(audience, keys)
    if (known.size > MAX_AUDIENCES) known.delete(known.keys().next().value as string | null)
    return keys
  }
}

/** The services of one request. It reads the audience when a key is needed for the first time. */
class ServicesOfRequest<User, Guest> implements Services<User, Guest> {
  readonly settings: Settings<User, Guest>
  readonly events: Events<User>
  readonly handlers: RefusalHandlers
  readonly now: () => number
  readonly #audienceOf: () => unknown
  readonly #keysOf: KeysOf
  #audience: string | null = null
  #keys: Keyed | undefined

  constructor(
    { settings, events, handlers, now }: Pick<Services<User, Guest>, 'settings' | 'events' | 'handlers' | 'now'>,
    audienceOf: () => unknown,
    keysOf: KeysOf,
  ) {
    this.settings = settings
    this.events = events
    this.handlers = handlers
    this.now = now
    this.#audienceOf = audienceOf
    this.#keysOf = keysOf
  }

  get sessions(): SessionCookies {
    return this.#keyed().sessions
  }

  get remembers(): RememberCookies {
    return this.#keyed().remembers
  }

  get clientKeys(): readonly Key[] {
    return this.#keyed().clientKeys
  }

  get stampKeys(): readonly Key[] {
    return this.#keyed().stampKeys
  }

  keysFor(purpose: string): readonly Key[] {
    return this.#keyed().keysFor(purpose)
  }

  assertAudience(): void {
    this.#keyed()
    if (this.#audience !== null) return
    throw new UsageError(
      'no-audience',
      'loginUser() cannot log in, because the option `audience` did not return a string for this request. Return the name of the tenant of each request that logs in.',
    )
  }

  #keyed(): Keyed {
    if (this.#keys !== undefined) return this.#keys
    const audience = this.#audienceOf()
    this.#audience = typeof audience === 'string' ? audience : null
    this.#keys = this.#keysOf(this.#audience)
    return this.#keys
  }
}

/** @throws UsageError `invalid-options` if the clock does not return epoch seconds: a login would end at once, or never. */
function assertWholeSeconds(now: number): number {
  if (isEpochSeconds(now)) return Math.floor(now)
  throw new UsageError(
    'invalid-options',
    `The option clock must return epoch seconds, but returned ${String(now)}. Use () => Math.floor(Date.now() / 1000).`,
  )
}
