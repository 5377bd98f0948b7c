import { describe, expect, it } from 'vitest'
import { type FreshnessPolicy, isFresh } from './freshness'
import type { Login } from './session'

const NOW = 1_800_000_000
const login: Login = {
  userId: '1',
  sessionId: 'sid',
  authTime: NOW - 100,
  since: NOW - 100,
  fresh: true,
  methods: ['pwd', 'otp'],
  level: 2,
  forced: false,
  client: null,
  stamp: null,
}

describe('a fresh login', () => {
  it.each<[string, FreshnessPolicy, boolean]>([
    ['is enough where nothing more is asked', {}, true],
    ['is recent up to the very last second', { withinSeconds: 100 }, true],
    ['is not recent a second later', { withinSeconds: 99 }, false],
    ['is strong enough at its own level', { level: 2 }, true],
    ['is not strong enough above it', { level: 3 }, false],
    ['was proven by a method that it names', { method: 'otp' }, true],
    ['was not proven by another', { method: 'hwk' }, false],
    ['was proven by one of several', { method: ['hwk', 'pwd'] }, true],
    ['was proven by none of none', { method: [] }, false],
    ['has to be all of it at once', { withinSeconds: 100, level: 2, method: 'hwk' }, false],
    ['is never recent within a time that is no number', { withinSeconds: Number.NaN }, false],
    ['is never strong enough for a level that is no number', { level: Number.NaN }, false],
  ])('%s', (_, policy, enough) => {
    expect(isFresh(login, policy, NOW)).toBe(enough)
  })

  it('counts as new where another server of ours is ahead', () => {
    expect(isFresh({ ...login, authTime: NOW + 50 }, { withinSeconds: 1 }, NOW)).toBe(true)
  })
})

describe('a stale login', () => {
  const stale = { ...login, fresh: false }

  it('is not fresh however recent and strong it is', () => {
    expect(isFresh({ ...stale, authTime: NOW }, { withinSeconds: 10, level: 1, method: 'pwd' }, NOW)).toBe(false)
  })
})
