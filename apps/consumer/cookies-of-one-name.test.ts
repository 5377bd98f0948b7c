// Several cookies with the same name, and quoted cookies, on every adapter. The jar of the test client sends and removes
// the cookies as a browser does.
import { once } from 'node:events'
import { createServer, type RequestListener, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Auth,
  createLoginManager,
  type LoginManager,
  type LoginManagerOptions,
  withLogin,
} from '@fetch-login/core'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import { expressLogin } from '@fetch-login/express'
import { fastifyLogin } from '@fetch-login/fastify'
import { honoLogin } from '@fetch-login/hono'
import { nextLogin } from '@fetch-login/next'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { NextRequest } from 'next/server'
import { afterEach, describe, expect, it, vi } from 'vitest'

// A wrapped route handler of Next.js reads the headers of the current request, and its server does not run here.
vi.mock('next/headers', () => ({ headers: async () => new Headers(), cookies: async () => ({ set: () => undefined }) }))

interface User {
  readonly id: string
}
type Manager = LoginManager<User>
type App = (request: Request) => Response | Promise<Response>

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

async function serve(listener: RequestListener): Promise<App> {
  const server = createServer(listener)
  ends.push(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return callAt((server.address() as AddressInfo).port)
}

function callAt(port: number): App {
  return async ({ url, method, headers }) => {
    const { pathname: path } = new URL(url)
    const sent = request({ port, host: '127.0.0.1', path, method, headers: Object.fromEntries(headers), agent: false })
    sent.end()
    const [message] = await once(sent, 'response')
    let body = ''
    for await (const chunk of message) body += chunk
    const lines: string[] = message.headers['set-cookie'] ?? []
    return new Response(body, { headers: lines.map((line): [string, string] => ['set-cookie', line]) })
  }
}

/** Runs `/app/login/alice`, `/app/logout` or `/app/page`, and returns the user, or the reason why there is none. */
async function act(auth: Auth<User>, url: string): Promise<string> {
  const [, , operation, id = ''] = url.replace(/^https?:\/\/[^/]+/, '').split('/')
  if (operation === 'login') await auth.loginUser({ id })
  if (operation === 'logout') await auth.logoutUser()
  return (await auth.currentUser())?.id ?? `none: ${await auth.whyAnonymous()}`
}

const ADAPTERS: Readonly<Record<string, (manager: Manager) => Promise<App>>> = {
  withLogin: async (manager) => withLogin(manager, async ({ url }, auth) => new Response(await act(auth, url))),
  Hono: async (manager) => {
    const { loginMiddleware, auth } = honoLogin(manager)
    const app = new Hono().use(loginMiddleware).all('*', async (c) => c.text(await act(auth(c), c.req.url)))
    return (sent) => app.fetch(sent)
  },
  Express: async (manager) => {
    const { loginMiddleware, auth } = expressLogin(manager)
    return serve(express().use(loginMiddleware, async (req, res) => void res.send(await act(auth(req), req.url))))
  },
  Fastify: async (manager) => {
    const { loginPlugin, auth } = fastifyLogin(manager)
    const app = fastify()
    ends.push(() => app.close())
    await app.register(loginPlugin)
    app.all('/*', (sent) => act(auth(sent), sent.url))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return callAt((app.server.address() as AddressInfo).port)
  },
  'Next.js': async (manager) => {
    const route = nextLogin(manager).auth(async (sent, auth) => new Response(await act(auth, sent.url)))
    return (sent) => route(new NextRequest(sent), { params: Promise.resolve({}) })
  },
}

type Cookies = NonNullable<LoginManagerOptions<User>['cookies']>

/** The attributes before and after a change. `former` is the option that lists those before. */
const CHANGES: readonly [
  what: string,
  name: string | undefined,
  before: Cookies,
  after: Cookies,
  former: Cookies['former'],
][] = [
  [
    'partitioned on',
    undefined,
    { sameSite: 'none' },
    { sameSite: 'none', partitioned: true },
    [{ partitioned: false }],
  ],
  [
    'partitioned off',
    undefined,
    { sameSite: 'none', partitioned: true },
    { sameSite: 'none' },
    [{ partitioned: true }],
  ],
  ['a shorter path', 'sid', { path: '/app' }, { path: '/' }, [{ path: '/app' }]],
  ['a longer path', 'sid', { path: '/' }, { path: '/app' }, [{ path: '/' }]],
  ['a domain', 'sid', {}, { domain: 'app.test' }, [{ domain: null }]],
  ['no domain', 'sid', { domain: 'app.test' }, {}, [{ domain: 'app.test' }]],
]

const clock = createTestClock(1_800_000_000)

const createManager = (name: string | undefined, cookies: Cookies = {}): Manager =>
  createLoginManager<User>({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id) => ({ id }),
    cookies,
    session: name === undefined ? {} : { cookie: { name } },
    clock,
  })

