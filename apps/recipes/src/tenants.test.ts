import { createTestClient, type TestClient } from '@fetch-login/core/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { createApp, type Tenant } from './tenants'

const PASSWORD = 'through the looking-glass'

let app: ReturnType<typeof createApp>

function tenant(id: string, name: string): Tenant {
  const user = { id: '1', name }
  return {
    id,
    users: {
      find: async (id) => (id === user.id ? user : undefined),
      check: async (given, password) => (given === name && password === PASSWORD ? user : undefined),
    },
  }
}

beforeEach(() => {
  const tenants = new Map([
    ['north.test', tenant('north', 'Nora')],
    ['south.test', tenant('south', 'Sam')],
  ])
  app = createApp({ secret: 'a secret of the tests, with no value elsewhere', tenants })
})

const browserAt = (host: string): TestClient =>
  createTestClient((request) => app.fetch(request), { origin: `https://${host}` })

async function loggedIn(host: string, name: string): Promise<TestClient> {
  const browser = browserAt(host)
  expect((await browser.post('/login', { name, password: PASSWORD })).status).toBe(303)
  return browser
}

describe('two tenants with a user of the same id', () => {
  it('each log in their own user', async () => {
    expect(await (await (await loggedIn('north.test', 'Nora')).get('/')).text()).toBe('Hello Nora')
    expect(await (await (await loggedIn('south.test', 'Sam')).get('/')).text()).toBe('Hello Sam')
    expect((await browserAt('south.test').post('/login', { name: 'Nora', password: PASSWORD })).status).toBe(403)
  })

  it('refuse the cookie of the other, and name the reason', async () => {
    const north = await loggedIn('north.test', 'Nora')
    const south = browserAt('south.test')
    for (const name of north.cookies.names()) south.cookies.set(name, north.cookies.get(name) ?? '')
    const { reason } = (await (await south.get('/why')).json()) as { reason: string }
    expect(reason).toMatch(/^(bad-signature|unknown-key)$/)
    expect((await south.get('/')).status).toBe(302)
    expect(await (await north.get('/')).text()).toBe('Hello Nora')
  })
})

describe('a host that is no tenant', () => {
  it.each(['evil.test', 'constructor', '__proto__', 'north.test.evil.test', 'north.test:444'])(
    'gets 404 and sets no cookie: %s',
    async (host) => {
      const north = await loggedIn('north.test', 'Nora')
      const cookie = north.cookies
        .names()
        .map((name) => `${name}=${north.cookies.get(name)}`)
        .join('; ')
      const answer = await app.fetch(new Request('https://north.test/', { headers: { host, cookie } }))
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([404, []])
    },
  )
})
