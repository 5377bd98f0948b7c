import { describe, expect, it } from 'vitest'
import { getVerdict, type ProtectionMode, type Verdict } from './protection'
import { EMPTY, type Login, type SessionState } from './session'

function session(client: string | null, permanent = false): SessionState {
  const login: Login = {
    userId: '1',
    sessionId: 'sid',
    authTime: 0,
    since: 0,
    fresh: true,
    methods: [],
    level: 1,
    forced: false,
    client,
    stamp: null,
  }
  return { ...EMPTY, login, permanent }
}

describe('session protection', () => {
  it.each<[ProtectionMode, string, SessionState, boolean, Verdict]>([
    ['basic', 'the same client', session('a'), true, 'same'],
    ['basic', 'another client', session('a'), false, 'stale'],
    ['basic', 'another client of a permanent session', session('a', true), false, 'stale'],
    ['basic', 'a login without a client claim', session(null), false, 'same'],
    ['strong', 'the same client', session('a'), true, 'same'],
    ['strong', 'another client', session('a'), false, 'dropped'],
    ['strong', 'another client of a permanent session', session('a', true), false, 'stale'],
    ['strong', 'a login without a client claim', session(null), false, 'same'],
    ['strong', 'a session without a login', EMPTY, false, 'same'],
    [false, 'another client', session('a'), false, 'same'],
  ])('in mode %s returns the verdict for %s', (mode, _, state, isSame, expected) => {
    expect(getVerdict(mode, state, () => isSame)).toBe(expected)
  })
})
