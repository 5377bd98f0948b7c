// Guards inside hono/combine. If a guard refuses, some() tries the next alternative, in any order.
import { createLoginManager } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import { Hono, type MiddlewareHandler } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
import { every, except, some } from 'hono/combine'
import { describe, expect, it } from 'vitest'
import { honoLogin } from './index'

interface User {
  readonly id: string
}

const manager = createLoginManager({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id): User => ({ id }),
  loginView: '/login',
})
const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(manager)
const token = bearerAuth({ token: 'right' })

function setUp(guard: MiddlewareHandler) {
  const ran: (string | null)[] = []
  const app = new Hono()
  app.use(loginMiddleware)
  app.use('/secret', guard)
  app.get('/secret', async (c) => {
    ran.push((await auth(c).currentUser())?.id ?? null)
    return c.text('secret')
  })
  return { ran, client: createTestClient<User>(app.fetch, { manager }) }
}

describe.each<[string, MiddlewareHandler]>([
  ['some(loginRequired(), bearerAuth())', some(loginRequired(), token)],
  ['some(bearerAuth(), loginRequired())', some(token, loginRequired())],
  ['some(freshLoginRequired(), bearerAuth())', some(freshLoginRequired(), token)],
  ['every(some(loginRequired(), bearerAuth()))', every(some(loginRequired(), token))],
  ['some(bearerAuth(), every(loginRequired()))', some(token, every(loginRequired()))],
])('%s', (_name, guard) => {
  it('accepts a login, and a token without a login', async () => {
    const { ran, client } = setUp(guard)
    const byToken = await client.get('/secret', { authorization: 'Bearer right', accept: 'application/json' })
    expect([byToken.status, ran.splice(0)]).toEqual([200, [null]])
    await client.loginAs({ id: 'alice' })
    expect([(await client.get('/secret')).status, ran.splice(0)]).toEqual([200, ['alice']])
  })

  it('refuses a request without a login and a token, and does not run a handler', async () => {
    const { ran, client } = setUp(guard)
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { accept: 'application/json' }]) {
      const { status } = await client.get('/secret', headers)
      expect([400, 401]).toContain(status === 302 || status === 303 ? 401 : status)
    }
    expect(ran).toEqual([])
  })
})

it('some() responds with the refusal of the guard if the guard is the last alternative', async () => {
  const { client } = setUp(some(token, loginRequired()))
  const page = await client.get('/secret', { accept: 'text/html', 'sec-fetch-mode': 'navigate' })
  expect([page.status, page.headers.get('location')]).toEqual([302, '/login?next=%2Fsecret'])
  const program = await client.get('/secret', { accept: 'application/json' })
  expect([program.status, program.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
})

it('every() and except() stop at the refusal of a guard', async () => {
  for (const guard of [
    every(loginRequired(), token),
    every(token, loginRequired()),
    except('/other', loginRequired()),
  ]) {
    const { ran, client } = setUp(guard)
    const { status } = await client.get('/secret', { authorization: 'Bearer right', accept: 'application/json' })
    expect([status, ran]).toEqual([401, []])
  }
})
