// A hook that changes the method after loginPlugin. The CSRF check received a GET, and the guard receives a DELETE.
import { createLoginManager } from '@fetch-login/core'
import { commit } from '@fetch-login/core/adapter'
import Fastify from 'fastify'
import { expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { fastifyLogin } from './index'

expectQuietProcess()

const manager = createLoginManager({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id): { id: string } => ({ id }),
})

it('refuses a cross-site GET that a hook turned into a DELETE with 403, and lets one of the same origin pass', async () => {
  const { loginPlugin, loginRequired, auth } = fastifyLogin(manager)
  const app = Fastify()
  await app.register(loginPlugin)
  app.addHook('onRequest', async (request) => {
    request.raw.method = 'DELETE'
  })
  app.get('/account', { preHandler: loginRequired() }, async (request) => auth(request).user.id)
  const opened = manager.open(new Request('http://app.test/'))
  await opened.loginUser({ id: 'alice' })
  const cookie = commit(opened, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const send = async (site: string) => {
    const headers = { cookie, 'sec-fetch-site': site, host: 'app.test' }
    const { statusCode, body } = await app.inject({ url: '/account', headers })
    return [statusCode, statusCode === 200 ? body : '']
  }
  expect(await send('cross-site')).toEqual([403, ''])
  expect(await send('same-origin')).toEqual([200, 'alice'])
  await app.close()
})

it('refuses a logout by a cross-site GET that a hook turned into a POST on a route without a guard', async () => {
  const { loginPlugin, auth } = fastifyLogin(manager)
  const app = Fastify()
  await app.register(loginPlugin)
  app.addHook('onRequest', async (request) => {
    request.raw.method = 'POST'
  })
  app.get('/logout', async (request) => {
    await auth(request).logoutUser()
    return 'logged out'
  })
  const opened = manager.open(new Request('http://app.test/'))
  await opened.loginUser({ id: 'alice' })
  const cookie = commit(opened, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const send = async (site: string) => {
    const headers = { cookie, 'sec-fetch-site': site, host: 'app.test' }
    const response = await app.inject({ url: '/logout', headers })
    return [response.statusCode, response.headers['set-cookie'] === undefined]
  }
  expect(await send('cross-site')).toEqual([500, true])
  expect(await send('same-origin')).toEqual([200, false])
  await app.close()
})
