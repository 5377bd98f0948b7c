import { describe, expect, it } from 'vitest'
import { checkRequest, commit, commitHeaders } from '../src/adapter'
import { type Auth, createLoginManager, type LoginManagerOptions, type LoginOptions, type Policy } from '../src/index'
import { createTestClock } from '../src/testing'
import { alice, SECRET, type User } from './setup'

const UNSTORED = 'private, no-store'
const PREPARED = '"prefetchCache", "prerenderCache"'

function world(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({ secrets: SECRET, loadUser: (id) => ({ id }), clock, ...options })
  const open = (cookie = '', headers: Record<string, string> = {}) =>
    manager.open(new Request('https://app.test/page', { headers: { ...(cookie && { cookie }), ...headers } }))
  /** The `Cookie` header of a browser that is logged in. */
  const login = async (how: LoginOptions = {}) => {
    const auth = open()
    await auth.loginUser(alice, how)
    return pairsOf(commit(auth, new Response()))
  }
  return { clock, manager, open, login }
}

const pairsOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')

const written = (headers: Record<string, string>) => new Response('body', { headers })
const cacheOf = (auth: Auth<User>, cacheControl: string) =>
  commit(auth, written({ 'cache-control': cacheControl })).headers.get('cache-control')

describe('a response behind a guard', () => {
  it.each([
    ['public, max-age=3600', 'private, max-age=3600'],
    ['Public,Max-Age=3600', 'private, Max-Age=3600'],
    ['public, s-maxage=60, max-age=5, immutable', 'private, max-age=5, immutable'],
    ['max-age=3600', 'private, max-age=3600'],
    ['private, max-age=3600', 'private, max-age=3600'],
    ['no-store', 'no-store'],
    ['public, max-age=0', UNSTORED],
  ])('leaves as %j becomes %j: never for shared caches', async (given, expected) => {
    const { open, login } = world()
    const auth = open(await login())
    expect((await auth.require()).ok).toBe(true)
    expect(cacheOf(auth, given)).toBe(expected)
  })

  it('is private also if the guard refused and the app creates the response', async () => {
    const auth = world().open()
    expect((await auth.require()).ok).toBe(false)
    expect(cacheOf(auth, 'public, max-age=3600')).toBe('private, max-age=3600')
  })

  it.each([
    ['CDN-Cache-Control', 'max-age=60', 'no-store'],
    ['Surrogate-Control', 'max-age=60', 'no-store'],
    ['Cloudflare-CDN-Cache-Control', 'public, max-age=60', 'no-store'],
    ['Vercel-CDN-Cache-Control', 's-maxage=60', 'no-store'],
    ['X-Accel-Expires', '60', '0'],
  ])('overrides what %s permits to one shared cache', async (name, given, expected) => {
    const { open, login } = world()
    for (const target of [new Headers(), withoutKeys(new Headers())]) {
      const auth = open(await login())
      await auth.require()
      target.set(name, given)
      commitHeaders(auth, target)
      expect(target.get(name)).toBe(expected)
      expect(target.get('cache-control')).toBe(UNSTORED)
    }
  })

  it('gets none of these headers if the app set none', async () => {
    const { open, login } = world()
    const auth = open(await login())
    await auth.require()
    expect([...commit(auth, new Response()).headers.keys()]).toEqual(['cache-control', 'vary'])
  })
})

/** Headers of a server that cannot list their names. */
function withoutKeys(headers: Headers) {
  return {
    get: (name: string) => headers.get(name),
    set: (name: string, value: string) => headers.set(name, value),
    append: (name: string, value: string) => headers.append(name, value),
  }
}

describe('a response with one of our cookies', () => {
  it.each([
    'public, max-age=31536000, immutable',
    'max-age=60',
    'private, max-age=60',
    'must-understand, no-store',
    '',
  ])('is kept by no cache if the app wrote %j', async (given) => {
    const auth = world().open()
    await auth.session.set('cart', 1)
    expect(cacheOf(auth, given)).toBe(UNSTORED)
  })

  it('still forbids proxies to compress it if the app does', async () => {
    const auth = world().open()
    await auth.session.set('cart', 1)
    expect(cacheOf(auth, 'no-cache, no-transform')).toBe('private, no-store, no-transform')
  })
})

