// Apps behind a real nginx that ends TLS, with the configurations of the documents.
import type { Server } from 'node:http'
import type { Duplex } from 'node:stream'
import * as core from '@fetch-login/core'
import { createLoginManager, type LoginManager, type LoginManagerOptions } from '@fetch-login/core'
import * as coreForAdapters from '@fetch-login/core/adapter'
import * as coreForNode from '@fetch-login/core/node'
import { createTestClient } from '@fetch-login/core/testing'
import express from 'express'
import { describe, expect, it, vi } from 'vitest'
import { APPS, alice, listen, type Start, type User, users } from './apps'
import { readBlock, readNginxBlock, runBlock } from './documented'
import { missing, type Nginx, startNginx } from './nginx'

// nginx starts once per test, and may be slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const SECRET = 'a secret of these tests, with no value elsewhere'
const OPTIONS: LoginManagerOptions<User> = { loadUser: (id) => users.find(id), secrets: SECRET, loginView: '/login' }
const [HONO, , FASTIFY] = APPS.map(([, start]) => start) as [Start, Start, Start]

/** Returns the manager that the page about Node documents for an app below a path. */
function createDocumentedManager(): LoginManager<User, null, string> {
  const code = readBlock('docs/deploy/node.md', 'ts', "basePath: '/app'")
  const imports = { '@fetch-login/core': core, './your-app.js': { users } }
  const process = { env: { LOGIN_SECRET: SECRET } }
  return runBlock(code, 'manager', { imports, process }) as LoginManager<User, null, string>
}

const isInstalled = missing.length === 0

it.skipIf(isInstalled || process.env.SERVICES !== 'required')('finds nginx and openssl', () => {
  throw new Error(missing.join('\n'))
})

describe.skipIf(!isInstalled).each(APPS)('%s below /app/ of an nginx that ends TLS', (_name, start) => {
  async function openBrowser(manager: LoginManager<User, null, string>, origin: string, more = '') {
    const port = await start(manager)
    const block = readNginxBlock('location /app/', port).replace(/\}\s*$/, `${more}\n}`)
    const nginx = await startNginx(block)
    return createTestClient((request) => nginx.fetch(request), { origin, headers: { origin } })
  }
  const documented = () => openBrowser(createDocumentedManager(), 'https://example.org')
  const trusting = () =>
    openBrowser(
      createLoginManager({ ...OPTIONS, basePath: '/app', ...(start === HONO && { publicOrigin: 'https://app.test' }) }),
      'https://app.test',
      'proxy_set_header X-Forwarded-Proto $scheme;',
    )
  const settings = [
    ['the documented options', documented],
    ['the proxy settings of the framework, or publicOrigin on Hono', trusting],
  ] as const

  it.each(settings)('leads from a guarded page to the login and back, with %s', async (_with, open) => {
    const browser = await open()
    const refused = await browser.get('/app/page?a=1&b=%2F')
    expect(refused.status).toBe(302)
    const login = refused.headers.get('location') as string
    expect(login).toBe('/app/login?next=%2Fapp%2Fpage%3Fa%3D1%26b%3D%252F')
    expect(await (await browser.get(login)).text()).toBe('the form')
    const loggedIn = await browser.post(login)
    expect([loggedIn.status, loggedIn.headers.get('location')]).toEqual([303, '/app/page?a=1&b=%2F'])
    expect(await (await browser.follow(loggedIn)).text()).toBe('/page for Alice')
  })

  it.each(settings)('sets and clears cookies with the path /app, with %s', async (_with, open) => {
    const browser = await open()
    const login = await browser.post('/app/login')
    const set = login.headers.getSetCookie()
    expect(set).toHaveLength(2)
    for (const line of set) expect(line).toMatch(/^__Secure-\w+=[^;]+; .*Path=\/app(;|$)/)
    expect(await (await browser.get('/app/')).text()).toBe('/ for Alice')

    const logout = await browser.post('/app/logout')
    expect([logout.status, logout.headers.get('location')]).toEqual([303, '/app/'])
    for (const name of set.map((line) => line.split('=')[0]))
      expect(logout.headers.getSetCookie()).toContainEqual(
        expect.stringMatching(new RegExp(`^${name}=;.*Path=/app(;|$)`)),
      )
    expect((await browser.get('/app/page')).headers.get('location')).toBe('/app/login?next=%2Fapp%2Fpage')
  })

  it.each(settings)('excepts paths of the app, and refuses a next outside the origin, with %s', async (_with, open) => {
    const browser = await open()
    expect(await (await browser.get('/app/health')).text()).toBe('well')
    for (const path of ['/app/app/health', '/app/health/', '/app/health/more'])
      expect((await browser.get(path)).status, path).not.toBe(200)
    for (const next of ['//evil.test/', 'https://evil.test/app/', '/app/login'])
      expect((await browser.post(`/app/login?next=${encodeURIComponent(next)}`)).headers.get('location')).toBe('/app/')
  })

  it.each(settings)('refuses a form of another origin, with %s', async (_with, open) => {
    const browser = await open()
    const forged = await browser.post('/app/login', {}, { origin: 'https://evil.test' })
    expect([forged.status, forged.headers.getSetCookie()]).toEqual([403, []])
  })
})

