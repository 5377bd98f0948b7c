import { describe, expect, it } from 'vitest'
import type { Json } from '../base/json'
import { getFlashesOf, getVisibleFlashes, type KeptFlash } from './flash'
import { renewToken } from './remember'
import { EMPTY, isEmpty, type Login, type SessionState } from './session'
import {
  confirmed,
  dataDeleted,
  dataSet,
  flashed,
  flashedOnce,
  flashesKept,
  loggedIn,
  loggedOut,
  madePermanent,
  nextKept,
  recognized,
  rekeyed,
  staled,
} from './transitions'

const alice: Login = {
  userId: 'alice',
  sessionId: 'sid-1',
  authTime: 10,
  since: 10,
  fresh: true,
  methods: ['pwd'],
  level: 1,
  forced: false,
  client: 'client',
  stamp: 'stamp',
}
const bob: Login = { ...alice, userId: 'bob', sessionId: 'sid-2' }

const cart: SessionState = {
  ...EMPTY,
  permanent: true,
  data: new Map<string, Json>([
    ['cart', ['book']],
    ['draft', 'x'],
  ]),
  flashes: [{ category: 'info', message: 'Hello' }],
  next: '/cart',
}

describe('a login', () => {
  it('keeps the data and messages of the anonymous visitor', () => {
    const state = loggedIn(cart, alice, true)
    expect(state).toEqual({ ...cart, login: alice })
  })

  it.each<[string, boolean | string[], string[]]>([
    ['all keys', true, ['cart', 'draft']],
    ['no key', false, []],
    ['the listed keys', ['cart', 'other'], ['cart']],
  ])('keeps %s of the visitor’s data with the matching value of keepAnonymousData', (_, keep, keys) => {
    expect([...loggedIn(cart, alice, keep).data.keys()]).toEqual(keys)
  })

  it('keeps all data if the same user logs in again', () => {
    const state = loggedIn({ ...cart, login: alice }, { ...alice, sessionId: 'sid-3' }, false)
    expect(state.data).toBe(cart.data)
    expect(state.flashes).toEqual(cart.flashes)
  })

  it('removes the data and messages of the previous user', () => {
    const state = loggedIn({ ...cart, login: alice }, bob, true)
    expect(state.login).toBe(bob)
    expect(state.data.size).toBe(0)
    expect(state.flashes).toEqual([])
  })
})

describe('a logout', () => {
  it('removes everything from the session', () => {
    expect(isEmpty(loggedOut({ ...cart, login: alice }, false))).toBe(true)
  })

  it('keeps data and messages with keepData, and removes next', () => {
    expect(loggedOut({ ...cart, login: alice }, true)).toEqual({ ...cart, login: null, next: null })
  })

  it('returns a new state even for an empty session, so an invalid cookie is cleared', () => {
    expect(loggedOut(EMPTY, false)).not.toBe(EMPTY)
  })
})

describe('a changed client', () => {
  it('makes the login stale, and is stored until the first client returns', () => {
    const state = { ...cart, login: alice }
    const stale = staled(state, 'other')
    expect(stale).toEqual({ ...state, login: { ...alice, fresh: false, suspect: 'other' } })
    expect(staled(stale, 'other')).toBe(stale)
    expect(staled(stale, 'third').login?.suspect).toBe('third')
    expect(staled(cart, 'other')).toBe(cart)
    expect(recognized(stale)).toEqual({ ...state, login: { ...alice, fresh: false } })
    expect(recognized(state)).toBe(state)
  })
})

