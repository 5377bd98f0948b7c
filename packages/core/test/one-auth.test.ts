import { describe, expect, it } from 'vitest'
import { type Auth, createLoginManager, type LoginManagerOptions, withLogin } from '../src/index'
import { createTestClient, createTestClock } from '../src/testing'
import { alice, type User } from './setup'

const RENEWED: Partial<LoginManagerOptions<User>> = {
  session: { renew: 'everyRequest' },
  remember: { renew: 'everyRequest' },
}

type Handler = (request: Request, auth: Auth<User>) => Response | Promise<Response>

function setUp(options: Partial<LoginManagerOptions<User>> = RENEWED) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({
    secrets: 'only for tests: 0123456789 abcdefghijklmnop',
    loadUser: (id) => ({ id }),
    clock,
    ...options,
  })
  return { clock, manager }
}

/** Logs in at `/in` and out at `/out`. */
const route: Handler = async (request, auth) => {
  if (request.url.endsWith('/in')) await auth.loginUser(alice, { remember: true, permanent: true })
  if (request.url.endsWith('/out')) await auth.logoutUser()
  return new Response()
}

const getNames = (lines: readonly string[]) => lines.map((line) => line.slice(0, line.indexOf('=')))
const isCleared = (line: string) => line.includes('Max-Age=0')

describe('withLogin() inside withLogin() of the same manager', () => {
  it('passes the same Auth object to both handlers', async () => {
    const { manager } = setUp()
    const auths: unknown[] = []
    const inner = withLogin(manager, (_, auth) => {
      auths.push(auth)
      return new Response()
    })
    const outer = withLogin(manager, (request, auth) => {
      auths.push(auth)
      return inner(request)
    })
    for (let time = 0; time < 2; time++) await outer(new Request('https://app.test/'))
    expect(auths[0]).toBe(auths[1])
    expect(auths[2]).toBe(auths[3])
    expect(auths[0]).not.toBe(auths[2])
  })

  it('keeps an inner login and an inner logout, and sets each cookie once', async () => {
    const { clock, manager } = setUp()
    const inner = withLogin(manager, route)
    const client = createTestClient<User>(
      withLogin(manager, (request) => inner(request)),
      { manager, clock },
    )
    expect(getNames((await client.post('/in')).headers.getSetCookie())).toEqual([
      '__Host-session',
      '__Host-remember_token',
    ])
    clock.advance(20_000)
    const lines = (await client.post('/out')).headers.getSetCookie()
    expect(new Set(getNames(lines)).size).toBe(lines.length)
    expect(lines.filter(isCleared)).toHaveLength(2)
    expect(client.cookies.names()).toEqual(['__Host-session_ended'])
  })

  it('opens another Auth object if the same Request object is served again', async () => {
    const { manager } = setUp()
    const app = withLogin(manager, route)
    const request = new Request('https://app.test/in', { method: 'POST' })
    for (let time = 0; time < 2; time++) expect((await app(request)).headers.getSetCookie()).toHaveLength(2)
  })

  it('does not share a login between two managers', async () => {
    const { manager } = setUp()
    const { manager: another } = setUp({ session: { cookie: { name: 'another' } } })
    const inner = withLogin(another, async (_, auth) => new Response(String(await auth.currentUser())))
    const app = withLogin(manager, async (request, auth) => {
      await auth.loginUser(alice)
      return inner(request)
    })
    expect(await (await app(new Request('https://app.test/'))).text()).toBe('null')
  })
})

