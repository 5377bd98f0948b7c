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
  it('keeps what the anonymous visitor had, but not the CSRF secret planted before it', () => {
    const state = loggedIn(cart, alice, true)
    expect(state).toEqual({ ...cart, login: alice })
  })

  it.each<[string, boolean | string[], string[]]>([
    ['all', true, ['cart', 'draft']],
    ['none', false, []],
    ['these keys', ['cart', 'other'], ['cart']],
  ])('keeps %s of the visitor’s data where the app says so', (_, keep, keys) => {
    expect([...loggedIn(cart, alice, keep).data.keys()]).toEqual(keys)
  })

  it('keeps everything where the same user logs in again', () => {
    const state = loggedIn({ ...cart, login: alice }, { ...alice, sessionId: 'sid-3' }, false)
    expect(state.data).toBe(cart.data)
    expect(state.flashes).toEqual(cart.flashes)
  })

  it('shows the next user nothing of the one before', () => {
    const state = loggedIn({ ...cart, login: alice }, bob, true)
    expect(state.login).toBe(bob)
    expect(state.data.size).toBe(0)
    expect(state.flashes).toEqual([])
  })
})

describe('a logout', () => {
  it('leaves nothing', () => {
    expect(isEmpty(loggedOut({ ...cart, login: alice }, false))).toBe(true)
  })

  it('keeps data and messages where asked to, and forgets where the user wanted to go', () => {
    expect(loggedOut({ ...cart, login: alice }, true)).toEqual({ ...cart, login: null, next: null })
  })

  it('is a change even of an empty session, so that a cookie nobody can read is cleared', () => {
    expect(loggedOut(EMPTY, false)).not.toBe(EMPTY)
  })
})

describe('a changed client', () => {
  it('takes the freshness and is marked, once, until the client is back', () => {
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

describe('a change of nothing is no change', () => {
  it.each<[string, (state: SessionState) => SessionState]>([
    ['deleting what is not there', (state) => dataDeleted(state, 'nothing')],
    ['the permanence it has', (state) => madePermanent(state, true)],
    ['the next it has', (state) => nextKept(state, '/cart')],
    ['a message that waits already', (state) => flashedOnce(state, { category: 'info', message: 'Hello' })],
    ['keeping all messages', (state) => flashesKept(state, state.flashes)],
    ['the keys it has', (state) => rekeyed(state, 'client', 'stamp')],
  ])('%s', (_, change) => {
    const state = { ...cart, login: alice }
    expect(change(state)).toBe(state)
  })

  it('keys of nobody stay nobody’s', () => {
    expect(rekeyed(cart, 'client', 'stamp')).toBe(cart)
  })
})

describe('a change leaves the state before it alone', () => {
  it('for data', () => {
    const state = dataSet(cart, 'cart', ['pen'])
    expect(state.data.get('cart')).toEqual(['pen'])
    expect(cart.data.get('cart')).toEqual(['book'])
    expect([...dataDeleted(state, 'cart').data.keys()]).toEqual(['draft'])
    expect(state.data.size).toBe(2)
  })

  it('for messages, of which the same text in another category is another', () => {
    const state = flashedOnce(cart, { category: 'error', message: 'Hello' })
    expect(state.flashes).toHaveLength(2)
    expect(flashed(state, { category: 'info', message: 'Hello' }).flashes).toHaveLength(3)
    expect(cart.flashes).toHaveLength(1)
  })

  it('for the rest', () => {
    expect(confirmed(cart, bob).login).toBe(bob)
    expect(rekeyed({ ...cart, login: alice }, 'other', null).login).toEqual({ ...alice, client: 'other', stamp: null })
    expect(madePermanent(cart, false).permanent).toBe(false)
    expect(nextKept(cart, null).next).toBeNull()
    expect(cart).toMatchObject({ login: null, permanent: true, next: '/cart' })
  })
})

describe('what needs a cookie', () => {
  it('is anything at all', () => {
    expect(isEmpty(EMPTY)).toBe(true)
    const [login, permanent, data, flashes] = [alice, true, cart.data, cart.flashes]
    for (const one of [{ login }, { permanent }, { data }, { flashes }, { next: '/' }])
      expect(isEmpty({ ...EMPTY, ...one })).toBe(false)
  })
})

describe('messages', () => {
  const [info, error] = [
    { category: 'info', message: 'a' },
    { category: 'error', message: 'b' },
  ]

  it('are taken all, or by category', () => {
    expect(getFlashesOf([info, error])).toEqual([info, error])
    expect(getFlashesOf([info, error], ['error'])).toEqual([error])
    expect(getFlashesOf([info, error], [])).toEqual([])
  })

  const login: KeptFlash = { ...info, origin: 'login' }
  const refresh: KeptFlash = { ...info, origin: 'refresh' }
  const visitor: KeptFlash = { ...info, origin: 'visitor' }
  const flashes = [info, login, refresh, visitor]

  it('of the library end with the login or the confirmation that they ask for, and those of the app stay', () => {
    expect(loggedIn({ ...cart, flashes }, alice, true).flashes).toEqual([info, visitor])
    expect(confirmed({ ...cart, login: alice, flashes }, alice).flashes).toEqual([info, login, visitor])
  })

  it('of the same request survive a logout and a login as another user, and older ones do not', () => {
    expect(loggedOut({ ...cart, login: alice, flashes }, false, [error])).toEqual({ ...EMPTY, flashes: [error] })
    expect(loggedIn({ ...cart, login: alice, flashes }, bob, true, [error]).flashes).toEqual([error])
  })

  it('of the app are hidden while the login does not count, but for those to the visitor', () => {
    expect(getVisibleFlashes(flashes)).toEqual([login, refresh, visitor])
  })
})

describe('a remember token', () => {
  it('lives as long again from now on, and is otherwise the same', () => {
    const token = { userId: '1', tokenId: 't', authTime: 5, issuedAt: 10, expiresAt: 110, stamp: null }
    expect(renewToken(token, 60)).toEqual({ ...token, issuedAt: 60, expiresAt: 160 })
  })
})
