// Cookies and cache headers on every kind of response of a real Hono app.
import { UsageError } from '@fetch-login/core'
import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { etag } from 'hono/etag'
import { HTTPException } from 'hono/http-exception'
import { stream, streamSSE } from 'hono/streaming'
import { describe, expect, it } from 'vitest'
import {
  alice,
  auth,
  BOTH,
  createApp,
  createClient,
  expectLoggedIn,
  getCookieNames,
  logIn,
  loginMiddleware,
  loginRequired,
  ORIGIN,
} from '../testing/app'

describe('a login in Hono', () => {
  it('sets its cookies on the response of the handler', async () => {
    const app = createApp().post('/', async (c) => {
      await logIn(c)
      return c.redirect('/next', 303)
    })
    const response = await app.request(`${ORIGIN}/`, { method: 'POST' })
    expect([response.status, response.headers.get('location')]).toEqual([303, '/next'])
    expectLoggedIn(response)
  })

  it('sets its cookies on the response of onError if the handler throws after it', async () => {
    const app = createApp()
    app.onError((_error, c) => c.text('sorry', 500))
    app.get('/', async (c) => {
      await logIn(c)
      throw new Error('after the login')
    })
    const response = await app.request(`${ORIGIN}/`)
    expect([response.status, await response.text()]).toEqual([500, 'sorry'])
    expectLoggedIn(response)
  })

  it('sets its cookies on the response of an HTTPException', async () => {
    const app = createApp().get('/', async (c) => {
      await logIn(c)
      throw new HTTPException(409, { res: new Response('conflict', { status: 409, headers: { 'x-own': '1' } }) })
    })
    const response = await app.request(`${ORIGIN}/`)
    expect([response.status, response.headers.get('x-own')]).toEqual([409, '1'])
    expectLoggedIn(response)
  })

  it('sets its cookies on the response of notFound', async () => {
    const app = createApp()
    app.notFound(async (c) => {
      await logIn(c)
      return c.text('nothing here', 404)
    })
    const response = await app.request(`${ORIGIN}/none`)
    expect([response.status, await response.text()]).toEqual([404, 'nothing here'])
    expectLoggedIn(response)
  })

  it('sets its cookies on the response of a sub-app and of its onError', async () => {
    const sub = new Hono()
    sub.onError((_error, c) => c.text('sorry from below', 500))
    sub.get('/good', async (c) => {
      await logIn(c)
      return c.text('good')
    })
    sub.get('/bad', async (c) => {
      await logIn(c)
      throw new Error('after the login')
    })
    const app = createApp().route('/sub', sub)
    expectLoggedIn(await app.request(`${ORIGIN}/sub/good`))
    const response = await app.request(`${ORIGIN}/sub/bad`)
    expect(await response.text()).toBe('sorry from below')
    expectLoggedIn(response)
  })

  it('sets its cookies on the response of a mounted app', async () => {
    const app = createApp()
    app.use('/mounted/*', async (c, next) => {
      await logIn(c)
      await next()
    })
    app.mount('/mounted', () => new Response('from elsewhere', { headers: { vary: 'Accept-Language' } }))
    const response = await app.request(`${ORIGIN}/mounted/x`)
    expect(await response.text()).toBe('from elsewhere')
    expect(response.headers.get('vary')).toBe('Accept-Language, Cookie')
    expect(getCookieNames(response)).toEqual(BOTH)
  })

  it('sets its cookies on a stream and leaves the body complete', async () => {
    const app = createApp().get('/', async (c) => {
      await logIn(c)
      return stream(c, async (out) => {
        for (const word of ['one ', 'two ', 'three']) await out.write(word)
      })
    })
    const response = await app.request(`${ORIGIN}/`)
    expectLoggedIn(response)
    expect(await response.text()).toBe('one two three')
  })

  it('is rejected after the headers of server-sent events were sent, and does not set a cookie', async () => {
    let late: unknown
    const app = createApp().get('/', async (c) => {
      await auth(c).flash('before')
      return streamSSE(c, async (out) => {
        await out.sleep(5)
        late = await logIn(c).catch((error: unknown) => error)
        await out.writeSSE({ data: 'hello' })
      })
    })
    const response = await app.request(`${ORIGIN}/`)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(await response.text()).toBe('data: hello\n\n')
    expect(late).toBeInstanceOf(UsageError)
    expect(late).toMatchObject({ code: 'response-sent' })
    expect(getCookieNames(response)).toEqual(['__Host-session'])
  })

  it('sets its cookies on the response to HEAD', async () => {
    const app = createApp().get('/', async (c) => {
      await logIn(c)
      return c.text('body')
    })
    const response = await app.request(`${ORIGIN}/`, { method: 'HEAD' })
    expect(await response.text()).toBe('')
    expectLoggedIn(response)
  })

  it('sets its cookies on a response of fetch(), whose headers are immutable', async () => {
    const app = createApp().get('/', async (c) => {
      await logIn(c)
      return fetch('data:text/plain;charset=utf-8,from%20elsewhere')
    })
    const response = await app.request(`${ORIGIN}/`)
    expect(await response.text()).toBe('from elsewhere')
    expect(response.headers.get('content-type')).toBe('text/plain;charset=utf-8')
    expectLoggedIn(response)
  })

  it('keeps the headers and cookies that the app sets before and after it', async () => {
    const app = new Hono()
    app.use(async (c, next) => {
      await next()
      c.header('x-last', '1')
    })
    app.use(loginMiddleware)
    app.use(async (c, next) => {
      c.header('x-first', '1')
      setCookie(c, 'theme', 'dark')
      await next()
      setCookie(c, 'seen', 'yes')
    })
    app.get('/', async (c) => {
      setCookie(c, 'own', '1')
      await logIn(c)
      return c.text('', 200, { 'cache-control': 'private, max-age=1', vary: 'Accept' })
    })
    const response = await app.request(`${ORIGIN}/`)
    expect(getCookieNames(response)).toEqual(['theme', 'own', 'seen', ...BOTH])
    expect([response.headers.get('x-first'), response.headers.get('x-last')]).toEqual(['1', '1'])
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('vary')).toBe('Accept, Cookie')
  })

  it('sets its cookies on a 304 if etag() runs inside loginMiddleware', async () => {
    const app = createApp()
    app.use(etag())
    app.get('/', async (c) => {
      if (c.req.query('login') !== undefined) await logIn(c)
      return c.text('always the same')
    })
    const tag = (await app.request(`${ORIGIN}/`)).headers.get('etag') ?? ''
    const response = await app.request(`${ORIGIN}/?login`, { headers: { 'if-none-match': tag } })
    expect(response.status).toBe(304)
    expect(getCookieNames(response)).toEqual(BOTH)
  })

  it('rejects with a string that the handler throws, as Hono itself does', async () => {
    const app = createApp().get('/', async (c) => {
      await logIn(c)
      throw 'a text'
    })
    await expect(Promise.resolve(app.request(`${ORIGIN}/`))).rejects.toBe('a text')
  })
})

