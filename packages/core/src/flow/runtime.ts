// What a manager hands to each request: the settings, and the few things built from them once.
import type { Settings } from '../settings'
import { createKeyring, type Key } from '../wire/keyring'
import { Events } from './events'
import { RememberCookies } from './remember-cookies'
import { SessionCookies } from './session-cookies'

export interface Runtime<User, Guest> {
  readonly settings: Settings<User, Guest>
  readonly sessions: SessionCookies
  readonly remembers: RememberCookies
  readonly clientKeys: readonly Key[]
  readonly stampKeys: readonly Key[]
  readonly events: Events<User>
  /** Epoch seconds, whole. */
  now(): number
}

export function createRuntime<User, Guest>(settings: Settings<User, Guest>): Runtime<User, Guest> {
  const keyring = createKeyring(settings.secrets, settings.audience)
  const { cookie } = settings.session
  return {
    settings,
    sessions: new SessionCookies(settings.session, keyring, settings.cacheBytes),
    remembers: new RememberCookies(keyring, JSON.stringify([cookie.name, settings.remember.cookie.name])),
    clientKeys: keyring.keys('client', cookie.name),
    stampKeys: keyring.keys('stamp', cookie.name),
    events: new Events(),
    now: () => Math.floor(settings.clock()),
  }
}
