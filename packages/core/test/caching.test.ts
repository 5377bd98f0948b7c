import { describe, expect, it } from 'vitest'
import { checkRequest, commit, commitHeaders } from '../src/adapter'
import { type Auth, createLoginManager, type LoginManagerOptions, type LoginOptions, type Policy } from '../src/index'
import { createTestClock } from '../src/testing'
import { alice, SECRET, type User } from './setup'

const UNSTORED = 'private, no-store'
const PREPARED = '"prefetchCache", "prerenderCache"'

function setUp(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({ secrets: SECRET, loadUser: (id) => ({ id }), clock, ...options })
  const open = (cookie = '', headers: Record<string, string> = {}) =>
    manager.open(new Request('https://app.test/page', { headers: { ...(cookie && { cookie }), ...headers } }))
  /** Returns the `Cookie` header of a browser that is logged in. */
  const login = async (loginOptions: LoginOptions = {}) => {
    const auth = open()
    await auth.loginUser(alice, loginOptions)
    return toCookieHeader(commit(auth, new Response()))
  }
  return { clock, manager, open, login }
}

const toCookieHeader = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')

const createResponse = (headers: Record<string, string>) => new Response('body', { headers })
const commitCacheControl = (auth: Auth<User>, cacheControl: string) =>
  commit(auth, createResponse({ 'cache-control': cacheControl })).headers.get('cache-control')

