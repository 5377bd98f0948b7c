// Requests of one browser that overlap, through wrapped route handlers and the proxy.
import { type Auth, createLoginManager, type LoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import { NextRequest } from 'next/server'
import { expect, it, vi } from 'vitest'
import { nextLogin, type Route } from './index'

// Next.js gives the headers of the current request, and there is no Next.js server here.
const { current } = vi.hoisted(() => ({ current: { headers: new Headers() } }))
vi.mock('next/headers', () => ({ headers: async () => current.headers, cookies: async () => ({ set: vi.fn() }) }))

interface User {
  readonly id: string
}

const OLD = 'only for tests: 0123456789 abcdefghijklmnop'
const NEW = 'only for tests: 9876543210 ponmlkjihgfedcba'
const [SESSION, ENDED] = ['__Host-session', '__Host-session_ended']
const alice: User = { id: 'alice' }

const managerWith = (options: Partial<LoginManagerOptions<User>> = {}): LoginManager<User> =>
  createLoginManager<User>({ secrets: OLD, loadUser: (id) => ({ id }), loginView: '/login', ...options })

function browserOf(routes: Readonly<Record<string, Route<never>>>, manager: LoginManager<User>) {
  return createTestClient<User>(
    (request) => {
      current.headers = request.headers
      const route = routes[new URL(request.url).pathname.slice(1)] as Route<never>
      return route(new NextRequest(request), { params: Promise.resolve({}) } as never)
    },
    { manager },
  )
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

const who = async (_: unknown, auth: Auth<User>): Promise<Response> =>
  new Response((await auth.currentUser())?.id ?? 'anonymous')

it.each([false, true])(
  'a logout stands if the response of a slow route handler arrives after it (one that restored the login: %j)',
  async (isRestored) => {
    const [started, late] = [gate(), gate()]
    const manager = managerWith()
    const { auth } = nextLogin(manager)
    const slowly = async (_: unknown, handle: Auth<User>): Promise<Response> => {
      if (isRestored) await handle.currentUser()
      else await handle.session.set('cart', 1)
      started.open()
      await late.opened
      return new Response()
    }
    const out = async (_: unknown, handle: Auth<User>): Promise<Response> => {
      await handle.logoutUser()
      return new Response()
    }
    const browser = browserOf({ me: auth(who), slow: auth(slowly), out: auth(out) }, manager)
    await browser.loginAs(alice, { remember: true })
    if (isRestored) browser.cookies.delete(SESSION)
    const slow = browser.get('/slow')
    await started.opened
    await browser.get('/out')
    late.open()
    await slow
    expect(browser.cookies.names()).toContain(SESSION)
    expect(await (await browser.get('/me')).text()).toBe('anonymous')
    expect(browser.cookies.names()).toEqual([ENDED])
  },
)

it('the forms of two route handlers that restored the login at the same time are both accepted', async () => {
  const manager = managerWith({ csrf: 'token' })
  const { auth } = nextLogin(manager)
  const form = auth(async (_: unknown, handle: Auth<User>) => new Response(await handle.csrfToken()))
  const browser = browserOf({ form, post: auth(async () => new Response('accepted')) }, manager)
  await browser.loginAs(alice, { remember: true })
  browser.cookies.delete(SESSION)
  for (const page of await Promise.all([browser.get('/form'), browser.get('/form')])) {
    const answer = await browser.post('/post', {}, { 'x-csrf-token': await page.text() })
    expect([answer.status, await answer.text()]).toEqual([200, 'accepted'])
  }
  expect((await browser.post('/post', {}, { 'x-csrf-token': 'wrong' })).status).toBe(403)
})

it('a refusal and the proxy leave the cookie of a secret alone that this instance does not know', async () => {
  const { loginProxy, withLoginRequired } = nextLogin(managerWith())
  const secret = withLoginRequired(async () => new Response('secret'))
  const proxy = (request: NextRequest) => loginProxy(request)
  const knowing = managerWith({ secrets: { current: NEW, previous: [OLD] } })
  const browser = browserOf({ secret, proxy: proxy as never }, knowing)
  await browser.loginAs(alice)
  const session = browser.cookies.get(SESSION)
  const refused = await browser.get('/secret')
  expect([refused.status, refused.headers.get('location')]).toEqual([302, '/login?next=%2Fsecret'])
  await browser.get('/proxy')
  expect([refused.headers.getSetCookie(), browser.cookies.get(SESSION)]).toEqual([[], session])
})
