// The guard and the router read the same path. The tests send thousands of spellings to every router, with every lax option.
// No handler runs without a user unless an exception of the guard matches its path.
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
import { CLOSED, EXCEPT, KNOWN, OPEN, spelling } from '../../core/test/adapters/spellings'
import { honoLogin } from './index'

// Many runs are slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const manager = createLoginManager({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id): { id: string } => ({ id }),
})
const { loginMiddleware, loginRequired, auth } = honoLogin(manager)

type Options = NonNullable<ConstructorParameters<typeof Hono>[0]>

interface Setup {
  readonly name: string
  readonly options?: () => Options
  /** How the app is mounted below `/mnt`. Without it the app is not mounted. */
  readonly mounting?: 'basePath' | 'route' | 'mount'
  readonly isExcepting?: boolean
}

const getPath = (request: Request): string => /^[a-z]+:\/\/[^/]*(\/[^?#]*)/i.exec(request.url)?.[1] ?? '/'
/** Decodes each pair of digits by itself, so that no path throws. */
const decode = (path: string): string =>
  path.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
const routers = {
  RegExpRouter: () => new RegExpRouter(),
  TrieRouter: () => new TrieRouter(),
  SmartRouter: () => new SmartRouter({ routers: [new RegExpRouter(), new TrieRouter()] }),
  LinearRouter: () => new LinearRouter(),
  PatternRouter: () => new PatternRouter(),
} as const

const setups: readonly Setup[] = [
  ...Object.entries(routers).flatMap(([name, router]): Setup[] => [
    { name, options: () => ({ router: router() as never }) },
    { name: `${name}, strict: false`, options: () => ({ router: router() as never, strict: false }) },
    {
      name: `${name}, strict: false, without exceptions`,
      options: () => ({ router: router() as never, strict: false }),
      isExcepting: false,
    },
  ]),
  { name: 'getPath in lower case', options: () => ({ getPath: (request) => getPath(request).toLowerCase() }) },
  {
    name: 'getPath without trailing slashes',
    options: () => ({ getPath: (one) => getPath(one).replace(/\/+$/, '') || '/' }),
  },
  {
    name: 'getPath that removes a segment',
    options: () => ({ getPath: (one) => getPath(one).replace('/v1', '') || '/' }),
  },
  {
    name: 'getPath that decodes',
    options: () => ({ getPath: (one) => decode(getPath(one)) }),
  },
  { name: 'basePath', mounting: 'basePath', options: () => ({ strict: false }) },
  { name: 'route', mounting: 'route', options: () => ({ strict: false }) },
  { name: 'mount', mounting: 'mount', options: () => ({ strict: false }) },
]

/** Creates an app with the routes. `ran` records the handlers that ran, and their users. */
function createApp({ options: given, mounting, isExcepting = true }: Setup) {
  const ran: { route: string; user: string | null }[] = []
  const options = given?.() ?? {}
  const base = mounting === undefined || mounting === 'mount' ? '' : '/mnt'
  const except = isExcepting ? EXCEPT.map((path) => base + path) : undefined
  let app = new Hono(options)
  if (mounting === 'basePath') app = app.basePath('/mnt')
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
  if (mounting === 'route') return { ran, fetch: new Hono(options).route('/mnt', app).fetch }
  if (mounting !== 'mount') return { ran, fetch: app.fetch }
  // mount() parses the URL again, and some of these are not URLs.
  const outer = new Hono(options).onError((_error, c) => c.text('not a URL', 400))
  return { ran, fetch: outer.mount('/mnt', app.fetch).fetch }
}

/** Returns a request with the URL as the parser serialises it, and one with the unparsed URL of a Node server. */
function createRequests(path: string, headers: Record<string, string> = {}): Request[] {
  const raw = new Request('http://app.test/', { headers })
  const url = /^[a-z]+:\/\//i.test(path) ? path : `http://app.test${path.startsWith('/') ? '' : '/'}${path}`
  Object.defineProperty(raw, 'url', { value: url })
  try {
    return [new Request(url, { headers }), raw]
  } catch {
    return [raw]
  }
}

describe.each(setups)('$name', (setup) => {
  const prefix = setup.mounting === undefined ? '' : '/mnt'
  const withPrefix = (path: string): string =>
    /^[a-z]+:\/\//i.test(path) ? path.replace(/^([a-z]+:\/\/[^/]*)/i, `$1${prefix}`) : prefix + path

  it('does not run a handler without a user for any spelling of a path that is not excepted', async () => {
    const { ran, fetch } = createApp(setup)
    const reached = new Set<string>()
    const visit = async (path: string): Promise<void> => {
      for (const request of createRequests(withPrefix(path))) {
        await fetch(request)
        for (const { route, user } of ran.splice(0)) {
          reached.add(route)
          const isOpen = setup.isExcepting !== false && (OPEN as readonly string[]).includes(route)
          expect([request.url, route, user !== null || isOpen]).toEqual([request.url, route, true])
        }
      }
    }
    for (const path of KNOWN) await visit(path)
    await fc.assert(fc.asyncProperty(spelling, visit), { numRuns: 500 })
    if (setup.isExcepting !== false) expect(reached.size).toBeGreaterThan(1)
  })

  it('runs the handlers of a logged-in user for many of the same spellings', async () => {
    const { ran, fetch } = createApp(setup)
    const opened = manager.open(new Request('https://app.test/'))
    await opened.loginUser({ id: 'alice' })
    const cookie = commit(opened, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    for (const path of KNOWN) for (const request of createRequests(withPrefix(path), { cookie })) await fetch(request)
    expect(ran.filter(({ user }) => user === 'alice').length).toBeGreaterThan(8)
  })
})
