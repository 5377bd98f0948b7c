// Guard and router read the same path: thousands of spellings, with every router and every lax option of Hono. No handler
// that the exceptions do not open runs without a user.
import { createLoginManager } from '@fetch-login/core'
import { commit } from '@fetch-login/core/adapter'
import fc from 'fast-check'
import { Hono } from 'hono'
import { LinearRouter } from 'hono/router/linear-router'
import { PatternRouter } from 'hono/router/pattern-router'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'
import { describe, expect, it, vi } from 'vitest'
import { CLOSED, EXCEPT, KNOWN, OPEN, spelling } from '../testing/spellings'
import { honoLogin } from './index'

// Many runs are slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const manager = createLoginManager({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id): { id: string } => ({ id }),
})
const { loginMiddleware, loginRequired, auth } = honoLogin(manager)

type Options = NonNullable<ConstructorParameters<typeof Hono>[0]>

interface World {
  readonly name: string
  readonly options?: () => Options
  /** The part of the path below which the app is reached, and how. */
  readonly under?: 'basePath' | 'route' | 'mount'
  readonly isExcepting?: boolean
}

const pathOf = (request: Request): string => /^[a-z]+:\/\/[^/]*(\/[^?#]*)/i.exec(request.url)?.[1] ?? '/'
/** Decodes each pair of digits by itself, so that no path throws. */
const decoded = (path: string): string =>
  path.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
const routers = {
  RegExpRouter: () => new RegExpRouter(),
  TrieRouter: () => new TrieRouter(),
  SmartRouter: () => new SmartRouter({ routers: [new RegExpRouter(), new TrieRouter()] }),
  LinearRouter: () => new LinearRouter(),
  PatternRouter: () => new PatternRouter(),
} as const

const worlds: readonly World[] = [
  ...Object.entries(routers).flatMap(([name, router]): World[] => [
    { name, options: () => ({ router: router() as never }) },
    { name: `${name}, strict: false`, options: () => ({ router: router() as never, strict: false }) },
    {
      name: `${name}, strict: false, without exceptions`,
      options: () => ({ router: router() as never, strict: false }),
      isExcepting: false,
    },
  ]),
  { name: 'getPath in small letters', options: () => ({ getPath: (request) => pathOf(request).toLowerCase() }) },
  {
    name: 'getPath without slashes at the end',
    options: () => ({ getPath: (one) => pathOf(one).replace(/\/+$/, '') || '/' }),
  },
  {
    name: 'getPath that leaves a part out',
    options: () => ({ getPath: (one) => pathOf(one).replace('/v1', '') || '/' }),
  },
  {
    name: 'getPath that decodes',
    options: () => ({ getPath: (one) => decoded(pathOf(one)) }),
  },
  { name: 'basePath', under: 'basePath', options: () => ({ strict: false }) },
  { name: 'route', under: 'route', options: () => ({ strict: false }) },
  { name: 'mount', under: 'mount', options: () => ({ strict: false }) },
]

/** An app with the routes; `ran` collects the handlers that ran, and whether there was a user. */
function createApp({ options: given, under, isExcepting = true }: World) {
  const ran: { route: string; user: string | null }[] = []
  const options = given?.() ?? {}
  const base = under === undefined || under === 'mount' ? '' : '/mnt'
  const except = isExcepting ? EXCEPT.map((path) => base + path) : undefined
  let app = new Hono(options)
  if (under === 'basePath') app = app.basePath('/mnt')
  app.use(loginMiddleware)
  app.use(loginRequired({ except }))
  for (const route of [...OPEN, ...CLOSED])
    app.get(route, async (c) => {
      ran.push({ route, user: (await auth(c).currentUser())?.id ?? null })
      return c.text(route)
    })
  app.get('/users/*', (c) => {
    ran.push({ route: c.req.path === `${base}/users` ? '/users' : '/users/:id', user: null })
    return c.text('below users')
  })
  if (under === 'route') return { ran, fetch: new Hono(options).route('/mnt', app).fetch }
  if (under !== 'mount') return { ran, fetch: app.fetch }
  // mount() parses the address again, and some of these are none.
  const outer = new Hono(options).onError((_error, c) => c.text('no address', 400))
  return { ran, fetch: outer.mount('/mnt', app.fetch).fetch }
}

/** As the URL parser of a runtime writes it, and as a server of Node may hand it on: unparsed. */
function requestsOf(path: string, headers: Record<string, string> = {}): Request[] {
  const raw = new Request('http://app.test/', { headers })
  const url = /^[a-z]+:\/\//i.test(path) ? path : `http://app.test${path.startsWith('/') ? '' : '/'}${path}`
  Object.defineProperty(raw, 'url', { value: url })
  try {
    return [new Request(url, { headers }), raw]
  } catch {
    return [raw]
  }
}

describe.each(worlds)('$name', (world) => {
  const prefix = world.under === undefined ? '' : '/mnt'
  const withPrefix = (path: string): string =>
    /^[a-z]+:\/\//i.test(path) ? path.replace(/^([a-z]+:\/\/[^/]*)/i, `$1${prefix}`) : prefix + path

  it('runs no handler without a user whose path is not excepted, however it is spelled', async () => {
    const { ran, fetch } = createApp(world)
    const reached = new Set<string>()
    const visit = async (path: string): Promise<void> => {
      for (const request of requestsOf(withPrefix(path))) {
        await fetch(request)
        for (const { route, user } of ran.splice(0)) {
          reached.add(route)
          const isOpen = world.isExcepting !== false && (OPEN as readonly string[]).includes(route)
          expect([request.url, route, user !== null || isOpen]).toEqual([request.url, route, true])
        }
      }
    }
    for (const path of KNOWN) await visit(path)
    await fc.assert(fc.asyncProperty(spelling, visit), { numRuns: 500 })
    if (world.isExcepting !== false) expect(reached.size).toBeGreaterThan(1)
  })

  it('runs the handlers with a user for many of the same spellings, so that the above says something', async () => {
    const { ran, fetch } = createApp(world)
    const handle = manager.open(new Request('https://app.test/'))
    await handle.loginUser({ id: 'alice' })
    const cookie = commit(handle, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    for (const path of KNOWN) for (const request of requestsOf(withPrefix(path), { cookie })) await fetch(request)
    expect(ran.filter(({ user }) => user === 'alice').length).toBeGreaterThan(8)
  })
})
