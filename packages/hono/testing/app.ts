// A Hono app with a login, and a browser that visits it in process.
import { createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import { Hono } from 'hono'
import { expect } from 'vitest'
import { honoLogin } from '../src/index'

export interface User {
  readonly id: string
}

export const alice: User = { id: 'alice' }
export const bob: User = { id: 'bob' }
export const ORIGIN = 'https://app.test'
export const clock = createTestClock(1_800_000_000)

export const options: LoginManagerOptions<User> = {
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => [alice, bob].find((user) => user.id === id),
  loginView: '/login',
  refreshView: '/again',
  clock,
}
export const manager = createLoginManager(options)
export const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(manager)

export const createApp = (): Hono => {
  const app = new Hono()
  app.use(loginMiddleware)
  return app
}

export const createClient = (app: Hono<never> | Hono) =>
  createTestClient<User>((request) => (app as Hono).fetch(request), { manager, clock })

export const getCookieNames = (response: Response): string[] =>
  response.headers.getSetCookie().map((line) => line.slice(0, line.indexOf('=')))

export const BOTH = ['__Host-session', '__Host-remember_token']

export const logIn = (c: Parameters<typeof auth>[0]): Promise<boolean> => auth(c).loginUser(alice, { remember: true })

/** Asserts that the response sets each cookie once, and that no cache stores it. */
export function expectLoggedIn(response: Response): void {
  expect(getCookieNames(response)).toEqual(BOTH)
  expect(response.headers.get('cache-control')).toBe('private, no-store')
  expect(response.headers.get('vary')).toBe('Cookie')
}
