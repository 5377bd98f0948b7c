// loginMiddleware in a real Hono app.
import { type Auth, UsageError } from '@fetch-login/core'
import { Hono } from 'hono'
import { describe, expect, it, vi } from 'vitest'
import {
  auth,
  createApp,
  expectLoggedIn,
  logIn,
  loginMiddleware,
  loginRequired,
  ORIGIN,
  type User,
} from '../testing/app'

describe('loginMiddleware', () => {
  it('creates one Auth object and sets each cookie once if it is installed twice', async () => {
    const seen = new Set<Auth<User>>()
    const app = createApp()
    app.use(async (c, next) => {
      seen.add(auth(c))
      await next()
    })
    app.use(loginMiddleware)
    app.get('/', loginMiddleware, async (c) => {
      seen.add(auth(c))
      await logIn(c)
      return c.text('')
    })
    expectLoggedIn(await app.request(`${ORIGIN}/`))
    expect(seen.size).toBe(1)
  })

  it('creates a separate Auth object for each request', async () => {
    const seen = new Set<Auth<User>>()
    const app = createApp().get('/', (c) => {
      seen.add(auth(c))
      return c.text('')
    })
    await Promise.all([app.request(`${ORIGIN}/`), app.request(`${ORIGIN}/`)])
    expect(seen.size).toBe(2)
  })

  it('is named in the error of auth() and of guards if it is not installed', async () => {
    const errors: unknown[] = []
    const app = new Hono()
    app.onError((error, c) => {
      errors.push(error)
      return c.text('', 500)
    })
    app.get('/auth', async (c) => c.json(await auth(c).currentUser()))
    app.get('/guard', loginRequired(), (c) => c.text(c.var.user.id))
    for (const path of ['/auth', '/guard']) expect((await app.request(ORIGIN + path)).status).toBe(500)
    for (const error of errors) {
      expect(error).toBeInstanceOf(UsageError)
      expect(error).toMatchObject({
        code: 'not-installed',
        message: expect.stringContaining('app.use(loginMiddleware)'),
      })
    }
    expect(errors).toHaveLength(2)
  })

  it('refuses a forged request before any handler runs', async () => {
    const handler = vi.fn(() => new Response('done'))
    const app = createApp().post('/', handler)
    const response = await app.request(`${ORIGIN}/`, { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })
    expect(response.status).toBe(403)
    expect(response.headers.get('content-type')).toMatch(/^(application\/problem\+json|text\/plain)/)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(handler).not.toHaveBeenCalled()
  })
})