describe('the same state is returned', () => {
  it.each<[string, (state: SessionState) => SessionState]>([
    ['if the deleted key does not exist', (state) => dataDeleted(state, 'nothing')],
    ['if permanent is unchanged', (state) => madePermanent(state, true)],
    ['if next is unchanged', (state) => nextKept(state, '/cart')],
    ['if the same message is present', (state) => flashedOnce(state, { category: 'info', message: 'Hello' })],
    ['if all messages are kept', (state) => flashesKept(state, state.flashes)],
    ['if the claims are unchanged', (state) => rekeyed(state, 'client', 'stamp')],
  ])('%s', (_, change) => {
    const state = { ...cart, login: alice }
    expect(change(state)).toBe(state)
  })

  it('if claims are set without a login', () => {
    expect(rekeyed(cart, 'client', 'stamp')).toBe(cart)
  })
})

describe('the previous state is not modified', () => {
  it('by a change of data', () => {
    const state = dataSet(cart, 'cart', ['pen'])
    expect(state.data.get('cart')).toEqual(['pen'])
    expect(cart.data.get('cart')).toEqual(['book'])
    expect([...dataDeleted(state, 'cart').data.keys()]).toEqual(['draft'])
    expect(state.data.size).toBe(2)
  })

  it('by a new message, also if another category has the same message', () => {
    const state = flashedOnce(cart, { category: 'error', message: 'Hello' })
    expect(state.flashes).toHaveLength(2)
    expect(flashed(state, { category: 'info', message: 'Hello' }).flashes).toHaveLength(3)
    expect(cart.flashes).toHaveLength(1)
  })

  it('by a change of login, claims, permanent or next', () => {
    expect(confirmed(cart, bob).login).toBe(bob)
    expect(rekeyed({ ...cart, login: alice }, 'other', null).login).toEqual({ ...alice, client: 'other', stamp: null })
    expect(madePermanent(cart, false).permanent).toBe(false)
    expect(nextKept(cart, null).next).toBeNull()
    expect(cart).toMatchObject({ login: null, permanent: true, next: '/cart' })
  })
})

describe('a session', () => {
  it('is not empty if any of its parts is set', () => {
    expect(isEmpty(EMPTY)).toBe(true)
    const [login, permanent, data, flashes] = [alice, true, cart.data, cart.flashes]
    for (const part of [{ login }, { permanent }, { data }, { flashes }, { next: '/' }])
      expect(isEmpty({ ...EMPTY, ...part })).toBe(false)
  })
})

describe('flash messages', () => {
  const [info, error] = [
    { category: 'info', message: 'a' },
    { category: 'error', message: 'b' },
  ]

  it('are selected by category, or all without categories', () => {
    expect(getFlashesOf([info, error])).toEqual([info, error])
    expect(getFlashesOf([info, error], ['error'])).toEqual([error])
    expect(getFlashesOf([info, error], [])).toEqual([])
  })

  const login: KeptFlash = { ...info, origin: 'login' }
  const refresh: KeptFlash = { ...info, origin: 'refresh' }
  const visitor: KeptFlash = { ...info, origin: 'visitor' }
  const flashes = [info, login, refresh, visitor]

  it('of the library are removed by the login or confirmation that they request; messages of the app stay', () => {
    expect(loggedIn({ ...cart, flashes }, alice, true).flashes).toEqual([info, visitor])
    expect(confirmed({ ...cart, login: alice, flashes }, alice).flashes).toEqual([info, login, visitor])
  })

  it('of this request stay after a logout or a login as another user, and older messages are removed', () => {
    expect(loggedOut({ ...cart, login: alice, flashes }, false, [error])).toEqual({ ...EMPTY, flashes: [error] })
    expect(loggedIn({ ...cart, login: alice, flashes }, bob, true, [error]).flashes).toEqual([error])
  })

  it('of the app are hidden while the login is not valid, except those for the visitor', () => {
    expect(getVisibleFlashes(flashes)).toEqual([login, refresh, visitor])
  })
})

describe('a remember token', () => {
  it('keeps its lifetime and its content when it is renewed', () => {
    const token = { userId: '1', tokenId: 't', authTime: 5, issuedAt: 10, expiresAt: 110, stamp: null }
    expect(renewToken(token, 60)).toEqual({ ...token, issuedAt: 60, expiresAt: 160 })
  })
})
