// Beside @fetch-login/fastify: @fastify/cookie, the plugin that most apps have for their own cookies. Whichever is registered
// first, and wherever it reads: no cookie is lost, doubled or changed.
import cookie, { type FastifyCookieOptions } from '@fastify/cookie'
import { createLoginManager } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../testing/quiet'
import { type Served, served } from '../testing/served'
import { fastifyLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const manager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => (id === alice.id ? alice : null),
  loginView: '/login',
})
const { loginPlugin, loginRequired, auth } = fastifyLogin(manager)

const browserOf = ({ fetch, origin }: Served) => createTestClient<User>(fetch, { manager, origin })
const namesOf = (cookies: readonly string[]): string[] =>
  cookies.map((line) => line.slice(0, line.indexOf('='))).toSorted()
const BOTH = ['__Host-remember_token', '__Host-session']

type Order = 'login first' | 'cookie first'

async function created(order: Order, hook: FastifyCookieOptions['hook']): Promise<FastifyInstance> {
  const app = Fastify()
  const own = { secret: 'a secret of the app for its own cookies', ...(hook !== undefined && { hook }) }
  if (order === 'login first') await app.register(loginPlugin)
  await app.register(cookie, own)
  if (order === 'cookie first') await app.register(loginPlugin)
  return app
}

const ORDERS: readonly Order[] = ['login first', 'cookie first']
const HOOKS = [undefined, 'onRequest', 'preParsing', 'preValidation', 'preHandler', false] as const

describe.each(ORDERS.flatMap((order) => HOOKS.map((hook) => [order, hook] as const)))('%s, hook: %s', (order, hook) => {
  it('cookies of the app that were set before and after the login stand beside it', async () => {
    const app = await created(order, hook)
    app.get('/', async (request, reply) => {
      reply.setCookie('before', 'one two', { path: '/' })
      await auth(request).loginUser(alice, { remember: true })
      reply.setCookie('after', '2', { path: '/', httpOnly: true }).header('set-cookie', 'plain=3')
      return 'in'
    })
    const { cookies, headers } = await (await served(app, 'by inject')).ask('/')
    expect(namesOf(cookies)).toEqual([...BOTH, 'after', 'before', 'plain'])
    expect(cookies).toContain('before=one%20two; Path=/; SameSite=Lax')
    expect(headers.get('cache-control')).toBe('private, no-store')
    expect(headers.get('vary')).toBe('Cookie')
  })

  it('keeps cookies that onSend hooks set before or after the commit', async () => {
    const app = await created(order, hook)
    app.addHook('onSend', async (_request, reply) => void reply.setCookie('late', '1'))
    app.get('/', async (request) => {
      await auth(request).loginUser(alice)
      return 'in'
    })
    const { cookies } = await (await served(app, 'by inject')).ask('/')
    // With `hook: false` the other plugin writes no cookie that comes so late, with us or without.
    expect(namesOf(cookies)).toEqual(['__Host-session', ...(hook === false ? [] : ['late'])])
  })

  it('one cookie of each, with the error of the handler too', async () => {
    const app = await created(order, hook)
    app.get('/', async (request, reply) => {
      await auth(request).loginUser(alice)
      reply.setCookie('own', '1')
      throw new Error('after both')
    })
    const { status, cookies } = await (await served(app, 'by inject')).ask('/')
    expect([status, namesOf(cookies)]).toEqual([500, ['__Host-session', 'own']])
  })

  it('request.cookies shows ours as it came, and signed cookies come back', async () => {
    const app = await created(order, hook)
    app.get('/login', async (request, reply) => {
      await auth(request).loginUser(alice, { remember: true })
      return reply.setCookie('signed', 'value', { signed: true, path: '/' }).send('in')
    })
    app.get('/', { preHandler: loginRequired() }, async (request, reply) => {
      // With `hook: false` nothing parses but a look at the reply's cookies.
      if (hook === false) request.cookies = app.parseCookie(request.headers.cookie ?? '')
      const { cookies } = request
      const { valid, value } = reply.unsignCookie(cookies.signed ?? '')
      return { user: auth(request).user.id, session: cookies['__Host-session'], signed: [valid, value] }
    })
    const browser = browserOf(await served(app, 'by inject'))
    await browser.get('/login')
    const session = browser.cookies.get('__Host-session')
    const answer = await browser.get('/')
    expect(await answer.json()).toEqual({ user: 'alice', session, signed: [true, 'value'] })
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  it('clearCookie() clears the cookie that the app names, and a logout clears those of the login', async () => {
    const app = await created(order, hook)
    app.get('/login', async (request, reply) => {
      await auth(request).loginUser(alice, { remember: true })
      return reply.setCookie('own', '1', { path: '/' }).send('in')
    })
    app.get('/clear', async (_request, reply) => reply.clearCookie('own', { path: '/' }).send('cleared'))
    app.get('/forget', async (_request, reply) =>
      reply.clearCookie('__Host-session', { path: '/', secure: true }).send('forgot'),
    )
    app.get('/logout', async (request, reply) => {
      await auth(request).logoutUser()
      return reply.clearCookie('own', { path: '/' }).send('out')
    })
    const browser = browserOf(await served(app, 'by inject'))
    await browser.get('/login')
    expect(browser.cookies.names().toSorted()).toEqual([...BOTH, 'own'])
    await browser.get('/clear')
    expect(browser.cookies.names().toSorted()).toEqual(BOTH)
    await browser.get('/forget')
    expect(browser.cookies.names()).toEqual(['__Host-remember_token'])
    await browser.get('/login')
    await browser.get('/logout')
    expect(browser.cookies.names()).toEqual(['__Host-session_ended'])
  })

  it('a request that uses neither receives no cookie and no Vary', async () => {
    const app = await created(order, hook)
    app.get('/', () => 'open')
    const { cookies, headers } = await (await served(app, 'by inject')).ask('/', { headers: { cookie: 'a=1' } })
    expect([cookies, headers.get('vary')]).toEqual([[], null])
  })
})

it('over HTTP it is the same: each cookie on a line of its own', async () => {
  const app = await created('login first', 'onRequest')
  app.get('/', async (request, reply) => {
    reply.setCookie('before', '1')
    await auth(request).loginUser(alice, { remember: true })
    return reply.setCookie('after', '2').redirect('/next')
  })
  const { status, cookies } = await (await served(app)).ask('/')
  expect([status, namesOf(cookies)]).toEqual([302, [...BOTH, 'after', 'before']])
})
