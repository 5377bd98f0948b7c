import { createTestClient, type TestClient } from '@fetch-login/core/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { createApp, type Result } from './form-post'

const alice = { id: '1', name: 'Alice' }
/** The headers of a form that another site submits. The browser sends no cookie with SameSite=Lax. */
const CROSS_SITE = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', origin: 'https://provider.test' }

let app: ReturnType<typeof createApp>
let browser: TestClient
let redeemed: string[]

beforeEach(() => {
  redeemed = []
  const kept = new Map<string, Result>()
  app = createApp({
    secret: 'a secret of the tests, with no value elsewhere',
    users: { find: async (id) => (id === alice.id ? alice : undefined) },
    provider: {
      loginUrl: (state) => `https://provider.test/authorize?response_mode=form_post&state=${state}`,
      redeem: async (code) => {
        redeemed.push(code)
        return code === 'good' ? alice : undefined
      },
    },
    results: {
      put: async (result) => {
        const key = crypto.randomUUID()
        kept.set(key, result)
        return key
      },
      take: async (key) => {
        const result = kept.get(key)
        kept.delete(key)
        return result
      },
    },
  })
  browser = createTestClient((request) => app.fetch(request))
})

const post = (path: string, form: Record<string, string>, headers = CROSS_SITE): Promise<Response> =>
  Promise.resolve(
    app.fetch(new Request(`https://app.test${path}`, { method: 'POST', headers, body: new URLSearchParams(form) })),
  )

async function beginLogin(path = '/login'): Promise<string> {
  const location = (await browser.get(path)).headers.get('location') ?? ''
  return new URL(location).searchParams.get('state') ?? ''
}

async function followRedirect(response: Response): Promise<Response> {
  expect(response.status).toBe(303)
  return browser.get(response.headers.get('location') ?? '')
}

describe('login with form_post', () => {
  it('logs the browser in that began the login, and redirects it to the requested page', async () => {
    const state = await beginLogin('/login?next=/%3Fa')
    const done = await followRedirect(await post('/callback', { state, code: 'good' }))
    expect(done.headers.get('location')).toBe('/?a')
    expect(await (await browser.get('/')).text()).toBe('Hello Alice')
  })

  it('the route that accepts forms of any site logs no user in and sets no cookie', async () => {
    const response = await post('/callback', { state: await beginLogin(), code: 'good' })
    expect(response.headers.getSetCookie()).toEqual([])
    expect(redeemed).toEqual([])
  })

  it('refuses the result in a browser that did not begin the login (login CSRF), and does not redeem the code', async () => {
    await beginLogin()
    const response = await followRedirect(await post('/callback', { state: 'of-the-attacker', code: 'good' }))
    expect([response.status, redeemed]).toEqual([400, []])
  })

  it('refuses a second use of the same state and of the same key', async () => {
    const state = await beginLogin()
    const response = await post('/callback', { state, code: 'good' })
    expect((await followRedirect(response)).status).toBe(303)
    expect((await followRedirect(response)).status).toBe(400)
    expect((await followRedirect(await post('/callback', { state, code: 'good' }))).status).toBe(400)
  })

  it('refuses the login if the provider refuses the code', async () => {
    expect((await followRedirect(await post('/callback', { state: await beginLogin(), code: 'bad' }))).status).toBe(403)
  })
})

describe('the CSRF check of form_post', () => {
  it.each(['/other', '/callback/', '/Callback', '/x/../callback/', '/%63allback'])(
    'refuses a form of another site to %s',
    async (path) => {
      expect((await post(path, { state: 's', code: 'good' })).status).toBe(403)
    },
  )

  it('accepts a form of this app to another route', async () => {
    expect((await post('/other', {}, { 'sec-fetch-site': 'same-origin' } as never)).status).toBe(200)
  })
})
