// An app with @fetch-login/fastify and @fastify/cookie, in any order and with any hook. No cookie is lost, duplicated or
// changed.
import cookie, { type FastifyCookieOptions } from '@fastify/cookie'
import { createLoginManager } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { type ServedApp, serve } from '../testing/served'
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

const createBrowser = ({ fetch, origin }: ServedApp) => createTestClient<User>(fetch, { manager, origin })
const getCookieNames = (cookies: readonly string[]): string[] =>
  cookies.map((line) => line.slice(0, line.indexOf('='))).toSorted()
const BOTH = ['__Host-remember_token', '__Host-session']

type Order = 'login first' | 'cookie first'

async function createApp(order: Order, hook: FastifyCookieOptions['hook']): Promise<FastifyInstance> {
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
  it('a response has the cookies of a login, and those that the app set before and after it', async () => {
    const app = await createApp(order, hook)
    app.get('/', async (request, reply) => {
      reply.setCookie('before', 'one two', { path: '/' })
      await auth(request).loginUser(alice, { remember: true })
      reply.setCookie('after', '2', { path: '/', httpOnly: true }).header('set-cookie', 'plain=3')
      return 'in'
    })
    const { cookies, headers } = await (await serve(app, 'by inject')).send('/')
    expect(getCookieNames(cookies)).toEqual([...BOTH, 'after', 'before', 'plain'])
    expect(cookies).toContain('before=one%20two; Path=/; SameSite=Lax')
    expect(headers.get('cache-control')).toBe('private, no-store')
    expect(headers.get('vary')).toBe('Cookie')
  })

  it('a response has the cookies that onSend hooks set before or after the commit', async () => {
    const app = await createApp(order, hook)
    app.addHook('onSend', async (_request, reply) => void reply.setCookie('late', '1'))
    app.get('/', async (request) => {
      await auth(request).loginUser(alice)
      return 'in'
    })
    const { cookies } = await (await serve(app, 'by inject')).send('/')
    // With `hook: false` @fastify/cookie does not write cookies of an onSend hook, also without this plugin.
    expect(getCookieNames(cookies)).toEqual(['__Host-session', ...(hook === false ? [] : ['late'])])
  })

  it('an error response sets the cookies of the login and of the app once', async () => {
    const app = await createApp(order, hook)
    app.get('/', async (request, reply) => {
      await auth(request).loginUser(alice)
      reply.setCookie('own', '1')
      throw new Error('after both')
    })
    const { status, cookies } = await (await serve(app, 'by inject')).send('/')
    expect([status, getCookieNames(cookies)]).toEqual([500, ['__Host-session', 'own']])
  })

  it('request.cookies contains the session cookie unchanged, and signed cookies of the app stay valid', async () => {
    const app = await createApp(order, hook)
    app.get('/login', async (request, reply) => {
      await auth(request).loginUser(alice, { remember: true })
      return reply.setCookie('signed', 'value', { signed: true, path: '/' }).send('in')
    })
    app.get('/', { preHandler: loginRequired() }, async (request, reply) => {
      // With `hook: false` @fastify/cookie does not parse the cookies of the request.
      if (hook === false) request.cookies = app.parseCookie(request.headers.cookie ?? '')
      const { cookies } = request
      const { valid, value } = reply.unsignCookie(cookies.signed ?? '')
      return { user: auth(request).user.id, session: cookies['__Host-session'], signed: [valid, value] }
    })
    const browser = createBrowser(await serve(app, 'by inject'))
    await browser.get('/login')
    const session = browser.cookies.get('__Host-session')
    const response = await browser.get('/')
    expect(await response.json()).toEqual({ user: 'alice', session, signed: [true, 'value'] })
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('clearCookie() clears the cookie that the app names, and a logout clears those of the login', async () => {
    const app = await createApp(order, hook)
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
    const browser = createBrowser(await serve(app, 'by inject'))
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

  it('a request that uses neither receives neither a cookie nor Vary', async () => {
    const app = await createApp(order, hook)
    app.get('/', () => 'open')
    const { cookies, headers } = await (await serve(app, 'by inject')).send('/', { headers: { cookie: 'a=1' } })
    expect([cookies, headers.get('vary')]).toEqual([[], null])
  })
})

it('a response over HTTP has each cookie of the login and of @fastify/cookie in a separate header', async () => {
  const app = await createApp('login first', 'onRequest')
  app.get('/', async (request, reply) => {
    reply.setCookie('before', '1')
    await auth(request).loginUser(alice, { remember: true })
    return reply.setCookie('after', '2').redirect('/next')
  })
  const { status, cookies } = await (await serve(app)).send('/')
  expect([status, getCookieNames(cookies)]).toEqual([302, [...BOTH, 'after', 'before']])
})
