// A Hono app with a login, and a browser that visits it in process.
import { createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import { Hono } from 'hono'
import { expect } from 'vitest'
import { alice, BOTH, createOptions, getCookieNames as getNames, type User } from '../../core/test/adapters/login'
import { honoLogin } from '../src/index'

export { alice, BOTH, bob, type User } from '../../core/test/adapters/login'

export const ORIGIN = 'https://app.test'
export const clock = createTestClock(1_800_000_000)

export const options: LoginManagerOptions<User> = createOptions(clock)
export const manager = createLoginManager(options)
export const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(manager)

export const createApp = (): Hono => {
  const app = new Hono()
  app.use(loginMiddleware)
  return app
}

export const createClient = (app: Hono<never> | Hono) =>
  createTestClient<User>((request) => (app as Hono).fetch(request), { manager, clock })

export const getCookieNames = (response: Response): string[] => getNames(response.headers.getSetCookie())

export const logIn = (c: Parameters<typeof auth>[0]): Promise<boolean> => auth(c).loginUser(alice, { remember: true })

/** Asserts that the response sets each cookie once, and that no cache stores it. */
export function expectLoggedIn(response: Response): void {
  expect(getCookieNames(response)).toEqual(BOTH)
  expect(response.headers.get('cache-control')).toBe('private, no-store')
  expect(response.headers.get('vary')).toBe('Cookie')
}
