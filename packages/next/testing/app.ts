// A login for wrapped route handlers, and a client that calls them without a server. The test file must mock `next/headers`.
import { type Auth, apiKey, createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import { NextRequest } from 'next/server'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { nextLogin, type Route } from '../src/index'
import { cookieStore, current } from './next-headers'

export interface User {
  readonly id: string
}

export const alice: User = { id: 'alice' }
export const broken: User = { id: 'broken' }
export const ORIGIN = 'https://app.test'
export const clock = createTestClock(1_800_000_000)
export const params = { params: Promise.resolve({}) }
export const loadUser = vi.fn((id: string): User | undefined => {
  if (id === 'broken') throw new Error('the loader broke')
  return id === 'alice' ? alice : undefined
})

export const options: LoginManagerOptions<User> = {
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser,
  loadUserFromRequest: apiKey((key) => (key === 'key-alice' ? alice : null), { header: 'x-api-key' }),
  loginView: '/login',
  refreshView: '/again',
  clock,
}
export const manager = createLoginManager(options)
export const reportError = vi.fn()
export const { withLoginRequired, withFreshLoginRequired, auth } = nextLogin(manager, { reportError })

export const createClient = (route: Route<never>) =>
  createTestClient<User>(
    (request) => {
      current.headers = request.headers
      return route(new NextRequest(request), params as never)
    },
    { manager, clock },
  )

export const BOTH = ['__Host-session', '__Host-remember_token']
export const logIn = (opened: Auth<User>): Promise<boolean> => opened.loginUser(alice, { remember: true })
export const getCookieNames = (response: Response): string[] =>
  response.headers.getSetCookie().map((line) => line.slice(0, line.indexOf('=')))

/** Asserts that the response sets each cookie once, and that no cache stores it. */
export function expectLoggedIn(response: Response): void {
  expect(getCookieNames(response)).toEqual(BOTH)
  expect(response.headers.get('cache-control')).toBe('private, no-store')
  expect(response.headers.get('vary')).toBe('Cookie')
}

/** Asserts that the response ends the login and remembers its end. */
export function expectLoggedOut(response: Response): void {
  const ended = /^__Host-(session|remember_token)=; Max-Age=0;|^__Host-session_ended=[\w-]{28,}; Max-Age=600;/
  expect(response.headers.getSetCookie()).toHaveLength(3)
  for (const line of response.headers.getSetCookie()) expect(line).toMatch(ended)
}

/** Resets the mocks before each test. After it, asserts that no cookie is in the store of Next.js, where it would be set twice. */
export function checkMocks(): void {
  beforeEach(() => {
    loadUser.mockClear()
    reportError.mockReset()
  })
  afterEach(() => expect(cookieStore.set).not.toHaveBeenCalled())
}
