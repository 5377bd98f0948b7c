// Errors of loaders and handlers, which go to the error handler of the app.
import { createLoginManager, StoreError } from '@fetch-login/core'
import { describe, expect, it, vi } from 'vitest'
import {
  alice,
  at,
  auth,
  browserAt,
  collector,
  greet,
  loginMiddleware,
  loginRequired,
  options,
  type User,
} from '../testing/app'
import { type Handler, hosts } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { ask, served } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

describe.each(hosts)('$name', ({ create }) => {
  describe('an error of a user loader', () => {
    const failing = (thrown: unknown) =>
      expressLogin(
        createLoginManager<User>({
          ...options,
          loadUserFromRequest: () => {
            throw thrown
          },
        }),
      )

    it('reaches the error handler, and no handler of the route', async () => {
      const { errors, onError } = collector()
      const error = new Error('the table is gone')
      const handler = vi.fn<Handler>((_req, res) => res.end('secret'))
      const login = failing(error)
      const origin = await served(create([login.loginMiddleware, login.loginRequired(), handler], onError))
      expect(await ask(origin)).toMatchObject({ status: 500, body: 'sorry' })
      expect(errors).toEqual([error])
      expect(handler).not.toHaveBeenCalled()
    })

    it.each([undefined, null, 0, '', false, 'route', 'router', 'some text', Symbol('x')])(
      'is one even where %s is thrown: the guard is not passed, nor gone round',
      async (thrown) => {
        const { errors, onError } = collector()
        const handler = vi.fn<Handler>((_req, res) => res.end('secret'))
        const login = failing(thrown)
        const origin = await served(create([login.loginMiddleware, login.loginRequired(), handler], onError))
        expect((await ask(origin)).status).toBe(500)
        expect(errors).toMatchObject([{ name: 'Error', cause: thrown }])
        expect(handler).not.toHaveBeenCalled()
      },
    )

    it('is a 503 of a guard if the store is down, and routes that do not read the login work', async () => {
      const { errors, onError } = collector()
      const login = failing(new StoreError('no answer'))
      const who: Handler = async (req, res) => res.end(String(await login.auth(req).currentUser()))
      const stack = [login.loginMiddleware, at('/guarded', login.loginRequired(), greet), at('/asks', who)]
      const origin = await served(create([...stack, (_req, res) => res.end('fine')], onError))
      const guarded = await ask(`${origin}/guarded`)
      expect([guarded.status, guarded.headers.get('retry-after'), errors.length]).toEqual([503, '5', 0])
      expect((await ask(`${origin}/asks`)).status).toBe(503)
      expect(errors).toMatchObject([{ code: 'store-unavailable' }])
      expect(await ask(origin)).toMatchObject({ status: 200, body: 'fine' })
    })

    it('reaches the error handler if it occurs before any handler', async () => {
      const { errors, onError } = collector()
      const login = expressLogin(
        createLoginManager<User>({
          ...options,
          session: { renew: 'everyRequest' },
          isRevoked: () => Promise.reject(new Error('the list is gone')),
        }),
      )
      const origin = await served(create([login.loginMiddleware, (_req, res) => res.end('fine')], onError))
      const browser = browserAt(origin)
      await browser.loginAs(alice, { permanent: true })
      expect((await browser.get('/')).status).toBe(500)
      expect(errors).toMatchObject([{ message: 'the list is gone' }])
    })
  })

  describe('a handler that throws', () => {
    const fails: Handler = async () => {
      throw Object.assign(new Error('broken'), { stack: 'where it was' })
    }
    const failsInside: Handler = async (req) => {
      await auth(req).loginUser(alice, { remember: true })
      throw new Error('broken')
    }

    it.each([
      ['its own error handler', collector().onError],
      ['the default one', undefined],
    ])('keeps the cookies of a login on the error response of %s', async (_whose, onError) => {
      const origin = await served(create([loginMiddleware, failsInside], onError))
      const { status, cookies, headers } = await ask(origin)
      expect(status).toBe(500)
      expect(cookies.map(nameOf)).toEqual(['__Host-session', '__Host-remember_token'])
      expect(headers.get('cache-control')).toBe('private, no-store')
    })

    it('keeps the cookies of a logout on the error response', async () => {
      const out: Handler = async (req) => {
        await auth(req).logoutUser()
        throw new Error('broken')
      }
      const origin = await served(
        create([loginMiddleware, at('/out', out), loginRequired(), greet], collector().onError),
      )
      const browser = browserAt(origin)
      await browser.loginAs(alice, { remember: true })
      expect((await browser.get('/')).status).toBe(200)
      expect((await browser.get('/out')).status).toBe(500)
      expect(browser.cookies.names()).toEqual(['__Host-session_ended'])
    })

    it('leaves the error response unchanged if the login was not read', async () => {
      const origin = await served(create([loginMiddleware, fails]))
      const bare = await served(create([fails]))
      expect((await ask(origin)).lines).toEqual((await ask(bare)).lines)
    })
  })
})

function nameOf(line: string): string {
  return line.slice(0, line.indexOf('='))
}
