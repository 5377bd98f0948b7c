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
    ['meets a policy without requirements', {}, true],
    ['is recent in the last second of withinSeconds', { withinSeconds: 100 }, true],
    ['is not recent one second after withinSeconds', { withinSeconds: 99 }, false],
    ['meets its own level', { level: 2 }, true],
    ['does not meet a higher level', { level: 3 }, false],
    ['meets the requirement of a method that was used', { method: 'otp' }, true],
    ['does not meet the requirement of another method', { method: 'hwk' }, false],
    ['meets a list of methods if one was used', { method: ['hwk', 'pwd'] }, true],
    ['does not meet an empty list of methods', { method: [] }, false],
    ['must meet all requirements', { withinSeconds: 100, level: 2, method: 'hwk' }, false],
    ['is never recent if withinSeconds is NaN', { withinSeconds: Number.NaN }, false],
    ['never meets the level NaN', { level: Number.NaN }, false],
  ])('%s', (_, policy, expected) => {
    expect(isFresh(login, policy, NOW)).toBe(expected)
  })

  it('is recent if the clock of the server that issued it is ahead', () => {
    expect(isFresh({ ...login, authTime: NOW + 50 }, { withinSeconds: 1 }, NOW)).toBe(true)
  })
})

describe('a stale login', () => {
  const stale = { ...login, fresh: false }

  it('is not fresh, even if its age, level and method meet the policy', () => {
    expect(isFresh({ ...stale, authTime: NOW }, { withinSeconds: 10, level: 1, method: 'pwd' }, NOW)).toBe(false)
  })
})
