// Two managers in one Hono app.
import { createLoginManager } from '@fetch-login/core'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { alice, auth, bob, createClient, loginMiddleware, loginRequired, options, type User } from '../testing/app'
import { honoLogin } from './index'

describe('two managers in one app', () => {
  const staff = honoLogin(
    createLoginManager<User>({
      ...options,
      audience: 'staff',
      loginView: '/staff/login',
      session: { cookie: { name: '__Host-staff' } },
      remember: { cookie: { name: '__Host-staff-remember' } },
    }),
    { variable: 'staff' },
  )
  const app = new Hono()
  app.use(loginMiddleware)
  app.use(staff.loginMiddleware)
  app.post('/login', async (c) => c.json(await auth(c).loginUser(alice)))
  app.post('/staff/login', async (c) => c.json(await staff.auth(c).loginUser(bob)))
  app.post('/logout', async (c) => c.json(await auth(c).logoutUser()))
  app.get('/', loginRequired(), (c) => c.text(c.var.user.id))
  app.get('/staff', staff.loginRequired(), (c) => c.text(c.var.staff.id))
  app.get('/both', loginRequired(), staff.loginRequired(), (c) => c.json([c.var.user.id, c.var.staff.id]))
  app.get('/who', async (c) => c.json([await auth(c).currentUser(), await staff.auth(c).currentUser()]))

  it('have separate users', async () => {
    const client = createClient(app)
    await client.post('/login')
    expect(await (await client.get('/who')).json()).toEqual([alice, null])
    expect((await client.get('/both')).headers.get('location')).toBe('/staff/login?next=%2Fboth')
    await client.post('/staff/login')
    expect(client.cookies.names()).toEqual(['__Host-session', '__Host-staff'])
    expect(await (await client.get('/both')).json()).toEqual(['alice', 'bob'])
  })

  it('set Vary and Cache-Control once', async () => {
    const client = createClient(app)
    await client.post('/login')
    const response = await client.get('/who')
    expect(response.headers.get('vary')).toBe('Cookie')
    expect(response.headers.get('cache-control')).toBe('private, no-store')
  })

  it('log out separately', async () => {
    const client = createClient(app)
    await client.post('/login')
    await client.post('/staff/login')
    await client.post('/logout')
    expect((await client.get('/')).status).toBe(302)
    expect(await (await client.get('/staff')).text()).toBe('bob')
  })

  it('do not accept the cookie of each other', async () => {
    const client = createClient(app)
    await client.post('/login')
    client.cookies.set('__Host-staff', client.cookies.get('__Host-session') ?? '')
    expect(await (await client.get('/who')).json()).toEqual([alice, null])
  })
})
