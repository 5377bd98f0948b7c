// State transitions of a session. Each function returns a new state, so its name is a past participle.
import type { Json } from '../base/json'
import { isFlashed, type KeptFlash, omitOrigin } from './flash'
import { EMPTY, type Login, type SessionState } from './session'

/** The data of an anonymous visitor that a login keeps: all, none, or these keys. */
export type KeepData = boolean | readonly string[]

/**
 * Returns the session after a login, by the user or by a remember cookie. Data of another user is removed. Messages of the
 * library are removed, because the login is their purpose.
 *
 * @param keep The data of an anonymous visitor to keep, such as a cart.
 * @param newFlashes The messages of this request, which stay if another user was logged in.
 */
export function loggedIn(
  state: SessionState,
  login: Login,
  keep: KeepData,
  newFlashes: readonly KeptFlash[] = [],
): SessionState {
  const isSameUser = state.login === null || state.login.userId === login.userId
  const data = state.login === null ? getKeptData(state.data, keep) : isSameUser ? state.data : EMPTY.data
  const flashes = omitOrigin(isSameUser ? state.flashes : newFlashes, 'login', 'refresh')
  return { ...state, login, data, flashes }
}

function getKeptData(data: ReadonlyMap<string, Json>, keep: KeepData): ReadonlyMap<string, Json> {
  if (keep === true) return data
  if (keep === false) return EMPTY.data
  return new Map([...data].filter(([key]) => keep.includes(key)))
}

/**
 * Returns the session after a logout. `next` is always removed.
 *
 * @param keepData Whether data and messages stay.
 * @param newFlashes The messages of this request, which always stay.
 */
export function loggedOut(state: SessionState, keepData: boolean, newFlashes: readonly KeptFlash[] = []): SessionState {
  return keepData ? { ...state, login: null, next: null } : emptied(newFlashes)
}

/**
 * Returns an empty session with the messages of this request. It is always a new state, so that the cookie is cleared even
 * if its content was invalid.
 */
export function emptied(newFlashes: readonly KeptFlash[] = []): SessionState {
  return { ...EMPTY, flashes: newFlashes }
}

/** Makes a login stale because another client uses it. Returns the same state if that client is stored already. */
export function staled(state: SessionState, client: string): SessionState {
  const { login } = state
  if (login === null || (!login.fresh && login.suspect === client)) return state
  return { ...state, login: { ...login, fresh: false, suspect: client } }
}

/** Removes the other client, because the client of the login is back. The login stays stale. */
export function recognized(state: SessionState): SessionState {
  return state.login?.suspect !== undefined ? { ...state, login: { ...state.login, suspect: undefined } } : state
}

/** Returns the session after the user authenticated again. The message that requested it is removed. */
export function confirmed(state: SessionState, login: Login): SessionState {
  return { ...state, login, flashes: omitOrigin(state.flashes, 'refresh') }
}

/** Replaces the claims of client and stamp, after a change of secrets. */
export function rekeyed(state: SessionState, client: string | null, stamp: string | null): SessionState {
  const { login } = state
  if (login === null || (login.client === client && login.stamp === stamp)) return state
  return { ...state, login: { ...login, client, stamp } }
}

/** Sets one entry of the app's data. */
export function dataSet(state: SessionState, key: string, value: Json): SessionState {
  return { ...state, data: new Map(state.data).set(key, value) }
}

/** Deletes one entry of the app's data. */
export function dataDeleted(state: SessionState, key: string): SessionState {
  if (!state.data.has(key)) return state
  const data = new Map(state.data)
  data.delete(key)
  return { ...state, data }
}

/** Sets whether the session is permanent. */
export function madePermanent(state: SessionState, permanent: boolean): SessionState {
  return state.permanent === permanent ? state : { ...state, permanent }
}

/** Stores the page to open after the login, or removes it. */
export function nextKept(state: SessionState, next: string | null): SessionState {
  return state.next === next ? state : { ...state, next }
}

/** Adds a message. */
export function flashed(state: SessionState, flash: KeptFlash): SessionState {
  return { ...state, flashes: [...state.flashes, flash] }
}

/** Adds a message, unless the same message is present. */
export function flashedOnce(state: SessionState, flash: KeptFlash): SessionState {
  return isFlashed(state.flashes, flash) ? state : flashed(state, flash)
}

/** Replaces the messages by a part of them. */
export function flashesKept(state: SessionState, flashes: readonly KeptFlash[]): SessionState {
  return state.flashes.length === flashes.length ? state : { ...state, flashes }
}