describe('a cookie that only prolongs a login', () => {
  const everyRequest = { session: { renew: 'everyRequest' }, remember: { renew: 'everyRequest' } } as const

  it.each(['public, max-age=31536000', 'PUBLIC', 's-maxage=60'])(
    'is left out of a response that the app gives to shared caches with %j',
    async (given) => {
      const { open, login } = world(everyRequest)
      const auth = open(await login({ permanent: true, remember: true }))
      await checkRequest(auth)
      const response = written({ 'cache-control': given })
      expect(commit(auth, response)).toBe(response)
      expect([...response.headers]).toEqual([
        ['cache-control', given],
        ['content-type', 'text/plain;charset=UTF-8'],
      ])
    },
  )

  it('is sent with a response without Cache-Control, which becomes private, no-store', async () => {
    for (const given of [{}, { 'cache-control': 'public, max-age=0' }, { 'cache-control': 'max-age=60' }]) {
      const { open, login } = world(everyRequest)
      const auth = open(await login({ permanent: true, remember: true }))
      await checkRequest(auth)
      const response = commit(auth, written(given))
      expect(response.headers.getSetCookie()).toHaveLength(2)
      expect(response.headers.get('cache-control')).toBe(UNSTORED)
    }
  })

  it('is left out behind a guard too, and the response stays in private caches', async () => {
    const { open, login, clock } = world({ session: { idleSeconds: 1000 } })
    const cookie = await login()
    clock.advance(500)
    const auth = open(cookie)
    await auth.require()
    const response = commit(auth, written({ 'cache-control': 'public, max-age=60' }))
    expect([response.headers.getSetCookie(), response.headers.get('cache-control')]).toEqual([
      [],
      'private, max-age=60',
    ])
    const next = open(cookie)
    await next.require()
    expect(commit(next, new Response()).headers.getSetCookie()).toHaveLength(1)
  })

  it('is sent if the app changed something too', async () => {
    const { open, login } = world(everyRequest)
    const auth = open(await login({ permanent: true }))
    await checkRequest(auth)
    await auth.session.set('cart', 1)
    const response = commit(auth, written({ 'cache-control': 'public, max-age=60' }))
    expect(response.headers.getSetCookie()).toHaveLength(1)
    expect(response.headers.get('cache-control')).toBe(UNSTORED)
  })

  it.each<[string, (auth: Auth<User>) => Promise<unknown>]>([
    ['takeFlashes', (auth) => auth.takeFlashes()],
    ['logoutUser', (auth) => auth.logoutUser()],
    ['loginUser', (auth) => auth.loginUser(alice)],
  ])('is not what %s writes: that cookie is sent in place of the public response', async (_, write) => {
    const { open, login } = world()
    const flashed = open(await login())
    await flashed.flash('Saved.')
    const auth = open(pairsOf(commit(flashed, new Response())))
    await write(auth)
    const response = commit(auth, written({ 'cache-control': 'public, max-age=60' }))
    expect(response.headers.getSetCookie()).not.toEqual([])
    expect(response.headers.get('cache-control')).toBe(UNSTORED)
  })
})

describe('the refusals of the library', () => {
  it('have Cache-Control: private, no-store themselves', async () => {
    for (const options of [{}, { loginView: '/login' }]) {
      const auth = world(options).open()
      expect((await auth.unauthorized()).headers.get('cache-control')).toBe(UNSTORED)
    }
  })

  it('are personal also if no guard made them', async () => {
    const auth = world({ loginView: '/login', loginMessage: null }).open()
    expect(commit(auth, await auth.unauthorized()).headers.get('cache-control')).toBe(UNSTORED)
  })
})

describe("a guard with the option cache: 'public'", () => {
  const policy: Policy<User> = { cache: 'public' }

  it('lets the Cache-Control of the app through, and varies on cookies', async () => {
    const { open, login } = world()
    const auth = open(await login())
    expect((await auth.require(policy)).ok).toBe(true)
    const response = commit(auth, written({ 'cache-control': 'public, s-maxage=60', 'cdn-cache-control': 'max-age=9' }))
    expect(response.headers.get('cache-control')).toBe('public, s-maxage=60')
    expect(response.headers.get('cdn-cache-control')).toBe('max-age=9')
    expect(response.headers.get('vary')).toBe('Cookie')
  })

  it.each<[string, (auth: Auth<User>) => unknown]>([
    ['auth.user', (auth) => auth.user],
    ['currentUser', (auth) => auth.currentUser()],
    ['session.get', (auth) => auth.session.get('cart')],
    ['another guard', (auth) => auth.require()],
  ])('keeps the response private if the handler uses %s', async (_, read) => {
    const { open, login } = world()
    const auth = open(await login())
    await auth.require(policy)
    await read(auth)
    expect(cacheOf(auth, 'public, max-age=60')).toBe('private, max-age=60')
  })

  it('keeps the response private if the user was read before it', async () => {
    const { open, login } = world()
    const auth = open(await login())
    await auth.currentUser()
    await auth.require(policy)
    expect(cacheOf(auth, 'public, max-age=60')).toBe('private, max-age=60')
  })

  it('keeps a refusal private', async () => {
    const auth = world().open()
    const decision = await auth.require({ ...policy })
    if (decision.ok) throw new Error('The request was not refused.')
    expect(commit(auth, await decision.respond()).headers.get('cache-control')).toBe(UNSTORED)
    const other = world().open()
    await other.require(policy)
    expect(cacheOf(other, 'public, max-age=60')).toBe('private, max-age=60')
  })

  it('never sends a cookie with a public response', async () => {
    const { open, login } = world()
    const auth = open(await login())
    await auth.require(policy)
    await auth.flash('Hello.')
    expect(cacheOf(auth, 'public, max-age=60')).toBe(UNSTORED)
  })

  it('takes no other value', () => {
    const { manager } = world()
    expect(() => manager.guard({ cache: 'shared' as 'public' })).toThrow(/public.*private|private.*public/)
  })
})