// A framework that copies the request (a mount of Hono) opens a second Auth object, which is committed first.
describe('two Auth objects of one browser request', () => {
  const createNested = (manager: ReturnType<typeof setUp>['manager'], own: Handler = () => new Response()) => {
    const inner = withLogin(manager, route)
    return withLogin(manager, async (request, auth) => {
      await own(request, auth)
      return inner(new Request(request))
    })
  }

  it('keep a logout of the inner one if the outer one renews each cookie', async () => {
    const { clock, manager } = setUp()
    const client = createTestClient<User>(createNested(manager), { manager, clock })
    await client.loginAs(alice, { remember: true, permanent: true })
    clock.advance(20_000)
    const lines = (await client.post('/out')).headers.getSetCookie()
    expect(new Set(getNames(lines)).size).toBe(lines.length)
    expect(client.cookies.names()).toEqual(['__Host-session_ended'])
  })

  it('keep a login of the inner one if the outer one renews each cookie', async () => {
    const { clock, manager } = setUp()
    const client = createTestClient<User>(createNested(manager), { manager, clock })
    await client.loginAs({ id: 'bob' }, { remember: true, permanent: true })
    clock.advance(20_000)
    const lines = (await client.post('/in')).headers.getSetCookie()
    expect(new Set(getNames(lines)).size).toBe(lines.length)
    const auth = manager.open(new Request('https://app.test/', { headers: { cookie: toCookieHeader(lines) } }))
    expect(await auth.currentUser()).toEqual(alice)
  })

  it('set each cookie once, with the value of the outer one, if both change the login', async () => {
    const { clock, manager } = setUp()
    const app = createNested(manager, (_, auth) => auth.logoutUser().then(() => new Response()))
    const client = createTestClient<User>(app, { manager, clock })
    await client.loginAs(alice, { remember: true, permanent: true })
    const lines = (await client.post('/in')).headers.getSetCookie()
    expect(new Set(getNames(lines)).size).toBe(lines.length)
    expect(client.cookies.names()).toEqual(['__Host-session_ended'])
  })

  it('keep the cookies of the app', async () => {
    const { clock, manager } = setUp()
    const inner = withLogin(manager, async (_, auth) => {
      await auth.logoutUser()
      return new Response(null, { headers: { 'set-cookie': 'theme=dark; Path=/' } })
    })
    const app = withLogin(manager, async (request, auth) => {
      await auth.logoutUser()
      return inner(new Request(request))
    })
    const client = createTestClient<User>(app, { manager, clock })
    await client.loginAs(alice)
    expect((await client.post('/')).headers.getSetCookie()).toContain('theme=dark; Path=/')
  })
})

const toCookieHeader = (lines: readonly string[]) => lines.map((line) => line.split(';')[0]).join('; ')

describe('two managers with the same cookie names on one response', () => {
  const createNested = (handler: Handler, own: Handler) => {
    const inner = withLogin(setUp({}).manager, handler)
    return withLogin(setUp({ audience: 'outer' }).manager, async (request, auth) => {
      const response = await inner(new Request(request))
      await own(request, auth)
      return response
    })
  }
  const visit = async (app: (request: Request) => Promise<Response>, path: string, cookie = '') =>
    (await app(new Request(`https://app.test${path}`, { headers: { cookie } }))).headers.getSetCookie()

  it('do not set a login cookie if an outer logout follows an inner login', async () => {
    const app = createNested(route, (_, auth) => auth.logoutUser().then(() => new Response()))
    for (const cookie of ['', '__Host-session=x', '__Host-remember_token=x']) {
      const lines = await visit(app, '/in', cookie)
      expect(new Set(getNames(lines)).size).toBe(lines.length)
      expect(lines.filter((line) => !isCleared(line) && /^__Host-(?:session|remember_token)=/.test(line))).toEqual([])
      expect(lines.filter(isCleared)).toHaveLength(2)
    }
  })

  it('do not set a remember cookie if an outer login without one follows an inner login', async () => {
    const app = createNested(route, (_, auth) => auth.loginUser({ id: 'bob' }).then(() => new Response()))
    const lines = await visit(app, '/in')
    expect(lines.filter(isCleared).map((line) => line.split('=')[0])).toEqual(['__Host-remember_token'])
    expect(getNames(lines).sort()).toEqual(['__Host-remember_token', '__Host-session'])
  })

  it('do not clear a cookie if the response has no earlier login', async () => {
    const app = createNested(
      () => new Response(),
      (_, auth) => auth.logoutUser().then(() => new Response()),
    )
    expect(await visit(app, '/')).toEqual([])
  })

  it('keep an inner login if the outer Auth object only removes an expired login', async () => {
    const clock = createTestClock(1_800_000_000)
    const manager = createLoginManager<User>({
      secrets: 'only for tests: 0123456789 abcdefghijklmnop',
      loadUser: (id) => ({ id }),
      clock,
    })
    const client = createTestClient<User>(withLogin(manager, route), { manager, clock })
    await client.loginAs(alice)
    const cookie = client.cookies
      .names()
      .map((name) => `${name}=${client.cookies.get(name)}`)
      .join('; ')
    clock.advance(100_000)
    const inner = withLogin(manager, route)
    const app = withLogin(manager, async (request, auth) => {
      await auth.currentUser()
      return inner(new Request(request))
    })
    const lines = await visit(app, '/in', cookie)
    expect(lines.filter(isCleared).map((line) => line.split('=')[0])).not.toContain('__Host-session')
  })
})
