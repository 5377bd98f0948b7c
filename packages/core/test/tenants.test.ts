// One app for several tenants: who a user is depends on the request, and a cookie of one tenant is no login at another.
import { describe, expect, it } from 'vitest'
import { commit } from '../src/adapter'
import { encrypted } from '../src/encrypted'
import { createLoginManager, type LoginManagerOptions, type RequestView, UsageError } from '../src/index'

interface User {
  readonly id: string
  readonly tenant: string
}

const hostOf = (request: RequestView): string => request.headers.get('host') ?? ''
const TENANTS: Readonly<Record<string, string>> = { 'a.test': 'A', 'b.test': 'B' }
const tenantOf = (request: RequestView): string | undefined =>
  Object.hasOwn(TENANTS, hostOf(request)) ? TENANTS[hostOf(request)] : undefined

const options: LoginManagerOptions<User> = {
  loadUser: (id, request) => ({ id, tenant: tenantOf(request) ?? 'none' }),
  audience: tenantOf,
  secrets: 'a secret for these tests, long enough to be one',
  sessionStamp: ({ tenant }) => tenant,
}

function requestTo(host: string, cookie = ''): Request {
  return new Request(`https://${host}/`, { headers: { host, cookie } })
}

async function cookiesAt(manager: ReturnType<typeof createLoginManager<User>>, host: string): Promise<string> {
  const auth = manager.open(requestTo(host))
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
    const cookies = await cookiesAt(manager, 'a.test')
    for (const cookie of cookies.split('; ')) {
      expect(await manager.open(requestTo('a.test', cookie)).currentUser()).toEqual({ id: '1', tenant: 'A' })
    }
  })

  it('refuses the cookies of one tenant at another, and names the reason', async () => {
    const manager = createLoginManager({ ...options, ...more })
    const cookies = await cookiesAt(manager, 'a.test')
    for (const cookie of cookies.split('; ')) {
      // Seen twice by the tenant it belongs to: the cache of verified cookies then holds it.
      for (let visit = 0; visit < 3; visit++) await manager.open(requestTo('a.test', cookie)).currentUser()
      const auth = manager.open(requestTo('b.test', cookie))
      expect(await auth.currentUser()).toBeNull()
      expect(await auth.whyAnonymous()).toMatch(/^(bad-signature|unknown-key)$/)
      expect(await manager.open(requestTo('a.test', cookie)).currentUser()).toEqual({ id: '1', tenant: 'A' })
    }
  })

  it('rejects the cookies of a tenant, and each login, at a host for which the app returns no audience', async () => {
    const manager = createLoginManager({ ...options, ...more })
    const cookies = await cookiesAt(manager, 'a.test')
    for (const host of ['evil.test', 'constructor', '__proto__', 'a.test.evil.test']) {
      const auth = manager.open(requestTo(host, cookies))
      expect(await auth.currentUser()).toBeNull()
      await expect(auth.loginUser({ id: '1', tenant: 'none' })).rejects.toMatchObject({ code: 'no-audience' })
      expect(commit(auth, new Response()).status).toBe(200)
    }
  })
})

describe('an audience by request', () => {
  it('is read at most once a request, and never if the login is not read', async () => {
    let calls = 0
    const manager = createLoginManager<User>({
      ...options,
      audience: (request) => {
        calls += 1
        return tenantOf(request)
      },
    })
    commit(manager.open(requestTo('a.test', 'session=x')), new Response())
    expect(calls).toBe(0)
    const auth = manager.open(requestTo('a.test', '__Host-session=x; __Host-remember_token=y'))
    await auth.currentUser()
    await auth.loginUser({ id: '1', tenant: 'A' }, { remember: true })
    commit(auth, new Response())
    expect(calls).toBe(1)
  })

  it('gives the same keys as the same audience as a text', async () => {
    const cookies = await cookiesAt(createLoginManager(options), 'a.test')
    const fixed = createLoginManager({ ...options, audience: 'A' })
    expect(await fixed.open(requestTo('a.test', cookies)).currentUser()).not.toBeNull()
  })

  it('stays right while thousands of hosts of an attacker pass through the bounded cache of keys', async () => {
    const manager = createLoginManager<User>({ ...options, audience: hostOf })
    const cookies = await cookiesAt(manager, 'a.test')
    for (let n = 0; n < 2000; n++) {
      const auth = manager.open(requestTo(`evil-${n}.test`, cookies))
      expect(await auth.currentUser()).toBeNull()
    }
    expect(await manager.open(requestTo('a.test', cookies)).currentUser()).toMatchObject({ id: '1' })
  })

  it.each([[7], [{}], [true], [() => 'A']])('takes %j, which is not a text, for no audience', async (value) => {
    const manager = createLoginManager<User>({ ...options, audience: () => value as never })
    const auth = manager.open(requestTo('a.test'))
    expect(await auth.currentUser()).toBeNull()
    await expect(auth.loginUser({ id: '1', tenant: 'A' })).rejects.toThrow(UsageError)
  })

  it('throws what the function throws to the caller that reads the login', async () => {
    const manager = createLoginManager<User>({
      ...options,
      audience: () => {
        throw new Error('no table of tenants')
      },
    })
    await expect(manager.open(requestTo('a.test', '__Host-session=x')).currentUser()).rejects.toThrow(
      'no table of tenants',
    )
  })
})