describe('Clear-Site-Data', () => {
  const headerOf = (auth: Auth<User>, headers: Record<string, string> = {}) =>
    commit(auth, written(headers)).headers.get('clear-site-data')

  it.each<[string, (auth: Auth<User>) => Promise<unknown>]>([
    ['a login', (auth) => auth.loginUser(alice)],
    ['a login as another user', (auth) => auth.loginUser({ id: 'bob' })],
    ['a logout', (auth) => auth.logoutUser()],
    ['a logout that keeps the data', (auth) => auth.logoutUser({ keepData: true })],
    ['a confirmation', (auth) => auth.confirmLogin()],
    ['a logout and another login', (auth) => auth.logoutUser().then(() => auth.loginUser({ id: 'bob' }))],
  ])('ends the pages that the browser prepared at %s', async (_, change) => {
    const { open, login } = world()
    const auth = open(await login({ remember: true }))
    await change(auth)
    expect(headerOf(auth)).toBe(PREPARED)
  })

  it('ends them at a first login, and at a logout of a browser that has only a remember cookie', async () => {
    const { open, login } = world()
    const first = open()
    await first.loginUser(alice)
    expect(headerOf(first)).toBe(PREPARED)
    const remembered = open((await login({ remember: true })).split('; ')[1])
    await remembered.logoutUser()
    expect(headerOf(remembered)).toBe(PREPARED)
  })

  it('ends them if the login was revoked, expired, or met another client', async () => {
    const revoked = world({ isRevoked: () => true })
    const expired = world({ session: { idleSeconds: 10 } })
    const elsewhere = world({ sessionProtection: 'strong' })
    for (const { open, login, clock } of [revoked, expired, elsewhere]) {
      const cookie = await login()
      clock.advance(100)
      const auth = open(cookie, { 'user-agent': 'another' })
      await auth.currentUser()
      expect(headerOf(auth)).toBe(PREPARED)
    }
  })

  it.each([
    ['"cache"', `"cache", ${PREPARED}`],
    ['"cookies","storage"', `"cookies", "storage", ${PREPARED}`],
    ['"prefetchCache"', PREPARED],
    ['"*"', `"*", ${PREPARED}`],
  ])('joins %j of the app as %j', async (given, merged) => {
    const auth = world().open()
    await auth.loginUser(alice)
    expect(headerOf(auth, { 'clear-site-data': given })).toBe(merged)
  })

  it.each<[string, (auth: Auth<User>) => Promise<unknown>]>([
    ['reading the user', (auth) => auth.currentUser()],
    ['a flash message', (auth) => auth.flash('Hello.')],
    ['session data', (auth) => auth.session.set('cart', 1)],
    ['a rejected confirmation', (auth) => auth.session.set('cart', 1).then(() => auth.checkCsrf('x'))],
  ])('is not sent for %s', async (_, use) => {
    const { open, login } = world()
    for (const cookie of ['', await login()]) {
      const auth = open(cookie)
      await use(auth)
      expect(headerOf(auth)).toBe(null)
    }
  })

  it('is not sent for a prolonged session, a restored login, or an API key without a user', async () => {
    const { open, login, clock } = world({
      session: { idleSeconds: 1000 },
      loginView: '/login',
      loadUserFromRequest: {
        load: (_, note) => {
          note('unknown-user')
          return null
        },
      },
    })
    const cookie = await login({ remember: true })
    clock.advance(500)
    const prolonged = open(cookie)
    await prolonged.currentUser()
    const restored = open(cookie.split('; ')[1])
    await restored.currentUser()
    const refused = open('', { accept: 'text/html' })
    await refused.unauthorized()
    for (const auth of [prolonged, restored, refused]) {
      const response = commit(auth, new Response())
      expect([response.headers.getSetCookie().length, response.headers.get('clear-site-data')]).toEqual([1, null])
    }
  })

  it('is not sent if a logout changes no cookie', async () => {
    const auth = world().open()
    await auth.logoutUser()
    expect(headerOf(auth)).toBe(null)
  })
})