/** Returns a browser. A test can replace its app, as a deployment does. */
function createBrowser() {
  let app: App = () => new Response()
  const origin = 'https://shop.app.test'
  const client = createTestClient((sent) => app(sent), { origin, clock })
  const text = async (path: string, headers?: Record<string, string>) => (await client.get(path, headers)).text()
  /** Returns the session cookies that the browser would send with the next request. */
  const sessions = async (): Promise<string[]> => {
    let cookie = ''
    const deployed = app
    app = (sent) => {
      cookie = sent.headers.get('cookie') ?? ''
      return new Response()
    }
    await client.get('/app/page')
    app = deployed
    return cookie.split('; ').filter((pair) => /^(__Host-session|sid)=/.test(pair))
  }
  return { text, sessions, deploy: (next: App) => (app = next) }
}

describe.each(Object.entries(ADAPTERS))('cookies with the same name on %s', (_name, create) => {
  describe.each(CHANGES)('after a change of attributes: %s', (_what, name, before, after, former) => {
    it('the login of the former cookie is kept, and a logout removes the cookie', async () => {
      const browser = createBrowser()
      browser.deploy(await create(createManager(name, before)))
      expect(await browser.text('/app/login/alice')).toBe('alice')
      browser.deploy(await create(createManager(name, { ...after, former })))
      expect(await browser.text('/app/page')).toBe('alice')
      await browser.text('/app/logout')
      expect(await browser.sessions()).toEqual([])
      expect(await browser.text('/app/page')).toMatch(/^none/)
    })

    it('the newest login is used if both cookies arrive, and a logout removes both', async () => {
      const browser = createBrowser()
      browser.deploy(await create(createManager(name, before)))
      await browser.text('/app/login/alice')
      clock.advance(1)
      browser.deploy(await create(createManager(name, after)))
      // The Cookie header replaces the cookies of this request, so the app does not receive the former one, and keeps it.
      expect(await browser.text('/app/login/bob', { cookie: 'other=1' })).toBe('bob')
      expect(await browser.sessions()).toHaveLength(2)
      browser.deploy(await create(createManager(name, { ...after, former })))
      expect(await browser.text('/app/page')).toBe('bob')
      await browser.text('/app/logout')
      expect(await browser.sessions()).toEqual([])
      expect(await browser.text('/app/page')).toMatch(/^none/)
    })
  })

  it('the login of the valid cookie is used in either order, and the reason is duplicate-cookie if none is valid', async () => {
    const browser = createBrowser()
    browser.deploy(await create(createManager(undefined)))
    await browser.text('/app/login/alice')
    const [valid] = await browser.sessions()
    for (const cookie of [`__Host-session=old; ${valid}`, `${valid}; __Host-session=old`])
      expect(await browser.text('/app/page', { cookie })).toBe('alice')
    const cookie = '__Host-session=old; __Host-session=older'
    expect(await browser.text('/app/page', { cookie })).toBe('none: duplicate-cookie')
  })

  it('a cookie in one pair of double quotes is read, and a cookie in two pairs is refused', async () => {
    const browser = createBrowser()
    browser.deploy(await create(createManager(undefined)))
    await browser.text('/app/login/alice')
    const [valid = ''] = await browser.sessions()
    const quote = (pair: string): string => pair.replace('=', '="').concat('"')
    expect(await browser.text('/app/page', { cookie: quote(valid) })).toBe('alice')
    expect(await browser.text('/app/page', { cookie: `$Version="1"; ${quote(valid)}; $Path="/"` })).toBe('alice')
    expect(await browser.text('/app/page', { cookie: quote(quote(valid)) })).toMatch(/^none: bad-/)
  })
})
