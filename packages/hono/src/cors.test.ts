// OPTIONS behind guards, and CORS in front of them.
import { createLoginManager } from '@fetch-login/core'
import { commit } from '@fetch-login/core/adapter'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { describe, expect, it } from 'vitest'
import { honoLogin } from './index'

interface User {
  readonly id: string
}

const options = { secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR', loadUser: (id: string): User => ({ id }) }
const CLIENT = 'https://client.test'
const PREFLIGHT = {
  method: 'OPTIONS',
  headers: { origin: CLIENT, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-own' },
}

describe('a route for all methods behind a guard', () => {
  const { loginMiddleware, loginRequired, auth } = honoLogin(createLoginManager(options))
  const ran: string[] = []
  const app = new Hono()
  app.use(loginMiddleware)
  app.all('/secret', loginRequired(), (c) => {
    ran.push(c.var.user.id)
    return c.text(auth(c).user.id)
  })

  it('refuses OPTIONS without a login with 401 and does not run a handler, a CORS preflight included', async () => {
    for (const init of [{ method: 'OPTIONS' }, PREFLIGHT]) expect((await app.request('/secret', init)).status).toBe(401)
    expect(ran).toEqual([])
  })

  it('runs its handler with the user for an OPTIONS request with a login', async () => {
    const opened = createLoginManager(options).open(new Request('https://app.test/'))
    await opened.loginUser({ id: 'alice' })
    const cookie = commit(opened, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const response = await app.request('/secret', { method: 'OPTIONS', headers: { cookie } })
    expect([response.status, await response.text(), ran.splice(0)]).toEqual([200, 'alice', ['alice']])
  })
})

describe('cors() in front of the guards', () => {
  const { loginMiddleware, loginRequired } = honoLogin(createLoginManager(options))
  const ran: string[] = []
  const app = new Hono()
  app.use(cors({ origin: CLIENT, credentials: true, allowMethods: ['GET', 'PUT'] }))
  app.use(loginMiddleware)
  app.use(loginRequired())
  app.all('/secret', (c) => {
    ran.push('secret')
    return c.text('secret')
  })

  it('responds to a preflight without a login, and no handler runs', async () => {
    const response = await app.request('/secret', PREFLIGHT)
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe(CLIENT)
    expect(response.headers.get('access-control-allow-methods')).toBe('GET,PUT')
    expect(ran).toEqual([])
  })

  it('sets its headers on the refusal of a guard, so that a script of the client can read it', async () => {
    const response = await app.request('/secret', { headers: { origin: CLIENT } })
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([401, CLIENT])
  })
})

it('exemptMethods lets OPTIONS through without a user, as Flask-Login does', async () => {
  const { loginMiddleware, loginRequired } = honoLogin(createLoginManager({ ...options, exemptMethods: ['OPTIONS'] }))
  const app = new Hono()
  app.use(loginMiddleware)
  app.all('/secret', loginRequired(), (c) => c.text(c.var.user?.id ?? 'anonymous'))
  expect(await (await app.request('/secret', { method: 'OPTIONS' })).text()).toBe('anonymous')
  expect((await app.request('/secret')).status).toBe(401)
})
