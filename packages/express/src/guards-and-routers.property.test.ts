// Guard and router read the same path: thousands of spellings over real sockets, with every lax option of Express. No
// handler that the exceptions do not open runs without a user.
import { createServer } from 'node:http'
import { createLoginManager } from '@fetch-login/core'
import { commit } from '@fetch-login/core/adapter'
import express, { type RequestHandler, type Router } from 'express'
import express4 from 'express4'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { expectQuietProcess } from '../testing/quiet'
import { askRaw, listening } from '../testing/served'
import { CLOSED, EXCEPT, KNOWN, OPEN, spelling } from '../testing/spellings'
import { expressLogin } from './index'

// Many runs are slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 })
expectQuietProcess()

const manager = createLoginManager({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id): { id: string } => ({ id }),
})
const { loginMiddleware, loginRequired, auth } = expressLogin(manager)

interface World {
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
const worlds: readonly World[] = [
  ...[express, express4 as unknown as typeof express].flatMap((create, index): World[] => {
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

/** Serves the routes; `ran` collects the handlers that ran, and whether there was a user. */
async function start({ create, settings = {}, router, mount = '', rewrite, isExcepting = true }: World) {
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
      const answer = async () => {
        const user = await auth(req).currentUser()
        ran.push({ route, user: user?.id ?? null })
        res.end(route)
      }
      answer().catch(next)
    }) as RequestHandler)
  }
  if (router !== undefined) app.use(mount, routes)
  return { ran, origin: await listening(createServer(app)) }
}

async function cookieOfAlice(): Promise<string> {
  const handle = manager.open(new Request('http://app.test/'))
  await handle.loginUser({ id: 'alice' })
  return commit(handle, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

describe.each(worlds)('$name', (world) => {
  it('runs no handler without a user whose path is not excepted, however it is spelled', async () => {
    const { ran, origin } = await start(world)
    const isOpen = (route: string): boolean => {
      if (world.isExcepting === false) return false
      // Below /users every route of this router is below the exception, but its own root.
      if (world.mount === '/users') return !['/users', '/'].includes(route)
      return (OPEN as readonly string[]).includes(route)
    }
    const reached = new Set<string>()
    const visit = async (path: string): Promise<void> => {
      await askRaw(origin, `GET ${(world.mount ?? '') + path} HTTP/1.1`)
      for (const { route, user } of ran.splice(0)) {
        reached.add(route)
        expect([path, route, user !== null || isOpen(route)]).toEqual([path, route, true])
      }
    }
    for (const path of KNOWN) await visit(path)
    await fc.assert(fc.asyncProperty(spelling, visit), { numRuns: 400 })
    if (world.isExcepting !== false) expect(reached.size).toBeGreaterThan(1)
  })

  it('runs the handlers with a user for many of the same spellings, so that the above says something', async () => {
    const { ran, origin } = await start(world)
    const cookie = await cookieOfAlice()
    for (const path of KNOWN) await askRaw(origin, `GET ${(world.mount ?? '') + path} HTTP/1.1`, [`Cookie: ${cookie}`])
    expect(ran.length).toBeGreaterThan(8)
    expect(new Set(ran.map(({ user }) => user))).toEqual(new Set(['alice']))
  })
})
