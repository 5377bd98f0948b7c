// The guard and the router read the same path. The tests send thousands of spellings over real sockets, with every lax
// option of Express. No handler runs without a user unless an exception of the guard matches its path.
import { createServer } from 'node:http'
import { createLoginManager } from '@fetch-login/core'
import { commit } from '@fetch-login/core/adapter'
import express, { type RequestHandler, type Router } from 'express'
import express4 from 'express4'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { CLOSED, EXCEPT, KNOWN, OPEN, spelling } from '../../core/test/adapters/spellings'
import { expectQuietProcess } from '../testing/quiet'
import { listen, sendRaw } from '../testing/served'
import { expressLogin } from './index'

// Many runs are slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 })
expectQuietProcess()

const manager = createLoginManager({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id): { id: string } => ({ id }),
})
const { loginMiddleware, loginRequired, auth } = expressLogin(manager)

interface Setup {
  readonly name: string
  readonly create: typeof express
  readonly settings?: Readonly<Record<string, boolean>>
  readonly router?: object
  /** The part of the path where the routes are mounted. */
  readonly mount?: string
  readonly rewrite?: (url: string) => string
  readonly isExcepting?: boolean
}

const LAX = { 'strict routing': false, 'case sensitive routing': false }
const STRICT = { 'strict routing': true, 'case sensitive routing': true }
const setups: readonly Setup[] = [
  ...[express, express4 as unknown as typeof express].flatMap((create, index): Setup[] => {
    const name = `Express ${5 - index}`
    return [
      { name: `${name}, lax`, create, settings: LAX },
      { name: `${name}, strict`, create, settings: STRICT },
      { name: `${name}, lax, without exceptions`, create, settings: LAX, isExcepting: false },
      { name: `${name}, a router with mergeParams`, create, router: { mergeParams: true }, mount: '/users' },
      { name: `${name}, a lax router below a mount`, create, router: { strict: false }, mount: '/mnt' },
      { name: `${name}, a rewrite`, create, rewrite: (url) => url.replace('/v1', '') },
      { name: `${name}, another rewrite`, create, rewrite: (url) => url.toLowerCase().replace(/\/+$/, '') || '/' },
    ]
  }),
]

/** Serves the routes. `ran` records the handlers that ran, and their users. */
async function start({ create, settings = {}, router, mount = '', rewrite, isExcepting = true }: Setup) {
  const ran: { route: string; user: string | null }[] = []
  const except = isExcepting ? EXCEPT.map((path) => (mount === '/mnt' ? mount + path : path)) : undefined
  const app = create()
  for (const [name, value] of Object.entries(settings)) app.set(name, value)
  app.use(((req, _res, next) => {
    if (rewrite !== undefined) req.url = rewrite(req.url)
    next()
  }) as RequestHandler)
  app.use(loginMiddleware)
  const routes: Router = router === undefined ? (app as unknown as Router) : create.Router(router)
  routes.use(loginRequired({ except }))
  for (const route of [...OPEN, ...CLOSED]) {
    const path = mount === '/users' ? route.replace(/^\/users(?=\/|$)/, '') || '/' : route
    routes.get(path, ((req, res, next) => {
      const respond = async () => {
        const user = await auth(req).currentUser()
        ran.push({ route, user: user?.id ?? null })
        res.end(route)
      }
      respond().catch(next)
    }) as RequestHandler)
  }
  if (router !== undefined) app.use(mount, routes)
  return { ran, origin: await listen(createServer(app)) }
}

async function getAliceCookie(): Promise<string> {
  const opened = manager.open(new Request('http://app.test/'))
  await opened.loginUser({ id: 'alice' })
  return commit(opened, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

describe.each(setups)('$name', (setup) => {
  it('does not run a handler without a user for any spelling of a path that is not excepted', async () => {
    const { ran, origin } = await start(setup)
    const isOpen = (route: string): boolean => {
      if (setup.isExcepting === false) return false
      // The exception covers every route of this router except its root.
      if (setup.mount === '/users') return !['/users', '/'].includes(route)
      return (OPEN as readonly string[]).includes(route)
    }
    const reached = new Set<string>()
    const visit = async (path: string): Promise<void> => {
      await sendRaw(origin, `GET ${(setup.mount ?? '') + path} HTTP/1.1`)
      for (const { route, user } of ran.splice(0)) {
        reached.add(route)
        expect([path, route, user !== null || isOpen(route)]).toEqual([path, route, true])
      }
    }
    for (const path of KNOWN) await visit(path)
    await fc.assert(fc.asyncProperty(spelling, visit), { numRuns: 400 })
    if (setup.isExcepting !== false) expect(reached.size).toBeGreaterThan(1)
  })

  it('runs the handlers of a logged-in user for many of the same spellings', async () => {
    const { ran, origin } = await start(setup)
    const cookie = await getAliceCookie()
    for (const path of KNOWN) await sendRaw(origin, `GET ${(setup.mount ?? '') + path} HTTP/1.1`, [`Cookie: ${cookie}`])
    expect(ran.length).toBeGreaterThan(8)
    expect(new Set(ran.map(({ user }) => user))).toEqual(new Set(['alice']))
  })
})