describe('the first read of the login after the response was sent', () => {
  const READS: readonly [string, (auth: Auth<User>) => Promise<unknown>][] = [
    ['currentUser', (auth) => auth.currentUser()],
    ['loginFresh', (auth) => auth.loginFresh()],
    ['loginRemembered', (auth) => auth.loginRemembered()],
    ['currentLogin', (auth) => auth.currentLogin()],
    ['whyAnonymous', (auth) => auth.whyAnonymous()],
    ['require', (auth) => auth.require()],
    ['session.get', (auth) => auth.session.get('cart')],
    ['peekFlashes', (auth) => auth.peekFlashes()],
    ['nextUrl', (auth) => auth.nextUrl()],
    ['checkCsrf', (auth) => auth.checkCsrf('x')],
  ]
  const error = { name: 'UsageError', code: 'response-sent' }

  it.each(READS)('rejects with a UsageError: %s', async (_, read) => {
    const { open, login } = world()
    for (const cookie of ['', await login()]) {
      const fetched = open(cookie)
      commit(fetched, new Response('stream'))
      await expect(read(fetched)).rejects.toMatchObject(error)
      const served = open(cookie)
      commitHeaders(served, new Headers())
      await expect(read(served)).rejects.toMatchObject(error)
    }
  })

  it.each(READS)('is fine if it was read before: %s', async (_, read) => {
    const { open, login } = world()
    for (const cookie of ['', await login()]) {
      const auth = open(cookie)
      await read(auth)
      commit(auth, new Response('stream'))
      await expect(read(auth)).resolves.not.toThrow()
    }
  })

  it('rejects also if only the library had opened the session, to renew it', async () => {
    const { open, login } = world({ session: { renew: 'everyRequest' } })
    const auth = open(await login())
    await checkRequest(auth)
    commit(auth, new Response('stream'))
    await expect(auth.currentUser()).rejects.toMatchObject(error)
  })

  it('rejects if the session was read and was empty, and a user comes with the request', async () => {
    const { open } = world({ loadUserFromRequest: (request) => (request.headers.get('x-user') ? alice : null) })
    const auth = open('', { 'x-user': 'alice' })
    await auth.peekFlashes()
    const response = commit(auth, new Response('stream'))
    expect(response.headers.get('cache-control')).toBe(null)
    await expect(auth.currentUser()).rejects.toMatchObject(error)
  })

  it('rejects if a request loader reads a header that the response that was sent does not vary on', async () => {
    const { open } = world({
      loadUserFromRequest: (request) => (request.headers.get('x-user') === 'alice' ? alice : null),
    })
    const auth = open('', { 'x-user': 'unknown' })
    await auth.peekFlashes()
    expect(commit(auth, new Response('stream')).headers.get('vary')).toBe('Cookie')
    await expect(auth.currentUser()).rejects.toMatchObject(error)
  })

  it('is fine if it had begun, and then no cache keeps the response', async () => {
    const { open, login } = world({ loadUser: async (id) => ({ id }) })
    const auth = open(await login())
    const reading = auth.currentUser()
    const response = commit(auth, new Response('stream'))
    expect(response.headers.get('cache-control')).toBe(UNSTORED)
    expect(response.headers.get('vary')).toBe('Cookie')
    expect(await reading).toEqual(alice)
    const anonymous = world({ loadUserFromRequest: async (request) => (request.headers.get('x-user') ? alice : null) })
    const late = anonymous.open('', { 'x-user': 'alice' })
    const user = late.currentUser()
    expect(commit(late, new Response('stream')).headers.get('cache-control')).toBe(UNSTORED)
    expect(await user).toEqual(alice)
  })

  it('is fine once the whole response was sent, for a log', async () => {
    const { open, login } = world()
    const auth = open(await login())
    const target = Object.assign(withoutKeys(new Headers()), { isEnded: false })
    commitHeaders(auth, target)
    await expect(auth.currentUser()).rejects.toMatchObject(error)
    target.isEnded = true
    expect(await auth.currentUser()).toEqual(alice)
  })

  it('is fine in a WebSocket, whose handshake no cache keeps', async () => {
    const { open, login } = world()
    const auth = open(await login(), { upgrade: 'websocket' })
    commit(auth, new Response())
    expect(await auth.currentUser()).toEqual(alice)
  })

  it('names the way out', async () => {
    const auth = world().open()
    commit(auth, new Response())
    await expect(auth.currentUser()).rejects.toThrow('Call await currentUser()')
  })
})
