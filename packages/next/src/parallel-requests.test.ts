// Requests of one browser that overlap, through wrapped route handlers and the proxy.
import { type Auth, createLoginManager, type LoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import { NextRequest } from 'next/server'
import { expect, it, vi } from 'vitest'
import { nextLogin, type Route } from './index'

// Replaces Next.js, which would provide the headers of the current request.
const { current } = vi.hoisted(() => ({ current: { headers: new Headers() } }))
vi.mock('next/headers', () => ({ headers: async () => current.headers, cookies: async () => ({ set: vi.fn() }) }))

interface User {
  readonly id: string
}

const OLD = 'only for tests: 0123456789 abcdefghijklmnop'
const NEW = 'only for tests: 9876543210 ponmlkjihgfedcba'
const [SESSION, ENDED] = ['__Host-session', '__Host-session_ended']
const alice: User = { id: 'alice' }

const createManager = (options: Partial<LoginManagerOptions<User>> = {}): LoginManager<User> =>
  createLoginManager<User>({ secrets: OLD, loadUser: (id) => ({ id }), loginView: '/login', ...options })

function createBrowser(routes: Readonly<Record<string, Route<never>>>, manager: LoginManager<User>) {
  return createTestClient<User>(
    (request) => {
      current.headers = request.headers
      const route = routes[new URL(request.url).pathname.slice(1)] as Route<never>
      return route(new NextRequest(request), { params: Promise.resolve({}) } as never)
    },
    { manager },
  )
}

/** Creates a promise, and the function that resolves it. */
function createDeferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

const showUser = async (_: unknown, auth: Auth<User>): Promise<Response> =>
  new Response((await auth.currentUser())?.id ?? 'anonymous')

it.each([false, true])(
  'a logout stays in effect if a slow route handler responds after it (and restored the login: %j)',
  async (isRestored) => {
    const [started, late] = [createDeferred(), createDeferred()]
    const manager = createManager()
    const { auth } = nextLogin(manager)
    const respondLate = async (_: unknown, current: Auth<User>): Promise<Response> => {
      if (isRestored) await current.currentUser()
      else await current.session.set('cart', 1)
      started.resolve()
      await late.promise
      return new Response()
    }
    const out = async (_: unknown, current: Auth<User>): Promise<Response> => {
      await current.logoutUser()
      return new Response()
    }
    const browser = createBrowser({ me: auth(showUser), slow: auth(respondLate), out: auth(out) }, manager)
    await browser.loginAs(alice, { remember: true })
    if (isRestored) browser.cookies.delete(SESSION)
    const slow = browser.get('/slow')
    await started.promise
    await browser.get('/out')
    late.resolve()
    await slow
    expect(browser.cookies.names()).toContain(SESSION)
    expect(await (await browser.get('/me')).text()).toBe('anonymous')
    expect(browser.cookies.names()).toEqual([ENDED])
  },
)

it('the CSRF tokens of two route handlers that restored the login in parallel are both accepted', async () => {
  const manager = createManager({ csrf: 'token' })
  const { auth } = nextLogin(manager)
  const form = auth(async (_: unknown, current: Auth<User>) => new Response(await current.csrfToken()))
  const browser = createBrowser({ form, post: auth(async () => new Response('accepted')) }, manager)
  await browser.loginAs(alice, { remember: true })
  browser.cookies.delete(SESSION)
  for (const page of await Promise.all([browser.get('/form'), browser.get('/form')])) {
    const response = await browser.post('/post', {}, { 'x-csrf-token': await page.text() })
    expect([response.status, await response.text()]).toEqual([200, 'accepted'])
  }
  expect((await browser.post('/post', {}, { 'x-csrf-token': 'wrong' })).status).toBe(403)
})

it('a refusal and the proxy keep a session cookie that this instance cannot verify', async () => {
  const { loginProxy, withLoginRequired } = nextLogin(createManager())
  const secret = withLoginRequired(async () => new Response('secret'))
  const proxy = (request: NextRequest) => loginProxy(request)
  const knowing = createManager({ secrets: { current: NEW, previous: [OLD] } })
  const browser = createBrowser({ secret, proxy: proxy as never }, knowing)
  await browser.loginAs(alice)
  const session = browser.cookies.get(SESSION)
  const refused = await browser.get('/secret')
  expect([refused.status, refused.headers.get('location')]).toEqual([302, '/login?next=%2Fsecret'])
  await browser.get('/proxy')
  expect([refused.headers.getSetCookie(), browser.cookies.get(SESSION)]).toEqual([[], session])
})
