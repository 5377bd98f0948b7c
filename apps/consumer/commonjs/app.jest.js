/* global test, expect */
const { createLoginManager } = require('@fetch-login/core')
const { createTestClient } = require('@fetch-login/core/testing')
const { honoLogin } = require('@fetch-login/hono')
const { Hono } = require('hono')

const alice = { id: '1', name: 'Alice' }

test('a login works in Jest, with a secret of its realm', async () => {
  const secrets = new TextEncoder().encode('a secret of the tests, with no value elsewhere')
  const manager = createLoginManager({ loadUser: () => alice, secrets })
  const { loginMiddleware, loginRequired } = honoLogin(manager)
  const app = new Hono().use(loginMiddleware).get('/', loginRequired(), (c) => c.text(`Hello ${c.var.user.name}`))
  const client = createTestClient((request) => app.fetch(request), { manager })
  expect((await client.get('/')).status).toBe(401)
  await client.loginAs(alice)
  expect(await (await client.get('/')).text()).toBe('Hello Alice')
})
