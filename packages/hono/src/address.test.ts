// The client address in the fingerprint on Hono.
import { createLoginManager, OptionsError } from '@fetch-login/core'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { alice, createClient, ORIGIN, options, type User } from '../testing/app'
import { honoLogin } from './index'

describe('the client address in Hono', () => {
  const bound = createLoginManager<User>({
    ...options,
    fingerprint: ['userAgent', 'address'],
    sessionProtection: 'strong',
  })

  it('is required as an option if the fingerprint includes it', () => {
    expect(() => honoLogin(bound)).toThrow(OptionsError)
    expect(() => honoLogin(bound)).toThrow(/honoLogin\(\)[\s\S]*address: is missing/)
    expect(() => honoLogin(bound, { address: () => undefined })).not.toThrow()
  })

  it('is required at the first request if the bindings contain the options', async () => {
    const login = honoLogin(() => bound)
    const errors: unknown[] = []
    const app = new Hono()
    app.onError((error, c) => {
      errors.push(error)
      return c.text('', 500)
    })
    app.use(login.loginMiddleware)
    expect((await app.request(`${ORIGIN}/`)).status).toBe(500)
    expect(errors[0]).toBeInstanceOf(OptionsError)
  })

  it('comes from the option address, and binds the login to it', async () => {
    const login = honoLogin(bound, { address: (c) => c.req.header('x-real-ip') })
    const app = new Hono()
    app.use(login.loginMiddleware)
    app.get('/', login.loginRequired(), (c) => c.text(c.var.user.id))
    app.post('/login', async (c) => c.json(await login.auth(c).loginUser(alice)))
    const client = createClient(app)
    await client.post('/login', {}, { 'x-real-ip': '192.0.2.1' })
    expect((await client.get('/', { 'x-real-ip': '::ffff:192.0.2.1' })).status).toBe(200)
    expect((await client.get('/', { 'x-real-ip': '192.0.2.2' })).status).toBe(302)
  })
})
