// A CommonJS app. TypeScript compiles these imports to `require()`, which loads ES modules in Node 20.19 and later.
import { createLoginManager, type LoginManager } from '@fetch-login/core'
import { encrypted } from '@fetch-login/core/encrypted'
import { createTestClient } from '@fetch-login/core/testing'
import { expressLogin } from '@fetch-login/express'
import { fastifyLogin } from '@fetch-login/fastify'
import { honoLogin } from '@fetch-login/hono'
import { Hono } from 'hono'

interface User {
  readonly id: string
  readonly name: string
}

const alice: User = { id: '1', name: 'Alice' }
export const manager: LoginManager<User> = createLoginManager({
  loadUser: (id) => (id === alice.id ? alice : null),
  secrets: 'a secret of the tests, with no value elsewhere',
  session: { codec: encrypted() },
})
const { loginMiddleware, loginRequired } = honoLogin(manager)
export const app = new Hono()
app.use(loginMiddleware)
app.get('/', loginRequired(), (c) => c.text(`Hello ${c.var.user.name}`))

export async function greeting(): Promise<string> {
  const client = createTestClient<User>((request) => app.fetch(request), { manager })
  await client.loginAs(alice)
  return (await client.get('/')).text()
}

export const others = [expressLogin(manager), fastifyLogin(manager)]
