import { createTestClient, type TestClient } from '@fetch-login/core/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { createApp, type Tenant } from './tenants'

const PASSWORD = 'through the looking-glass'

let app: ReturnType<typeof createApp>

function createTenant(id: string, name: string): Tenant {
  const user = { id: '1', name }
  return {
    id,
    users: {
      find: async (id) => (id === user.id ? user : undefined),
      check: async (userName, password) => (userName === name && password === PASSWORD ? user : undefined),
    },
  }
}

beforeEach(() => {
  const tenants = new Map([
    ['north.test', createTenant('north', 'Nora')],
    ['south.test', createTenant('south', 'Sam')],
  ])
  app = createApp({ secret: 'a secret of the tests, with no value elsewhere', tenants })
})

const createBrowser = (host: string): TestClient =>
  createTestClient((request) => app.fetch(request), { origin: `https://${host}` })

async function logIn(host: string, name: string): Promise<TestClient> {
  const browser = createBrowser(host)
  expect((await browser.post('/login', { name, password: PASSWORD })).status).toBe(303)
  return browser
}

describe('two tenants with a user of the same id', () => {
  it('log in only their own users', async () => {
    expect(await (await (await logIn('north.test', 'Nora')).get('/')).text()).toBe('Hello Nora')
    expect(await (await (await logIn('south.test', 'Sam')).get('/')).text()).toBe('Hello Sam')
    expect((await createBrowser('south.test').post('/login', { name: 'Nora', password: PASSWORD })).status).toBe(403)
  })

  it('refuse the cookie of the other tenant, with a reason', async () => {
    const north = await logIn('north.test', 'Nora')
    const south = createBrowser('south.test')
    for (const name of north.cookies.names()) south.cookies.set(name, north.cookies.get(name) ?? '')
    const { reason } = (await (await south.get('/why')).json()) as { reason: string }
    expect(reason).toMatch(/^(bad-signature|unknown-key)$/)
    expect((await south.get('/')).status).toBe(302)
    expect(await (await north.get('/')).text()).toBe('Hello Nora')
  })
})

describe('a request for a host without a tenant', () => {
  it.each(['evil.test', 'constructor', '__proto__', 'north.test.evil.test', 'north.test:444'])(
    'receives 404 and no cookie: %s',
    async (host) => {
      const north = await logIn('north.test', 'Nora')
      const cookie = north.cookies
        .names()
        .map((name) => `${name}=${north.cookies.get(name)}`)
        .join('; ')
      const response = await app.fetch(new Request('https://north.test/', { headers: { host, cookie } }))
      expect([response.status, response.headers.getSetCookie()]).toEqual([404, []])
    },
  )
})