describe('a logout in Hono', () => {
  it('clears the cookies on the error response if the handler throws after it', async () => {
    const app = createApp()
    app.onError((_error, c) => c.text('sorry', 500))
    app.post('/logout', async (c) => {
      await auth(c).logoutUser()
      throw new Error('after the logout')
    })
    app.get('/', loginRequired(), (c) => c.text(c.var.user.id))
    const client = createClient(app)
    await client.loginAs(alice, { remember: true })
    expect(await (await client.get('/')).text()).toBe('alice')
    expect((await client.post('/logout')).status).toBe(500)
    expect(client.cookies.names()).toEqual(['__Host-session_ended'])
    expect((await client.get('/')).headers.get('location')).toBe('/login?next=%2F')
  })
})

describe('a response of a handler that does not change the login', () => {
  const given = new Response('hello', { headers: { 'x-own': '1' } })

  it('is the same object that the handler returned', async () => {
    const app = createApp().get('/', () => given)
    const client = createClient(app)
    await client.loginAs(alice, { remember: true })
    const response = await client.get('/')
    expect(response).toBe(given)
    expect([...response.headers.keys()]).toEqual(['content-type', 'x-own'])
  })

  it('is the same object even if its headers are immutable', async () => {
    const immutable = await fetch('data:,hello')
    const app = createApp().get('/', () => immutable)
    expect(await app.request(`${ORIGIN}/`)).toBe(immutable)
  })

  it('is the same object if only cache headers were added', async () => {
    const response = new Response('hello')
    const app = createApp().get('/', async (c) => {
      await auth(c).currentUser()
      return response
    })
    expect(await app.request(`${ORIGIN}/`)).toBe(response)
    expect(response.headers.get('vary')).toBe('Cookie')
  })
})
