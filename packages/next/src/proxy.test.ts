import { createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { createTestClient, createTestClock, recordEvents } from '@fetch-login/core/testing'
import fc from 'fast-check'
import { NextRequest } from 'next/server'
import { describe, expect, it } from 'vitest'
import { nextLogin } from './index'

interface User {
  readonly id: string
}

const SECRET = 'only for tests: 0123456789 abcdefghijklmnop'
const ALICE: User = { id: 'alice' }
const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'

/** Creates a proxy, and a browser that is logged in as Alice with a remember cookie. */
async function setUp(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_700_000_000)
  const manager = createLoginManager<User>({
    loadUser: (id) => (id === ALICE.id ? ALICE : null),
    secrets: SECRET,
    loginView: '/login',
    clock,
    ...options,
  })
  const { loginProxy: proxy } = nextLogin(manager)
  const client = createTestClient(() => new Response(), { manager, origin: 'https://app.test', clock })
  await client.loginAs(ALICE, { remember: true })
  const cookie = (...names: string[]): string => names.map((name) => `${name}=${client.cookies.get(name)}`).join('; ')
  const send = (headers: Record<string, string> = {}, init: { method?: string; path?: string } = {}) =>
    proxy(
      new NextRequest(`https://app.test${init.path ?? '/secret?tab=1'}`, {
        method: init.method ?? 'GET',
        headers: { host: 'app.test', 'user-agent': 'test-client', ...headers },
      }),
    )
  /** Returns the URL that the page behind the proxy reads. */
  const url = (response: Response): string | null =>
    manager.verifyUrl(getPassedHeader(response, 'x-fetch-login-url') ?? '')
  return { send, cookie, clock, client, manager, url }
}

/** Returns a request header as the page behind the proxy receives it. */
function getPassedHeader(response: Response, name: string): string | null {
  expect(response.headers.get('x-middleware-next')).toBe('1')
  return response.headers.get(`x-middleware-request-${name}`)
}

describe('the proxy', () => {
  it('passes every request on unchanged, because it is not a guard', async () => {
    const { send } = await setUp()
    const response = await send({ accept: 'text/html', 'x-of-the-app': 'kept' })
    expect(getPassedHeader(response, 'x-of-the-app')).toBe('kept')
    expect(getPassedHeader(response, 'cookie')).toBeNull()
    for (const name of ['set-cookie', 'cache-control', 'vary', 'location'])
      expect(response.headers.get(name)).toBeNull()
  })

  it('passes the address of the request to the page, and ignores one that a client sent', async () => {
    const { send, url } = await setUp()
    const response = await send({ 'x-fetch-login-url': 'https://evil.test/' })
    expect(url(response)).toBe('https://app.test/secret?tab=1')
  })

  it('restores a remembered login for the browser and for the page', async () => {
    const { send, cookie } = await setUp()
    const response = await send({ cookie: `theme=dark; ${cookie(REMEMBER)}` })
    const lines = response.headers.getSetCookie()
    expect(lines).toHaveLength(1)
    const session = lines[0]?.split(';')[0]
    expect(session).toMatch(new RegExp(`^${SESSION}=.`))
    expect(getPassedHeader(response, 'cookie')).toBe(`theme=dark; ${cookie(REMEMBER)}; ${session}`)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('vary')).toBe('Cookie')
  })

  it('sets a cookie only if a renewal is due', async () => {
    const { send, cookie, clock } = await setUp()
    const both = cookie(SESSION, REMEMBER)
    expect((await send({ cookie: both })).headers.getSetCookie()).toEqual([])
    clock.advance(43_000)
    const renewed = await send({ cookie: both })
    expect(renewed.headers.getSetCookie()).toHaveLength(1)
    expect(getPassedHeader(renewed, 'cookie')).not.toBe(both)
  })

  it('clears an invalid cookie in the browser, and keeps it in the request so that the page finds the reason', async () => {
    const { send, cookie } = await setUp({ loadUser: () => null })
    const response = await send({ cookie: `theme=dark; ${cookie(REMEMBER)}` })
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(`^${REMEMBER}=; Max-Age=0;`)])
    expect(getPassedHeader(response, 'cookie')).toBe(`theme=dark; ${cookie(REMEMBER)}`)
  })

  it.each<{ mode: 'basic' | 'strong'; emitted: number }>([
    { mode: 'basic', emitted: 1 },
    { mode: 'strong', emitted: 2 },
  ])(
    'emits sessionProtected with the page behind it $emitted times for one change of the client in mode $mode',
    async ({ mode, emitted }) => {
      const { send, cookie, manager } = await setUp({ sessionProtection: mode })
      const record = recordEvents(manager)
      const response = await send({ cookie: cookie(SESSION), 'user-agent': 'another' })
      const headers = new Headers({ 'user-agent': 'another', cookie: getPassedHeader(response, 'cookie') ?? '' })
      const view = { method: 'GET', url: 'https://app.test/secret', headers }
      await manager.open(view, { readOnly: true }).currentUser()
      expect(record.names().filter((name) => name === 'sessionProtected')).toHaveLength(emitted)
    },
  )

  it('leaves an error of the user loader to the page, and keeps the cookies', async () => {
    const loadUser = (): never => {
      throw new Error('the database is unavailable')
    }
    const { send, cookie } = await setUp({ loadUser })
    const response = await send({ cookie: cookie(REMEMBER) })
    expect(response.headers.getSetCookie()).toEqual([])
    expect(getPassedHeader(response, 'cookie')).toBe(cookie(REMEMBER))
  })

  it('refuses a form of another site, and passes a form of the same site on', async () => {
    const { send, cookie } = await setUp()
    const forged = await send({ cookie: cookie(SESSION), 'sec-fetch-site': 'cross-site' }, { method: 'POST' })
    expect(forged.status).toBe(403)
    expect(forged.headers.get('x-middleware-next')).toBeNull()
    const own = await send({ cookie: cookie(SESSION), 'sec-fetch-site': 'same-origin' }, { method: 'POST' })
    expect(own.headers.get('x-middleware-next')).toBe('1')
  })

  it('passes the headers and the body on that a proxy of the app adds', async () => {
    const manager = createLoginManager<User>({ loadUser: () => null, secrets: SECRET })
    const { loginProxy: proxy } = nextLogin(manager)
    const sent = new NextRequest('https://app.test/', { method: 'POST', body: 'a=1', headers: { host: 'app.test' } })
    const headers = new Headers(sent.headers)
    headers.set('x-nonce', 'abc')
    const response = await proxy(new NextRequest(sent, { headers }))
    expect(getPassedHeader(response, 'x-nonce')).toBe('abc')
    expect(manager.verifyUrl(getPassedHeader(response, 'x-fetch-login-url') ?? '')).toBe('https://app.test/')
  })

  it('passes arbitrary requests on without a login', async () => {
    const { send } = await setUp()
    const value = fc.string({ unit: fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)) })
    const sane = value.filter((text) => !text.includes('\x7f'))
    const path = fc.webPath({ size: 'small' }).map((text) => (text.startsWith('/') ? text : `/${text}`))
    await fc.assert(
      fc.asyncProperty(sane, sane, path, async (session, remember, target) => {
        const given = `${SESSION}=${session}; ${REMEMBER}=${remember}`
        const response = await send({ cookie: given, 'x-fetch-login-url': session }, { path: target })
        expect(response.headers.get('x-middleware-next')).toBe('1')
        for (const line of response.headers.getSetCookie()) expect(line).toMatch(/=; Max-Age=0/)
      }),
      { numRuns: 200 },
    )
  }, 60_000)
})
