// One app for several tenants: the request selects the user and the audience, and no tenant accepts cookies of another.
import { describe, expect, it } from 'vitest'
import { commit } from '../src/adapter'
import { encrypted } from '../src/encrypted'
import { createLoginManager, type LoginManagerOptions, type RequestView, UsageError } from '../src/index'

interface User {
  readonly id: string
  readonly tenant: string
}

const getHost = (request: RequestView): string => request.headers.get('host') ?? ''
const TENANTS: Readonly<Record<string, string>> = { 'a.test': 'A', 'b.test': 'B' }
const getTenant = (request: RequestView): string | undefined =>
  Object.hasOwn(TENANTS, getHost(request)) ? TENANTS[getHost(request)] : undefined

const options: LoginManagerOptions<User> = {
  loadUser: (id, request) => ({ id, tenant: getTenant(request) ?? 'none' }),
  audience: getTenant,
  secrets: 'a secret for these tests, long enough to be one',
  sessionStamp: ({ tenant }) => tenant,
}

function createRequest(host: string, cookie = ''): Request {
  return new Request(`https://${host}/`, { headers: { host, cookie } })
}

async function createCookies(manager: ReturnType<typeof createLoginManager<User>>, host: string): Promise<string> {
  const auth = manager.open(createRequest(host))
  await auth.loginUser({ id: '1', tenant: TENANTS[host] ?? 'none' }, { remember: true })
  const response = commit(auth, new Response())
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
}

describe.each([
  ['signed cookies', {}],
  ['encrypted cookies', { session: { codec: encrypted() } }],
])('an app for several tenants with %s', (_name, more) => {
  it('passes the request to loadUser for the session and for the remember cookie', async () => {
    const manager = createLoginManager({ ...options, ...more })
    const cookies = await createCookies(manager, 'a.test')
    for (const cookie of cookies.split('; ')) {
      expect(await manager.open(createRequest('a.test', cookie)).currentUser()).toEqual({ id: '1', tenant: 'A' })
    }
  })

  it('rejects the cookies of one tenant at another tenant with a reason', async () => {
    const manager = createLoginManager({ ...options, ...more })
    const cookies = await createCookies(manager, 'a.test')
    for (const cookie of cookies.split('; ')) {
      // After two requests of its own tenant, the cache of verified cookies contains the cookie.
      for (let visit = 0; visit < 3; visit++) await manager.open(createRequest('a.test', cookie)).currentUser()
      const auth = manager.open(createRequest('b.test', cookie))
      expect(await auth.currentUser()).toBeNull()
      expect(await auth.whyAnonymous()).toMatch(/^(bad-signature|unknown-key)$/)
      expect(await manager.open(createRequest('a.test', cookie)).currentUser()).toEqual({ id: '1', tenant: 'A' })
    }
  })

  it('rejects cookies and logins at a host for which the option audience returns undefined', async () => {
    const manager = createLoginManager({ ...options, ...more })
    const cookies = await createCookies(manager, 'a.test')
    for (const host of ['evil.test', 'constructor', '__proto__', 'a.test.evil.test']) {
      const auth = manager.open(createRequest(host, cookies))
      expect(await auth.currentUser()).toBeNull()
      await expect(auth.loginUser({ id: '1', tenant: 'none' })).rejects.toMatchObject({ code: 'no-audience' })
      expect(commit(auth, new Response()).status).toBe(200)
    }
  })
})

describe('the option audience as a function', () => {
  it('is called at most once per request, and not if the login is not read', async () => {
    let calls = 0
    const manager = createLoginManager<User>({
      ...options,
      audience: (request) => {
        calls += 1
        return getTenant(request)
      },
    })
    commit(manager.open(createRequest('a.test', 'session=x')), new Response())
    expect(calls).toBe(0)
    const auth = manager.open(createRequest('a.test', '__Host-session=x; __Host-remember_token=y'))
    await auth.currentUser()
    await auth.loginUser({ id: '1', tenant: 'A' }, { remember: true })
    commit(auth, new Response())
    expect(calls).toBe(1)
  })

  it('creates the same keys as the same audience as a string', async () => {
    const cookies = await createCookies(createLoginManager(options), 'a.test')
    const fixed = createLoginManager({ ...options, audience: 'A' })
    expect(await fixed.open(createRequest('a.test', cookies)).currentUser()).not.toBeNull()
  })

  it('keeps a login valid while the hosts of an attacker fill the bounded cache of keys', async () => {
    const manager = createLoginManager<User>({ ...options, audience: getHost })
    const cookies = await createCookies(manager, 'a.test')
    for (let n = 0; n < 2000; n++) {
      const auth = manager.open(createRequest(`evil-${n}.test`, cookies))
      expect(await auth.currentUser()).toBeNull()
    }
    expect(await manager.open(createRequest('a.test', cookies)).currentUser()).toMatchObject({ id: '1' })
  })

  it.each([[7], [{}], [true], [() => 'A']])('rejects cookies and logins if it returns %j', async (value) => {
    const manager = createLoginManager<User>({ ...options, audience: () => value as never })
    const auth = manager.open(createRequest('a.test'))
    expect(await auth.currentUser()).toBeNull()
    await expect(auth.loginUser({ id: '1', tenant: 'A' })).rejects.toThrow(UsageError)
  })

  it('may throw, and the read of the login throws the same error', async () => {
    const manager = createLoginManager<User>({
      ...options,
      audience: () => {
        throw new Error('the table of tenants is unavailable')
      },
    })
    await expect(manager.open(createRequest('a.test', '__Host-session=x')).currentUser()).rejects.toThrow(
      'the table of tenants is unavailable',
    )
  })
})