describe('a response behind a guard', () => {
  it.each([
    ['public, max-age=3600', 'private, max-age=3600'],
    ['Public,Max-Age=3600', 'private, Max-Age=3600'],
    ['public, s-maxage=60, max-age=5, immutable', 'private, max-age=5, immutable'],
    ['max-age=3600', 'private, max-age=3600'],
    ['private, max-age=3600', 'private, max-age=3600'],
    ['no-store', 'no-store'],
    ['public, max-age=0', UNSTORED],
  ])('with Cache-Control %j is sent with %j, which forbids shared caches', async (ofApp, expected) => {
    const { open, login } = setUp()
    const auth = open(await login())
    expect((await auth.require()).ok).toBe(true)
    expect(commitCacheControl(auth, ofApp)).toBe(expected)
  })

  it('is private also if the guard refused and the app creates the response', async () => {
    const auth = setUp().open()
    expect((await auth.require()).ok).toBe(false)
    expect(commitCacheControl(auth, 'public, max-age=3600')).toBe('private, max-age=3600')
  })

  it.each([
    ['CDN-Cache-Control', 'max-age=60', 'no-store'],
    ['Surrogate-Control', 'max-age=60', 'no-store'],
    ['Cloudflare-CDN-Cache-Control', 'public, max-age=60', 'no-store'],
    ['Vercel-CDN-Cache-Control', 's-maxage=60', 'no-store'],
    ['X-Accel-Expires', '60', '0'],
  ])('overrides the header %s, which a specific shared cache reads', async (name, ofApp, expected) => {
    const { open, login } = setUp()
    for (const target of [new Headers(), withoutKeys(new Headers())]) {
      const auth = open(await login())
      await auth.require()
      target.set(name, ofApp)
      commitHeaders(auth, target)
      expect(target.get(name)).toBe(expected)
      expect(target.get('cache-control')).toBe(UNSTORED)
    }
  })

  it('gets none of these headers if the app set none', async () => {
    const { open, login } = setUp()
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

describe('a response that sets a cookie of the library', () => {
  it.each([
    'public, max-age=31536000, immutable',
    'max-age=60',
    'private, max-age=60',
    'must-understand, no-store',
    '',
  ])('is sent with private, no-store if the app set %j', async (ofApp) => {
    const auth = setUp().open()
    await auth.session.set('cart', 1)
    expect(commitCacheControl(auth, ofApp)).toBe(UNSTORED)
  })

  it('keeps the directive no-transform of the app', async () => {
    const auth = setUp().open()
    await auth.session.set('cart', 1)
    expect(commitCacheControl(auth, 'no-cache, no-transform')).toBe('private, no-store, no-transform')
  })
})

describe('a cookie that only renews a login', () => {
  const everyRequest = { session: { renew: 'everyRequest' }, remember: { renew: 'everyRequest' } } as const

  it.each(['public, max-age=31536000', 'PUBLIC', 's-maxage=60'])(
    'is not sent with a response whose Cache-Control is %j',
    async (ofApp) => {
      const { open, login } = setUp(everyRequest)
      const auth = open(await login({ permanent: true, remember: true }))
      await checkRequest(auth)
      const response = createResponse({ 'cache-control': ofApp })
      expect(commit(auth, response)).toBe(response)
      expect([...response.headers]).toEqual([
        ['cache-control', ofApp],
        ['content-type', 'text/plain;charset=UTF-8'],
      ])
    },
  )

  it('is sent with a response without Cache-Control, which becomes private, no-store', async () => {
    for (const ofApp of [{}, { 'cache-control': 'public, max-age=0' }, { 'cache-control': 'max-age=60' }]) {
      const { open, login } = setUp(everyRequest)
      const auth = open(await login({ permanent: true, remember: true }))
      await checkRequest(auth)
      const response = commit(auth, createResponse(ofApp))
      expect(response.headers.getSetCookie()).toHaveLength(2)
      expect(response.headers.get('cache-control')).toBe(UNSTORED)
    }
  })

  it('is not sent with a public response behind a guard, which becomes private', async () => {
    const { open, login, clock } = setUp({ session: { idleSeconds: 1000 } })
    const cookie = await login()
    clock.advance(500)
    const auth = open(cookie)
    await auth.require()
    const response = commit(auth, createResponse({ 'cache-control': 'public, max-age=60' }))
    expect([response.headers.getSetCookie(), response.headers.get('cache-control')]).toEqual([
      [],
      'private, max-age=60',
    ])
    const next = open(cookie)
    await next.require()
    expect(commit(next, new Response()).headers.getSetCookie()).toHaveLength(1)
  })

  it('is sent if the app changed something too', async () => {
    const { open, login } = setUp(everyRequest)
    const auth = open(await login({ permanent: true }))
    await checkRequest(auth)
    await auth.session.set('cart', 1)
    const response = commit(auth, createResponse({ 'cache-control': 'public, max-age=60' }))
    expect(response.headers.getSetCookie()).toHaveLength(1)
    expect(response.headers.get('cache-control')).toBe(UNSTORED)
  })

  it.each<[string, (auth: Auth<User>) => Promise<unknown>]>([
    ['takeFlashes', (auth) => auth.takeFlashes()],
    ['logoutUser', (auth) => auth.logoutUser()],
    ['loginUser', (auth) => auth.loginUser(alice)],
  ])('does not include that of %s(), which is sent and makes a public response private', async (_, write) => {
    const { open, login } = setUp()
    const flashed = open(await login())
    await flashed.flash('Saved.')
    const auth = open(toCookieHeader(commit(flashed, new Response())))
    await write(auth)
    const response = commit(auth, createResponse({ 'cache-control': 'public, max-age=60' }))
    expect(response.headers.getSetCookie()).not.toEqual([])
    expect(response.headers.get('cache-control')).toBe(UNSTORED)
  })
})

describe('the refusals of the library', () => {
  it('have Cache-Control: private, no-store themselves', async () => {
    for (const options of [{}, { loginView: '/login' }]) {
      const auth = setUp(options).open()
      expect((await auth.unauthorized()).headers.get('cache-control')).toBe(UNSTORED)
    }
  })

  it('stay private, no-store if unauthorized() created them', async () => {
    const auth = setUp({ loginView: '/login', loginMessage: null }).open()
    expect(commit(auth, await auth.unauthorized()).headers.get('cache-control')).toBe(UNSTORED)
  })
})

describe("a guard with the option cache: 'public'", () => {
  const policy: Policy<User> = { cache: 'public' }

  it('keeps the Cache-Control of the app, and adds Vary: Cookie', async () => {
    const { open, login } = setUp()
    const auth = open(await login())
    expect((await auth.require(policy)).ok).toBe(true)
    const response = commit(
      auth,
      createResponse({ 'cache-control': 'public, s-maxage=60', 'cdn-cache-control': 'max-age=9' }),
    )
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
    const { open, login } = setUp()
    const auth = open(await login())
    await auth.require(policy)
    await read(auth)
    expect(commitCacheControl(auth, 'public, max-age=60')).toBe('private, max-age=60')
  })

  it('keeps the response private if the user was read before it', async () => {
    const { open, login } = setUp()
    const auth = open(await login())
    await auth.currentUser()
    await auth.require(policy)
    expect(commitCacheControl(auth, 'public, max-age=60')).toBe('private, max-age=60')
  })

  it('keeps a refusal private', async () => {
    const auth = setUp().open()
    const decision = await auth.require({ ...policy })
    if (decision.ok) throw new Error('The request was not refused.')
    expect(commit(auth, await decision.respond()).headers.get('cache-control')).toBe(UNSTORED)
    const other = setUp().open()
    await other.require(policy)
    expect(commitCacheControl(other, 'public, max-age=60')).toBe('private, max-age=60')
  })

  it('never sends a cookie with a public response', async () => {
    const { open, login } = setUp()
    const auth = open(await login())
    await auth.require(policy)
    await auth.flash('Hello.')
    expect(commitCacheControl(auth, 'public, max-age=60')).toBe(UNSTORED)
  })

  it('rejects any other value', () => {
    const { manager } = setUp()
    expect(() => manager.guard({ cache: 'shared' as 'public' })).toThrow(/public.*private|private.*public/)
  })
})

describe('Clear-Site-Data', () => {
  const getClearSiteData = (auth: Auth<User>, headers: Record<string, string> = {}) =>
    commit(auth, createResponse(headers)).headers.get('clear-site-data')

  it.each<[string, (auth: Auth<User>) => Promise<unknown>]>([
    ['a login', (auth) => auth.loginUser(alice)],
    ['a login as another user', (auth) => auth.loginUser({ id: 'bob' })],
    ['a logout', (auth) => auth.logoutUser()],
    ['a logout that keeps the data', (auth) => auth.logoutUser({ keepData: true })],
    ['a confirmation', (auth) => auth.confirmLogin()],
    ['a logout and another login', (auth) => auth.logoutUser().then(() => auth.loginUser({ id: 'bob' }))],
  ])('clears prefetched and prerendered pages at %s', async (_, change) => {
    const { open, login } = setUp()
    const auth = open(await login({ remember: true }))
    await change(auth)
    expect(getClearSiteData(auth)).toBe(PREPARED)
  })

  it('clears prefetched pages at a first login, and at a logout with only a remember cookie', async () => {
    const { open, login } = setUp()
    const first = open()
    await first.loginUser(alice)
    expect(getClearSiteData(first)).toBe(PREPARED)
    const remembered = open((await login({ remember: true })).split('; ')[1])
    await remembered.logoutUser()
    expect(getClearSiteData(remembered)).toBe(PREPARED)
  })

  it('clears prefetched pages if the login was revoked, expired, or used by another client', async () => {
    const revoked = setUp({ isRevoked: () => true })
    const expired = setUp({ session: { idleSeconds: 10 } })
    const otherClient = setUp({ sessionProtection: 'strong' })
    for (const { open, login, clock } of [revoked, expired, otherClient]) {
      const cookie = await login()
      clock.advance(100)
      const auth = open(cookie, { 'user-agent': 'another' })
      await auth.currentUser()
      expect(getClearSiteData(auth)).toBe(PREPARED)
    }
  })

  it.each([
    ['"cache"', `"cache", ${PREPARED}`],
    ['"cookies","storage"', `"cookies", "storage", ${PREPARED}`],
    ['"prefetchCache"', PREPARED],
    ['"*"', `"*", ${PREPARED}`],
  ])('merges %j of the app to %j', async (ofApp, merged) => {
    const auth = setUp().open()
    await auth.loginUser(alice)
    expect(getClearSiteData(auth, { 'clear-site-data': ofApp })).toBe(merged)
  })

  it.each<[string, (auth: Auth<User>) => Promise<unknown>]>([
    ['a read of the user', (auth) => auth.currentUser()],
    ['a flash message', (auth) => auth.flash('Hello.')],
    ['session data', (auth) => auth.session.set('cart', 1)],
    ['a rejected confirmation', (auth) => auth.session.set('cart', 1).then(() => auth.checkCsrf('x'))],
  ])('is not sent for %s', async (_, use) => {
    const { open, login } = setUp()
    for (const cookie of ['', await login()]) {
      const auth = open(cookie)
      await use(auth)
      expect(getClearSiteData(auth)).toBe(null)
    }
  })

  it('is not sent for a renewed session, a restored login, or a request credential without a user', async () => {
    const { open, login, clock } = setUp({
      session: { idleSeconds: 1000 },
      loginView: '/login',
      loadUserFromRequest: {
        load: (_, setReason) => {
          setReason('unknown-user')
          return null
        },
      },
    })
    const cookie = await login({ remember: true })
    clock.advance(500)
    const renewed = open(cookie)
    await renewed.currentUser()
    const restored = open(cookie.split('; ')[1])
    await restored.currentUser()
    const refused = open('', { accept: 'text/html' })
    await refused.unauthorized()
    for (const auth of [renewed, restored, refused]) {
      const response = commit(auth, new Response())
      expect([response.headers.getSetCookie().length, response.headers.get('clear-site-data')]).toEqual([1, null])
    }
  })

  it('is not sent if a logout does not change a cookie', async () => {
    const auth = setUp().open()
    await auth.logoutUser()
    expect(getClearSiteData(auth)).toBe(null)
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
    const { open, login } = setUp()
    for (const cookie of ['', await login()]) {
      const fetched = open(cookie)
      commit(fetched, new Response('stream'))
      await expect(read(fetched)).rejects.toMatchObject(error)
      const served = open(cookie)
      commitHeaders(served, new Headers())
      await expect(read(served)).rejects.toMatchObject(error)
    }
  })

  it.each(READS)('resolves if the same operation ran before: %s', async (_, read) => {
    const { open, login } = setUp()
    for (const cookie of ['', await login()]) {
      const auth = open(cookie)
      await read(auth)
      commit(auth, new Response('stream'))
      await expect(read(auth)).resolves.not.toThrow()
    }
  })

  it('rejects also if the library opened the session only for a renewal', async () => {
    const { open, login } = setUp({ session: { renew: 'everyRequest' } })
    const auth = open(await login())
    await checkRequest(auth)
    commit(auth, new Response('stream'))
    await expect(auth.currentUser()).rejects.toMatchObject(error)
  })

  it('rejects if the handler read an empty session, and a request loader would return a user', async () => {
    const { open } = setUp({ loadUserFromRequest: (request) => (request.headers.get('x-user') ? alice : null) })
    const auth = open('', { 'x-user': 'alice' })
    await auth.peekFlashes()
    const response = commit(auth, new Response('stream'))
    expect(response.headers.get('cache-control')).toBe(null)
    await expect(auth.currentUser()).rejects.toMatchObject(error)
  })

  it('rejects if a request loader reads a header that is missing in the Vary that was sent', async () => {
    const { open } = setUp({
      loadUserFromRequest: (request) => (request.headers.get('x-user') === 'alice' ? alice : null),
    })
    const auth = open('', { 'x-user': 'unknown' })
    await auth.peekFlashes()
    expect(commit(auth, new Response('stream')).headers.get('vary')).toBe('Cookie')
    await expect(auth.currentUser()).rejects.toMatchObject(error)
  })

  it('resolves if it began before, and the response has private, no-store', async () => {
    const { open, login } = setUp({ loadUser: async (id) => ({ id }) })
    const auth = open(await login())
    const reading = auth.currentUser()
    const response = commit(auth, new Response('stream'))
    expect(response.headers.get('cache-control')).toBe(UNSTORED)
    expect(response.headers.get('vary')).toBe('Cookie')
    expect(await reading).toEqual(alice)
    const anonymous = setUp({ loadUserFromRequest: async (request) => (request.headers.get('x-user') ? alice : null) })
    const late = anonymous.open('', { 'x-user': 'alice' })
    const user = late.currentUser()
    expect(commit(late, new Response('stream')).headers.get('cache-control')).toBe(UNSTORED)
    expect(await user).toEqual(alice)
  })

  it('resolves after the whole response was sent, for example for a log', async () => {
    const { open, login } = setUp()
    const auth = open(await login())
    const target = Object.assign(withoutKeys(new Headers()), { isEnded: false })
    commitHeaders(auth, target)
    await expect(auth.currentUser()).rejects.toMatchObject(error)
    target.isEnded = true
    expect(await auth.currentUser()).toEqual(alice)
  })

  it('resolves in a WebSocket, because caches do not store its handshake', async () => {
    const { open, login } = setUp()
    const auth = open(await login(), { upgrade: 'websocket' })
    commit(auth, new Response())
    expect(await auth.currentUser()).toEqual(alice)
  })

  it('has a message with the remedy', async () => {
    const auth = setUp().open()
    commit(auth, new Response())
    await expect(auth.currentUser()).rejects.toThrow('Call await currentUser()')
  })
})
