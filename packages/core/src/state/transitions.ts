// What can happen to a session: state -> state, in the past tense. The old state is never touched.
import type { Json } from '../base/json'
import { type Flash, isFlashed } from './flash'
import { EMPTY, type Login, type SessionState } from './session'

/** Which data of an anonymous visitor survives the login: all, none, or these keys. */
export type KeepData = boolean | readonly string[]

/**
 * A login, by the user or by a remember cookie. The anonymous visitor's data (a cart) is kept as the app wants;
 * another user's never is. The CSRF secret goes, or a token planted before the login would be good after it.
 */
export function loggedIn(state: SessionState, login: Login, keep: KeepData): SessionState {
  const mine = state.login === null || state.login.userId === login.userId
  const data = state.login === null ? keptData(state.data, keep) : mine ? state.data : EMPTY.data
  return { ...state, login, data, flashes: mine ? state.flashes : EMPTY.flashes, csrf: null }
}

function keptData(data: ReadonlyMap<string, Json>, keep: KeepData): ReadonlyMap<string, Json> {
  if (keep === true) return data
  if (keep === false) return EMPTY.data
  return new Map([...data].filter(([key]) => keep.includes(key)))
}

/** A logout. What the app kept goes too, unless it asks to keep it; `next` is forgotten in any case. */
export function loggedOut(state: SessionState, keepData: boolean): SessionState {
  return keepData ? { ...state, login: null, next: null, csrf: null } : emptied()
}

/** Nothing is left. Always a new state: a cookie that held nothing readable is cleared like any other. */
export function emptied(): SessionState {
  return { ...EMPTY }
}

/** The client changed, or a remember cookie spoke for the user: they are known, but no longer fresh. */
export function staled(state: SessionState): SessionState {
  return state.login?.fresh ? { ...state, login: { ...state.login, fresh: false } } : state
}

/** The user proved again who they are: same session, new session id. */
export function confirmed(state: SessionState, login: Login): SessionState {
  return { ...state, login }
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

export function flashed(state: SessionState, flash: Flash): SessionState {
  return { ...state, flashes: [...state.flashes, flash] }
}

/** As {@link flashed}, but a message that waits already is not said twice. */
export function flashedOnce(state: SessionState, flash: Flash): SessionState {
  return isFlashed(state.flashes, flash) ? state : flashed(state, flash)
}

export function flashesKept(state: SessionState, flashes: readonly Flash[]): SessionState {
  return state.flashes.length === flashes.length ? state : { ...state, flashes }
}

export function csrfIssued(state: SessionState, csrf: string): SessionState {
  return { ...state, csrf }
}
