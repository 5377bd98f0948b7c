// loginMiddleware on Express, connect and plain Node servers.
import { type Auth, createLoginManager } from '@fetch-login/core'
import { describe, expect, it, vi } from 'vitest'
import {
  alice,
  auth,
  createBrowser,
  createErrorCollector,
  createRoute,
  greet,
  logIn,
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
  describe('loginMiddleware', () => {
    it('creates one Auth object and sets each cookie once if it is installed twice', async () => {
      const seen = new Set<Auth<User>>()
      const recordAuth: Handler = (req, _res, next) => {
        seen.add(auth(req))
        next()
      }
      const origin = await serve(create([loginMiddleware, recordAuth, loginMiddleware, recordAuth, logIn]))
      const { cookies, headers } = await send(origin)
      expect(cookies).toHaveLength(2)
      expect(headers.get('vary')).toBe('Cookie')
      expect(seen.size).toBe(1)
    })

    it('creates a separate Auth object for each request of one connection', async () => {
      const seen = new Set<Auth<User>>()
      const origin = await serve(create([loginMiddleware, (req, res) => res.end(String(seen.add(auth(req)).size))]))
      const bodies = [await fetch(origin), await fetch(origin)].map((response) => response.text())
      expect(await Promise.all(bodies)).toEqual(['1', '2'])
    })

    it('throws an error that names the right call if the app calls it', () => {
      const call = loginMiddleware as unknown as () => void
      expect(() => call()).toThrow(/app\.use\(loginMiddleware\) instead of app\.use\(loginMiddleware\(\)\)/)
    })

    it('is named in an error that reaches the error handler if it is not installed', async () => {
      const { errors, onError } = createErrorCollector()
      const guarded = await serve(create([loginRequired(), greet], onError))
      const asked = await serve(create([(req, res) => res.end(String(auth(req)))], onError))
      for (const origin of [guarded, asked]) expect((await send(origin)).status).toBe(500)
      expect(errors).toHaveLength(2)
      for (const error of errors) {
        expect(error).toMatchObject({ name: 'UsageError', code: 'not-installed' })
        expect(error).toMatchObject({ message: expect.stringContaining('app.use(loginMiddleware)') })
      }
    })

    it('refuses a forged request before any handler runs', async () => {
      const handler = vi.fn<Handler>((_req, res) => res.end('done'))
      const origin = await serve(create([loginMiddleware, handler]))
      const elsewhere = { 'sec-fetch-site': 'cross-site' }
      const { status, headers } = await send(origin, { method: 'POST', headers: elsewhere })
      expect([status, headers.get('cache-control')]).toEqual([403, 'private, no-store'])
      expect((await send(origin, { method: 'POST', headers: { origin: 'https://evil.test' } })).status).toBe(403)
      expect(handler).not.toHaveBeenCalled()
      expect((await send(origin, { method: 'POST', headers: { origin } })).body).toBe('done')
    })

    it('ignores forwarding headers that a client sends', async () => {
      const seen: unknown[] = []
      const bound = createLoginManager({
        ...options,
        fingerprint: ['userAgent', 'address'],
        loadUserFromRequest: ({ address, url }) => void seen.push(address, url),
      })
      const login = expressLogin(bound)
      const origin = await serve(
        create([login.loginMiddleware, async (req, res) => res.end(String(await login.auth(req).currentUser()))]),
      )
      const forged = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.test' }
      await send(origin, { headers: { ...forged, forwarded: 'for=192.0.2.1;proto=https;host=evil.test' } })
      expect(seen).toEqual(['127.0.0.1', `${origin}/`])
    })

    it('reads the address from the option address', async () => {
      const bound = createLoginManager({ ...options, fingerprint: ['address'], sessionProtection: 'strong' })
      const login = expressLogin(bound, {
        address: ({ rawHeaders = [] }) => rawHeaders[rawHeaders.indexOf('x-real-ip') + 1],
      })
      const showUser: Handler = async (req, res) => res.end(String((await login.auth(req).currentUser())?.id))
      const logInAlice: Handler = async (req, res) => res.end(String(await login.auth(req).loginUser(alice)))
      const origin = await serve(create([login.loginMiddleware, createRoute('/in', logInAlice), showUser]))
      const browser = createBrowser(origin)
      await browser.get('/in', { 'x-real-ip': '192.0.2.1' })
      expect(await (await browser.get('/', { 'x-real-ip': '::ffff:192.0.2.1' })).text()).toBe('alice')
      expect(await (await browser.get('/', { 'x-real-ip': '192.0.2.2' })).text()).toBe('undefined')
    })
  })
})
