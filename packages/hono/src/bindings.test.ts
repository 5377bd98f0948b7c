// A manager whose options are in the bindings of each request, as on Workers.
import { OptionsError } from '@fetch-login/core'
import { Hono } from 'hono'
import { describe, expect, it, vi } from 'vitest'
import { alice, ORIGIN, options } from '../testing/app'
import { honoLogin } from './index'

describe('a manager that is created from the bindings', () => {
  interface Bindings {
    readonly SECRET: string
  }
  const ONE: Bindings = { SECRET: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR' }
  const TWO: Bindings = { SECRET: 'Vb4tXw8ZrQ2nMk6JhGf0DsLp9AyCe1Ui' }

  const createApp = () => {
    const createOptions = vi.fn((env: Bindings) => ({ ...options, secrets: env.SECRET }))
    const login = honoLogin(createOptions)
    const app = new Hono<{ Bindings: Bindings }>()
    app.use(login.loginMiddleware)
    app.get('/', login.loginRequired(), (c) => c.text(c.var.user.id))
    app.post('/login', async (c) => c.json(await login.auth(c).loginUser(alice)))
    return { app, createOptions }
  }

  it('is created once for each bindings object', async () => {
    const { app, createOptions } = createApp()
    for (let i = 0; i < 3; i++) await app.request(`${ORIGIN}/`, {}, ONE)
    expect(createOptions).toHaveBeenCalledTimes(1)
    await app.request(`${ORIGIN}/`, {}, TWO)
    await app.request(`${ORIGIN}/`, {}, ONE)
    expect(createOptions).toHaveBeenCalledTimes(2)
    expect(createOptions.mock.calls.map(([env]) => env)).toEqual([ONE, TWO])
  })

  it('is not created before the first request', () => {
    expect(createApp().createOptions).not.toHaveBeenCalled()
  })

  it('does not accept the login of other bindings', async () => {
    const { app } = createApp()
    const login = await app.request(`${ORIGIN}/login`, { method: 'POST' }, ONE)
    const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const request = (env: Bindings) => app.request(`${ORIGIN}/`, { headers: { cookie } }, env)
    expect((await request(ONE)).status).toBe(200)
    expect((await request(TWO)).status).toBe(401)
  })

  it('is created once if there are no bindings', async () => {
    const createOptions = vi.fn(() => options)
    const login = honoLogin(createOptions)
    const app = new Hono()
    app.use(login.loginMiddleware)
    app.get('/', async (c) => c.json(await login.auth(c).currentUser()))
    for (let i = 0; i < 2; i++) expect(await (await app.fetch(new Request(ORIGIN))).json()).toBeNull()
    expect(createOptions).toHaveBeenCalledTimes(1)
  })

  it('validates the options of its guards with the first request', async () => {
    const login = honoLogin((_env: Bindings) => options)
    const errors: unknown[] = []
    const app = new Hono<{ Bindings: Bindings }>()
    app.onError((error, c) => {
      errors.push(error)
      return c.text('', 500)
    })
    app.use(login.loginMiddleware)
    app.get('/', login.loginRequired({ area: 'nowhere' }), (c) => c.text(''))
    expect((await app.request(`${ORIGIN}/`, {}, ONE)).status).toBe(500)
    expect(errors[0]).toBeInstanceOf(OptionsError)
  })

  it.each([
    ['a duration near 2^53', { session: { idleSeconds: 2 ** 53 - 1 } }],
    ['a clock in milliseconds', { clock: Date.now }],
  ])('reports the OptionsError of %s to the error handler, and does not run the handler', async (_name, wrong) => {
    const login = honoLogin((_env: Bindings) => ({ ...options, ...wrong }))
    const [errors, handler] = [[] as unknown[], vi.fn()]
    const app = new Hono<{ Bindings: Bindings }>()
    app.onError((error, c) => {
      errors.push(error)
      return c.text('', 500)
    })
    app.use(login.loginMiddleware)
    app.all('*', handler)
    expect((await app.request(`${ORIGIN}/`, {}, ONE)).status).toBe(500)
    expect(errors[0]).toBeInstanceOf(OptionsError)
    expect(handler).not.toHaveBeenCalled()
  })
})
