// Guards on Express, connect and plain Node servers.
import { createLoginManager, OptionsError } from '@fetch-login/core'
import { describe, expect, it, vi } from 'vitest'
import {
  alice,
  bob,
  clock,
  createBrowser,
  createErrorCollector,
  createRoute,
  freshLoginRequired,
  greet,
  loginMiddleware,
  loginRequired,
  manager,
  options,
} from '../testing/app'
import { type Handler, hosts } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { send, sendRaw, serve } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

describe.each(hosts)('$name', ({ create }) => {
  describe('a guard', () => {
    it('does not run a handler for an anonymous request, and responds with a redirect or problem+json', async () => {
      const handler = vi.fn<Handler>((_req, res) => res.end('secret'))
      const stack = [
        loginMiddleware,
        createRoute('/a', loginRequired(), handler),
        createRoute('/b', freshLoginRequired(), handler),
      ]
      const origin = await serve(create(stack))
      for (const path of ['/a', '/b']) {
        const page = await send(`${origin}${path}?x=1`, { headers: { accept: 'text/html' } })
        expect([page.status, page.headers.get('location')]).toEqual([302, `/login?next=%2F${path[1]}%3Fx%3D1`])
        const data = await send(origin + path, { headers: { accept: 'application/json' } })
        expect([data.status, data.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
        expect(JSON.parse(data.body)).toMatchObject({ status: 401, title: 'Unauthorized' })
        expect(data.headers.get('vary')).toBe('Cookie, Accept')
        expect(data.headers.get('cache-control')).toBe('private, no-store')
      }
      expect(handler).not.toHaveBeenCalled()
    })

    it('passes the user to the handlers behind it', async () => {
      const origin = await serve(create([loginMiddleware, loginRequired(), greet]))
      const browser = createBrowser(origin)
      await browser.loginAs(bob)
      const response = await browser.get('/')
      expect([await response.text(), response.headers.get('cache-control')]).toEqual(['hello bob', 'private, no-store'])
    })

    it('refuses a login that is older than withinSeconds', async () => {
      const origin = await serve(create([loginMiddleware, freshLoginRequired({ withinSeconds: 60 }), greet]))
      const browser = createBrowser(origin)
      await browser.loginAs(alice)
      expect((await browser.get('/')).status).toBe(200)
      clock.advance(61)
      expect((await browser.get('/')).headers.get('location')).toBe('/again?next=%2F')
    })

    it('keeps the headers that the app set before a refusal, except those of the refusal', async () => {
      const before: Handler = (_req, res, next) => {
        res.setHeader('x-own', '1')
        res.setHeader('vary', 'Origin')
        res.setHeader('content-length', '3')
        res.setHeader('content-type', 'text/html')
        res.setHeader('set-cookie', ['a=1', 'b=2'])
        next()
      }
      const origin = await serve(create([before, loginMiddleware, loginRequired(), greet]))
      const { headers, cookies, body } = await send(origin, { headers: { accept: 'application/json' } })
      expect(headers.get('x-own')).toBe('1')
      expect(headers.get('vary')).toBe('Origin, Cookie, Accept')
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(headers.get('content-length')).toBe(String(body.length))
      expect(cookies).toEqual(['a=1', 'b=2'])
    })

    it('does not set a user for an excepted path, and auth(req).user throws there', async () => {
      const { errors, onError } = createErrorCollector()
      const stack = [loginMiddleware, loginRequired({ except: ['/open', '/public/*'] }), greet]
      const origin = await serve(create(stack, onError))
      for (const path of ['/open', '/public/a']) expect((await send(origin + path)).status).toBe(500)
      const headers = { accept: 'application/json' }
      expect((await send(`${origin}/closed`, { method: 'OPTIONS', headers })).status).toBe(401)
      expect(errors).toHaveLength(2)
      for (const error of errors) expect(error).toMatchObject({ code: 'no-guard' })
    })

    it.each([
      '/public/%2e%2e/closed',
      '/public/../closed',
      '//public/a',
      '/public%2fa',
      '/PUBLIC/a',
      '/public;/a',
      '/public\\a',
      'http://app.test/public/../closed',
      'x://closed/public/a',
      'javascript://closed/public/a',
    ])('does not except a path that two parsers read differently: %s', async (path) => {
      const handler = vi.fn<Handler>((_req, res) => res.end('open'))
      const origin = await serve(create([loginMiddleware, loginRequired({ except: ['/public/*'] }), handler]))
      const { status } = await sendRaw(origin, `GET ${path} HTTP/1.1`, ['Accept: application/json'])
      expect([status, handler.mock.calls.length]).toEqual([401, 0])
    })

    it('validates its options when it is created', () => {
      expect(() => loginRequired({ except: ['health'] })).toThrow(OptionsError)
      expect(() => freshLoginRequired({ withinSeconds: -1 })).toThrow(OptionsError)
      // @ts-expect-error not an option of a guard
      expect(() => loginRequired({ role: 'admin' })).toThrow(/role/)
    })

    it('writes nothing if the app ended the response before the user was loaded', async () => {
      const { errors, onError } = createErrorCollector()
      const slow = expressLogin(createLoginManager({ ...options, loadUserFromRequest: () => pause(20) }))
      const timeout: Handler = (_req, res, next) => {
        next()
        res.statusCode = 503
        res.end('too slow')
      }
      const origin = await serve(create([slow.loginMiddleware, timeout, slow.loginRequired(), greet], onError))
      expect(await send(origin)).toMatchObject({ status: 503, body: 'too slow' })
      await pause(40)
      expect(errors).toEqual([])
    })

    it('does not run a handler and reports an error if it refuses after the response began', async () => {
      const { errors, onError } = createErrorCollector()
      const handler = vi.fn<Handler>((_req, res) => res.end('secret'))
      const begin: Handler = (_req, res, next) => {
        res.write('begun ')
        next()
      }
      const origin = await serve(create([loginMiddleware, begin, loginRequired(), handler], onError))
      await expect(send(origin)).rejects.toThrow()
      expect(errors).toMatchObject([{ name: 'UsageError', code: 'response-sent' }])
      expect(handler).not.toHaveBeenCalled()
    })
  })
})

describe.each(hosts)('anonymousRequired() on $name', ({ create }) => {
  it('shows the login page to anonymous visitors and redirects logged-in users', async () => {
    const { anonymousRequired } = expressLogin(manager)
    const show: Handler = (_req, res) => res.end('login page')
    const browser = createBrowser(await serve(create([loginMiddleware, anonymousRequired({ home: '/home' }), show])))
    expect(await (await browser.get('/login')).text()).toBe('login page')
    await browser.loginAs(alice)
    expect((await browser.get('/login')).headers.get('location')).toBe('/home')
    expect((await browser.get('/login?next=/inbox')).headers.get('location')).toBe('/inbox')
    expect((await browser.get('/login', { accept: 'application/json' })).status).toBe(403)
  })
})

function pause(milliseconds: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), milliseconds))
}
