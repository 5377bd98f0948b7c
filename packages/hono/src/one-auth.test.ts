// One Auth object for each request and manager, whichever middleware opens it.
import { createLoginManager, withLogin } from '@fetch-login/core'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { honoLogin } from './index'

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const clock = createTestClock(1_800_000_000)
const manager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  session: { renew: 'everyRequest' },
  remember: { renew: 'everyRequest' },
  clock,
})
const [one, two] = [honoLogin(manager), honoLogin(manager)]

const createInnerApp = (): Hono =>
  new Hono()
    .use(two.loginMiddleware)
    .post('/in', async (c) => c.text(String(await two.auth(c).loginUser(alice, { remember: true }))))
    .post('/out', async (c) => {
      await two.auth(c).logoutUser()
      return c.text('out')
    }) as unknown as Hono

const apps: [string, (request: Request) => Response | Promise<Response>][] = [
  [
    'two middlewares of one manager',
    (request) => new Hono().use(one.loginMiddleware).route('/', createInnerApp()).fetch(request),
  ],
  ['a mounted app', (request) => new Hono().use(one.loginMiddleware).mount('/', createInnerApp().fetch).fetch(request)],
  ['withLogin around an app', withLogin(manager, (request) => createInnerApp().fetch(request))],
]

describe.each(apps)('%s', (_, app) => {
  it('keeps an inner login and an inner logout, and sets each cookie once', async () => {
    const client = createTestClient<User>(app, { manager, clock })
    const entered = await client.post('/in')
    expect(entered.headers.getSetCookie()).toHaveLength(2)
    await client.loginAs(alice, { remember: true, permanent: true })
    clock.advance(20_000)
    const left = await client.post('/out')
    const lines = left.headers.getSetCookie()
    expect(lines).toHaveLength(3)
    expect(lines.filter((line) => line.includes('Max-Age=0'))).toHaveLength(2)
    expect(client.cookies.names()).toEqual(['__Host-session_ended'])
  })

  it('serves the same Request object twice', async () => {
    const request = new Request('https://app.test/in', { method: 'POST' })
    for (let time = 0; time < 2; time++) expect((await app(request)).headers.getSetCookie()).toHaveLength(2)
  })
})

it('keeps the cookies of the app beside those of two Auth objects', async () => {
  const app = new Hono().use(one.loginMiddleware).mount('/', async (request) => {
    const response = await createInnerApp().fetch(request)
    response.headers.append('set-cookie', 'theme=dark; Path=/')
    return response
  })
  const client = createTestClient<User>((request) => app.fetch(request), { manager, clock })
  await client.loginAs(alice, { remember: true })
  expect((await client.post('/out')).headers.getSetCookie()).toContain('theme=dark; Path=/')
})
