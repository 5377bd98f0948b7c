// What can happen to a session: state -> state, in the past tense. The old state is never touched.
import type { Json } from '../base/json'
import { isFlashed, type KeptFlash, omitOrigin } from './flash'
import { EMPTY, type Login, type SessionState } from './session'

/** Which data of an anonymous visitor survives the login: all, none, or these keys. */
export type KeepData = boolean | readonly string[]

/**
 * A login, by the user or by a remember cookie. The anonymous visitor's data (a cart) is kept as the app wants;
 * another user's never is, and of messages only `said`, those of this request. The library's own messages have reached
 * their aim. The CSRF secret goes, or a token planted before the login would be good after it.
 */
export function loggedIn(
  state: SessionState,
  login: Login,
  keep: KeepData,
  said: readonly KeptFlash[] = [],
): SessionState {
  const mine = state.login === null || state.login.userId === login.userId
  const data = state.login === null ? getKeptData(state.data, keep) : mine ? state.data : EMPTY.data
  const flashes = omitOrigin(mine ? state.flashes : said, 'login', 'refresh')
  return { ...state, login, data, flashes }
}

function getKeptData(data: ReadonlyMap<string, Json>, keep: KeepData): ReadonlyMap<string, Json> {
  if (keep === true) return data
  if (keep === false) return EMPTY.data
  return new Map([...data].filter(([key]) => keep.includes(key)))
}

/** A logout. What the app kept goes too, unless it asks to keep it; `next` is forgotten in any case. */
export function loggedOut(state: SessionState, keepData: boolean, said: readonly KeptFlash[] = []): SessionState {
  return keepData ? { ...state, login: null, next: null } : emptied(said)
}

/**
 * Nothing is left but `said`, the messages of this request. Always a new state: a cookie that held nothing readable is
 * cleared like any other.
 */
export function emptied(said: readonly KeptFlash[] = []): SessionState {
  return { ...EMPTY, flashes: said }
}

/** Another client uses the login: the user is known, but no longer fresh. The same state if that was noticed before. */
export function staled(state: SessionState, client: string): SessionState {
  const { login } = state
  if (login === null || (!login.fresh && login.suspect === client)) return state
  return { ...state, login: { ...login, fresh: false, suspect: client } }
}

/** The client of the login is back: the next change is noticed again. It stays stale. */
export function recognized(state: SessionState): SessionState {
  return state.login?.suspect !== undefined ? { ...state, login: { ...state.login, suspect: undefined } } : state
}

/** The user proved again who they are: same session, new session id. A message that asks for it is done with. */
export function confirmed(state: SessionState, login: Login): SessionState {
  return { ...state, login, flashes: omitOrigin(state.flashes, 'refresh') }
}

/** Client and stamp, keyed anew after a change of secrets. */
export function rekeyed(state: SessionState, client: string | null, stamp: string | null): SessionState {
  const { login } = state
  if (login === null || (login.client === client && login.stamp === stamp)) return state
  return { ...state, login: { ...login, client, stamp } }
}

export function dataSet(state: SessionState, key: string, value: Json): SessionState {
  return { ...state, data: new Map(state.data).set(key, value) }
}

export function dataDeleted(state: SessionState, key: string): SessionState {
  if (!state.data.has(key)) return state
  const data = new Map(state.data)
  data.delete(key)
  return { ...state, data }
}

export function madePermanent(state: SessionState, permanent: boolean): SessionState {
  return state.permanent === permanent ? state : { ...state, permanent }
}

export function nextKept(state: SessionState, next: string | null): SessionState {
  return state.next === next ? state : { ...state, next }
}

export function flashed(state: SessionState, flash: KeptFlash): SessionState {
  return { ...state, flashes: [...state.flashes, flash] }
}

/** As {@link flashed}, but a message that waits already is not said twice. */
export function flashedOnce(state: SessionState, flash: KeptFlash): SessionState {
  return isFlashed(state.flashes, flash) ? state : flashed(state, flash)
}

export function flashesKept(state: SessionState, flashes: readonly KeptFlash[]): SessionState {
  return state.flashes.length === flashes.length ? state : { ...state, flashes }
}
