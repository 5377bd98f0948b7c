// Sends concurrent requests of one browser to each built adapter. The cases are a late response after a logout, two
// concurrent restores, and a cookie that was signed with a secret of another instance.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Auth,
  createLoginManager,
  type LoginManager,
  type LoginManagerOptions,
  withLogin,
} from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import { expressLogin } from '@fetch-login/express'
import { fastifyLogin } from '@fetch-login/fastify'
import { honoLogin } from '@fetch-login/hono'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'

interface User {
  readonly id: string
}

type App = (request: Request) => Response | Promise<Response>

/** The routes of the app. Each returns the text of its response. */
type Routes = Readonly<Record<string, (auth: Auth<User>) => Promise<string>>>

const OLD = 'only for tests: 0123456789 abcdefghijklmnop'
const NEW = 'only for tests: 9876543210 ponmlkjihgfedcba'
const [SESSION, ENDED] = ['__Host-session', '__Host-session_ended']
const alice: User = { id: 'alice' }

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function serve(listener: RequestListener): Promise<App> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  const { port } = server.address() as AddressInfo
  return ({ url, method, headers }) => {
    const { pathname } = new URL(url)
    return fetch(`http://127.0.0.1:${port}${pathname}`, {
      method,
      redirect: 'manual',
      headers: [...headers].filter(([name]) => name !== 'host' && name !== 'content-type'),
    })
  }
}

const ADAPTERS: Readonly<Record<string, (manager: LoginManager<User>, routes: Routes) => App | Promise<App>>> = {
  withLogin: (manager, routes) =>
    withLogin(manager, async (request, auth) => {
      const name = new URL(request.url).pathname.slice(1)
      if (name !== 'secret') return new Response(await routes[name]?.(auth))
      const decision = await auth.require()
      return decision.ok ? new Response(decision.user.id) : decision.respond()
    }),
  Hono: (manager, routes) => {
    const { auth, loginMiddleware, loginRequired } = honoLogin(manager)
    const app = new Hono().use(loginMiddleware)
    app.get('/secret', loginRequired(), (c) => c.text(c.var.user.id))
    app.all('/:name', async (c) => c.text((await routes[c.req.param('name')]?.(auth(c))) ?? ''))
    return (request) => app.fetch(request)
  },
  Express: (manager, routes) => {
    const { auth, loginMiddleware, loginRequired } = expressLogin(manager)
    const app = express().use(loginMiddleware)
    app.get('/secret', loginRequired(), (req, res) => void res.send(auth(req).user.id))
    app.all('/:name', async (req, res) => void res.send(await routes[String(req.params.name)]?.(auth(req))))
    return serve(app)
  },
  Fastify: async (manager, routes) => {
    const { auth, loginPlugin, loginRequired } = fastifyLogin(manager)
    const app = fastify()
    await app.register(loginPlugin)
    app.get('/secret', { preHandler: loginRequired() }, async (request) => auth(request).user.id)
    app.all<{ Params: { name: string } }>('/:name', async (request) => routes[request.params.name]?.(auth(request)))
    await app.ready()
    return serve((req, res) => app.routing(req, res))
  },
}

const createManager = (options: Partial<LoginManagerOptions<User>> = {}): LoginManager<User> =>
  createLoginManager<User>({ secrets: OLD, loadUser: (id) => ({ id }), loginView: '/login', ...options })

function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

const readUser = async (auth: Auth<User>): Promise<string> => (await auth.currentUser())?.id ?? 'anonymous'

describe.each(Object.entries(ADAPTERS))('concurrent requests on %s', (_, create) => {
  it('a logout stays effective if a slow request that wrote or restored the session completes after it', async () => {
    for (const isRestored of [false, true]) {
      const [started, late] = [createGate(), createGate()]
      const manager = createManager()
      const app = await create(manager, {
        me: readUser,
        out: async (auth) => String(await auth.logoutUser()),
        slow: async (auth) => {
          if (isRestored) await auth.currentUser()
          else await auth.session.set('cart', 1)
          started.open()
          await late.opened
          return 'slow'
        },
      })
      const browser = createTestClient<User>(app, { manager })
      await browser.loginAs(alice, { remember: true })
      if (isRestored) browser.cookies.delete(SESSION)
      const slow = browser.get('/slow')
      await started.opened
      await browser.get('/out')
      late.open()
      await slow
      expect(browser.cookies.names()).toContain(SESSION)
      expect(await (await browser.get('/me')).text()).toBe('anonymous')
      expect(browser.cookies.names()).toEqual([ENDED])
      await browser.loginAs(alice)
      expect(await (await browser.get('/me')).text()).toBe('alice')
    }
  })

  it('the forms of two requests that restored the login at the same time are both accepted', async () => {
    const [both, late] = [createGate(), createGate()]
    let count = 0
    const manager = createManager({ csrf: 'token' })
    const app = await create(manager, {
      me: readUser,
      form: async (auth) => {
        const token = await auth.csrfToken()
        if (++count === 2) both.open()
        await (count === 1 ? late : both).opened
        return token
      },
      post: async () => 'accepted',
    })
    const browser = createTestClient<User>(app, { manager })
    await browser.loginAs(alice, { remember: true })
    browser.cookies.delete(SESSION)
    const pages = [browser.get('/form'), browser.get('/form')]
    await both.opened
    late.open()
    for (const page of await Promise.all(pages)) {
      const response = await browser.post('/post', {}, { 'x-csrf-token': await page.text() })
      expect([response.status, await response.text()]).toEqual([200, 'accepted'])
    }
    expect((await browser.post('/post', {}, { 'x-csrf-token': 'wrong' })).status).toBe(403)
    expect(await (await browser.get('/me')).text()).toBe('alice')
  })

  it('a refusal does not delete a cookie that was signed with a secret of another instance', async () => {
    const newer = createManager({ secrets: { current: NEW, previous: [OLD] } })
    const app = await create(createManager(), { me: readUser })
    const browser = createTestClient<User>(app, { manager: newer })
    await browser.loginAs(alice)
    const session = browser.cookies.get(SESSION)
    const refused = await browser.get('/secret')
    expect([refused.status, refused.headers.get('location')]).toEqual([302, '/login?next=%2Fsecret'])
    expect([refused.headers.getSetCookie(), browser.cookies.get(SESSION)]).toEqual([[], session])
  })
})
