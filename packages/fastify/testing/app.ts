// A Fastify app with a login, and a browser that sends requests to it.
import { createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { expect } from 'vitest'
import { alice, BOTH, createOptions, getCookieNames, type User } from '../../core/test/adapters/login'
import { fastifyLogin } from '../src/index'
import { type ReceivedResponse, type ServedApp, serve, type Transport } from './served'

export { alice, BOTH, bob, getCookieNames, type User } from '../../core/test/adapters/login'

export const clock = createTestClock(1_800_000_000)

export const options: LoginManagerOptions<User> = createOptions(clock)
export const manager = createLoginManager(options)
export const { loginPlugin, loginRequired, freshLoginRequired, auth } = fastifyLogin(manager)

export type Routes = (app: FastifyInstance) => unknown

export const createApp = async (routes: Routes, given: FastifyServerOptions = {}): Promise<FastifyInstance> => {
  const app = Fastify(given)
  await app.register(loginPlugin)
  await routes(app)
  return app
}

export const createBrowser = ({ fetch, origin }: ServedApp) => createTestClient<User>(fetch, { manager, clock, origin })

export const logIn = (request: Parameters<typeof auth>[0]): Promise<boolean> =>
  auth(request).loginUser(alice, { remember: true })

/** Asserts that the response sets each cookie once, and that no cache stores it. */
export function expectLoggedIn(response: ReceivedResponse, others: readonly string[] = []): void {
  expect(getCookieNames(response.cookies)).toEqual([...others, ...BOTH])
  expect(response.headers.get('cache-control')).toBe('private, no-store')
  expect(response.headers.get('vary')).toBe('Cookie')
}

/** Returns a function that creates an app and requests a path of it. */
export const createSender =
  (transport: Transport) =>
  async (routes: Routes, path = '/', given: FastifyServerOptions = {}): Promise<ReceivedResponse> =>
    (await serve(await createApp(routes, given), transport)).send(path)
