import { createTestClient, type TestClient } from '@fetch-login/core/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { createApp, type Result } from './form-post'

const alice = { id: '1', name: 'Alice' }
/** What a browser sends with a form of another site: no cookie that is SameSite=Lax. */
const FOREIGN = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', origin: 'https://provider.test' }

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
      address: (state) => `https://provider.test/authorize?response_mode=form_post&state=${state}`,
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

const post = (path: string, form: Record<string, string>, headers = FOREIGN): Promise<Response> =>
  Promise.resolve(
    app.fetch(new Request(`https://app.test${path}`, { method: 'POST', headers, body: new URLSearchParams(form) })),
  )

async function begun(path = '/login'): Promise<string> {
  const location = (await browser.get(path)).headers.get('location') ?? ''
  return new URL(location).searchParams.get('state') ?? ''
}

async function finish(answer: Response): Promise<Response> {
  expect(answer.status).toBe(303)
  return browser.get(answer.headers.get('location') ?? '')
}

describe('a login whose result another site sends as a form', () => {
  it('logs in the browser that began it, and brings it back to the page that was asked for', async () => {
    const state = await begun('/login?next=/%3Fa')
    const done = await finish(await post('/callback', { state, code: 'good' }))
    expect(done.headers.get('location')).toBe('/?a')
    expect(await (await browser.get('/')).text()).toBe('Hello Alice')
  })

  it('logs nobody in at the route that any site may send to', async () => {
    const answer = await post('/callback', { state: await begun(), code: 'good' })
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(redeemed).toEqual([])
  })

  it('is refused to a browser that did not begin it (login CSRF), and its code is not redeemed', async () => {
    await begun()
    const answer = await finish(await post('/callback', { state: 'of-the-attacker', code: 'good' }))
    expect([answer.status, redeemed]).toEqual([400, []])
  })

  it('is refused the second time, with the same state and with the same key', async () => {
    const state = await begun()
    const answer = await post('/callback', { state, code: 'good' })
    expect((await finish(answer)).status).toBe(303)
    expect((await finish(answer)).status).toBe(400)
    expect((await finish(await post('/callback', { state, code: 'good' }))).status).toBe(400)
  })

  it('is refused if the provider refuses the code', async () => {
    expect((await finish(await post('/callback', { state: await begun(), code: 'bad' }))).status).toBe(403)
  })
})

describe('every other route, and every other spelling of this one', () => {
  it.each(['/other', '/callback/', '/Callback', '/x/../callback/', '/%63allback'])(
    'is refused to other sites: %s',
    async (path) => {
      expect((await post(path, { state: 's', code: 'good' })).status).toBe(403)
    },
  )

  it('is open to pages of this app', async () => {
    expect((await post('/other', {}, { 'sec-fetch-site': 'same-origin' } as never)).status).toBe(200)
  })
})
