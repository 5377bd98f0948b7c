// One Auth object for each request and manager, whichever module opens it.
import { createLoginManager } from '@fetch-login/core'
import Fastify from 'fastify'
import { expect, it } from 'vitest'
import { fastifyLogin } from './index'

const manager = createLoginManager<{ readonly id: string }>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  session: { renew: 'everyRequest' },
  remember: { renew: 'everyRequest' },
})
const [one, two] = [fastifyLogin(manager), fastifyLogin(manager, { property: 'other' })]

it('two plugins of one manager keep a logout, and set each cookie once', async () => {
  const app = Fastify()
  await app.register(one.loginPlugin)
  await app.register(two.loginPlugin)
  app.post('/in', async (request) => two.auth(request).loginUser({ id: 'alice' }, { remember: true, permanent: true }))
  app.post('/out', async (request, reply) => {
    expect(one.auth(request)).toBe(two.auth(request))
    await two.auth(request).logoutUser()
    return reply.header('set-cookie', 'theme=dark').send('out')
  })
  const toLines = (value: unknown): string[] => [value].flat() as string[]
  const entered = toLines((await app.inject({ method: 'POST', url: '/in' })).headers['set-cookie'])
  expect(entered).toHaveLength(2)
  const cookie = entered.map((line) => line.split(';')[0]).join('; ')
  const left = toLines((await app.inject({ method: 'POST', url: '/out', headers: { cookie } })).headers['set-cookie'])
  expect(left).toHaveLength(4)
  expect(left.filter((line) => line.includes('Max-Age=0'))).toHaveLength(2)
  await app.close()
})
