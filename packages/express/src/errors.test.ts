// Errors of loaders and handlers reach the error handler of the app.
import { createLoginManager, StoreError } from '@fetch-login/core'
import { describe, expect, it, vi } from 'vitest'
import {
  alice,
  auth,
  createBrowser,
  createErrorCollector,
  createRoute,
  greet,
  loginMiddleware,
  loginRequired,
  options,
  type User,
} from '../testing/app'
import { type Handler, hosts } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { send, serve } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

describe.each(hosts)('$name', ({ create }) => {
  describe('an error of a user loader', () => {
    const createFailingLogin = (thrown: unknown) =>
      expressLogin(
        createLoginManager<User>({
          ...options,
          loadUserFromRequest: () => {
            throw thrown
          },
        }),
      )

    it('reaches the error handler, and no handler of the route', async () => {
      const { errors, onError } = createErrorCollector()
      const error = new Error('the table is missing')
      const handler = vi.fn<Handler>((_req, res) => res.end('secret'))
      const login = createFailingLogin(error)
      const origin = await serve(create([login.loginMiddleware, login.loginRequired(), handler], onError))
      expect(await send(origin)).toMatchObject({ status: 500, body: 'sorry' })
      expect(errors).toEqual([error])
      expect(handler).not.toHaveBeenCalled()
    })

    it.each([undefined, null, 0, '', false, 'route', 'router', 'some text', Symbol('x')])(
      'reaches the error handler as an error object if the loader throws %s, and no handler of the route runs',
      async (thrown) => {
        const { errors, onError } = createErrorCollector()
        const handler = vi.fn<Handler>((_req, res) => res.end('secret'))
        const login = createFailingLogin(thrown)
        const origin = await serve(create([login.loginMiddleware, login.loginRequired(), handler], onError))
        expect((await send(origin)).status).toBe(500)
        expect(errors).toMatchObject([{ name: 'Error', cause: thrown }])
        expect(handler).not.toHaveBeenCalled()
      },
    )

    it('becomes a 503 if the store is down, and routes that do not read the login work', async () => {
      const { errors, onError } = createErrorCollector()
      const login = createFailingLogin(new StoreError('no response'))
      const showUser: Handler = async (req, res) => res.end(String(await login.auth(req).currentUser()))
      const stack = [
        login.loginMiddleware,
        createRoute('/guarded', login.loginRequired(), greet),
        createRoute('/who', showUser),
      ]
      const origin = await serve(create([...stack, (_req, res) => res.end('fine')], onError))
      const guarded = await send(`${origin}/guarded`)
      expect([guarded.status, guarded.headers.get('retry-after'), errors.length]).toEqual([503, '5', 0])
      expect((await send(`${origin}/who`)).status).toBe(503)
      expect(errors).toMatchObject([{ code: 'store-unavailable' }])
      expect(await send(origin)).toMatchObject({ status: 200, body: 'fine' })
    })

    it('reaches the error handler if it occurs before any handler', async () => {
      const { errors, onError } = createErrorCollector()
      const login = expressLogin(
        createLoginManager<User>({
          ...options,
          session: { renew: 'everyRequest' },
          isRevoked: () => Promise.reject(new Error('the list is missing')),
        }),
      )
      const origin = await serve(create([login.loginMiddleware, (_req, res) => res.end('fine')], onError))
      const browser = createBrowser(origin)
      await browser.loginAs(alice, { permanent: true })
      expect((await browser.get('/')).status).toBe(500)
      expect(errors).toMatchObject([{ message: 'the list is missing' }])
    })
  })

  describe('a handler that throws', () => {
    const throwError: Handler = async () => {
      throw Object.assign(new Error('broken'), { stack: 'at a line' })
    }
    const logInAndThrow: Handler = async (req) => {
      await auth(req).loginUser(alice, { remember: true })
      throw new Error('broken')
    }

    it.each([
      ['an error handler of the app', createErrorCollector().onError],
      ['the default error handler', undefined],
    ])('keeps the cookies of a login on the error response of %s', async (_whose, onError) => {
      const origin = await serve(create([loginMiddleware, logInAndThrow], onError))
      const { status, cookies, headers } = await send(origin)
      expect(status).toBe(500)
      expect(cookies.map(getCookieName)).toEqual(['__Host-session', '__Host-remember_token'])
      expect(headers.get('cache-control')).toBe('private, no-store')
    })

    it('keeps the cookies of a logout on the error response', async () => {
      const logOutAndThrow: Handler = async (req) => {
        await auth(req).logoutUser()
        throw new Error('broken')
      }
      const origin = await serve(
        create(
          [loginMiddleware, createRoute('/out', logOutAndThrow), loginRequired(), greet],
          createErrorCollector().onError,
        ),
      )
      const browser = createBrowser(origin)
      await browser.loginAs(alice, { remember: true })
      expect((await browser.get('/')).status).toBe(200)
      expect((await browser.get('/out')).status).toBe(500)
      expect(browser.cookies.names()).toEqual(['__Host-session_ended'])
    })

    it('leaves the error response unchanged if the login was not read', async () => {
      const origin = await serve(create([loginMiddleware, throwError]))
      const bare = await serve(create([throwError]))
      expect((await send(origin)).lines).toEqual((await send(bare)).lines)
    })
  })
})

function getCookieName(line: string): string {
  return line.slice(0, line.indexOf('='))
}