describe.skipIf(!isInstalled)('a WebSocket handshake through an nginx that ends TLS', () => {
  const MAP = () => readBlock('docs/deploy/node.md', 'nginx', 'map $http_upgrade').split('\nlocation')[0] as string
  const startFor = (port: number, change = (text: string) => text) => {
    const location = readNginxBlock('map $http_upgrade', port).slice(MAP().length)
    return startNginx(change(location), MAP())
  }

  async function loggedIn(manager: LoginManager<User, null, string>, nginx: Nginx) {
    const browser = createTestClient<User>(nginx.fetch, { manager })
    await browser.loginAs(alice)
    const cookie = browser.cookies.names().map((name) => `${name}=${browser.cookies.get(name)}`)
    return (origin: string) => nginx.handshake('https://app.test/chat', { origin, cookie: cookie.join('; ') })
  }

  it('opens on Express with the documented code and trust proxy, for pages of the same origin only', async () => {
    const manager = createLoginManager(OPTIONS)
    const app = express().set('trust proxy', 'loopback')
    const accept = (socket: Duplex) =>
      void socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    const imports = {
      '@fetch-login/core/adapter': coreForAdapters,
      '@fetch-login/core/node': coreForNode,
      express: () => app,
      './login.js': { manager },
    }
    const code = readBlock('docs/guides/websockets.md', 'ts', "server.on('upgrade'")
    const nginx = await startFor(await listen(runBlock(code, 'server', { imports, accept }) as Server))
    const handshake = await loggedIn(manager, nginx)

    expect((await handshake('https://app.test')).status).toBe(101)
    for (const origin of ['https://evil.test', 'http://app.test']) {
      const refused = await handshake(origin)
      expect([refused.status, refused.body]).toEqual([403, expect.stringContaining('publicOrigin')])
    }
    expect((await nginx.handshake('https://app.test/chat', { origin: 'https://app.test' })).status).toBe(401)
  })

  it.each(['$scheme', 'wss'])('opens on Fastify with trustProxy and X-Forwarded-Proto %s', async (scheme) => {
    const manager = createLoginManager(OPTIONS)
    const nginx = await startFor(await FASTIFY(manager), (text) => text.replace('$scheme', scheme))
    const handshake = await loggedIn(manager, nginx)

    expect(await handshake('https://app.test')).toEqual({ status: 200, body: '/chat for Alice' })
    const refused = await handshake('https://evil.test')
    expect([refused.status, refused.body]).toEqual([403, expect.stringContaining('publicOrigin')])
  })

  it('opens on Hono with publicOrigin, and the refusal without it names the option', async () => {
    const manager = createLoginManager({ ...OPTIONS, publicOrigin: 'https://app.test' })
    const handshake = await loggedIn(manager, await startFor(await HONO(manager)))
    expect(await handshake('https://app.test')).toEqual({ status: 200, body: '/chat for Alice' })
    expect((await handshake('https://evil.test')).status).toBe(403)

    const without = createLoginManager(OPTIONS)
    const refused = await (await loggedIn(without, await startFor(await HONO(without))))('https://app.test')
    expect([refused.status, refused.body]).toEqual([403, expect.stringContaining('publicOrigin')])
  })
})

describe.skipIf(!isInstalled).each(APPS)(
  '%s behind nginx, with a full session and a remember cookie',
  (_name, start) => {
    /** The default on most machines is a page of memory. */
    const SMALL = 'proxy_buffer_size 4k; }'

    async function login(change = (text: string) => text) {
      const port = await start(createLoginManager({ ...OPTIONS, publicOrigin: 'https://app.test' }))
      const nginx = await startNginx(change(readNginxBlock('proxy_buffer_size', port)))
      const browser = createTestClient((request) => nginx.fetch(request))
      return { nginx, browser, response: await browser.post('/login?full') }
    }

    it('gets a 502 from the default buffers, which the log explains as the documents say', async () => {
      const { nginx, response } = await login((text) =>
        text.replace(/^\s*proxy_buffer.*\n/gm, '').replace(/\}\s*$/, SMALL),
      )
      expect(response.status).toBe(502)
      expect(nginx.log()).toContain('upstream sent too big header')
    })

    it('logs in with the documented proxy_buffer_size, and sends the cookies back', async () => {
      const { nginx, browser, response } = await login()
      expect([response.status, response.headers.getSetCookie()]).toEqual([
        303,
        [expect.any(String), expect.any(String)],
      ])
      expect(await (await browser.get('/page')).text()).toBe('/page for Alice')
      expect(nginx.log()).not.toContain('too big')
    })
  },
)
