// A guard that a Hono handler calls and drops: the page is not protected, and the warning names the remedy.
import { createLoginManager, type LoginWarning } from '@fetch-login/core'
import { type Context, Hono } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
import { every, some } from 'hono/combine'
import { describe, expect, it } from 'vitest'
import { honoLogin } from './index'

interface User {
  readonly id: string
}

const options = { secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR', loadUser: (id: string): User => ({ id }) }
const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

function createApp(debug = true, isFunction = false) {
  const warnings: LoginWarning[] = []
  const onWarning = (warning: LoginWarning): void => void (warning.code !== 'refused' && warnings.push(warning))
  const manager = createLoginManager({ ...options, loginView: '/login', debug, onWarning })
  const login = honoLogin(isFunction ? () => manager : manager)
  const app = new Hono().use(login.loginMiddleware)
  const get = async (path: string, headers = {}): Promise<number> => {
    const response = await app.request(`https://app.test${path}`, { headers: { accept: 'text/html', ...headers } })
    await wait()
    return response.status
  }
  return { app, warnings, get, ...login }
}

type Login = ReturnType<typeof createApp>

const DROPPED: [string, (login: Login, c: Context) => unknown][] = [
  ['loginRequired()', ({ loginRequired }) => loginRequired()],
  ['freshLoginRequired({ withinSeconds: 60 })', ({ freshLoginRequired }) => freshLoginRequired({ withinSeconds: 60 })],
  ['await loginRequired()', async ({ loginRequired }) => await loginRequired()],
  ['loginRequired()(c, next) without await', ({ loginRequired }, c) => void loginRequired()(c, async () => undefined)],
  ['await loginRequired()(c, next)', ({ loginRequired }, c) => loginRequired()(c, async () => undefined)],
  ['auth(c).require() without await', ({ auth }, c) => void auth(c).require()],
  [
    'loginRequired() after an await',
    async ({ loginRequired }) => {
      await wait()
      loginRequired()
    },
  ],
]

describe.each([false, true])(
  'a guard that a handler drops (manager from a function of the bindings: %s)',
  (isFunction) => {
    it.each(DROPPED)('is reported in development: %s', async (_, call) => {
      const login = createApp(true, isFunction)
      login.app.get('/page', async (c) => {
        await call(login, c)
        return c.text('secret')
      })
      expect(await login.get('/page')).toBe(200)
      expect(login.warnings).toEqual([
        expect.objectContaining({ code: 'dropped-guard', message: expect.stringContaining('GET /page') }),
      ])
      expect(login.warnings[0]?.message).toContain('app.get(path, loginRequired(), handler)')
    })

    it.each(DROPPED)('is not reported in production: %s', async (_, call) => {
      const login = createApp(false, isFunction)
      login.app.get('/page', async (c) => {
        await call(login, c)
        return c.text('secret')
      })
      expect([await login.get('/page'), login.warnings]).toEqual([200, []])
    })

    it('is not reported if the route has it, or if a route that is built during a request has it', async () => {
      const { app, get, loginRequired, warnings } = createApp(true, isFunction)
      app.get('/page', loginRequired(), (c) => c.text('secret'))
      app.all('/lazy/*', (c) => {
        const inner = new Hono().use('/lazy/*', loginRequired()).get('/lazy/page', (d) => d.text('secret'))
        return inner.fetch(c.req.raw, c.env)
      })
      expect([await get('/page'), await get('/page', { accept: 'text/plain' })]).toEqual([302, 401])
      expect(warnings).toEqual([])
    })
  },
)

describe('a guard that some() combines with an alternative', () => {
  it('is not reported if the alternative lets the request pass', async () => {
    const { app, get, loginRequired, warnings } = createApp()
    const token = bearerAuth({ token: 'right' })
    app.get('/first', some(loginRequired(), token), (c) => c.text('secret'))
    app.get('/last', some(token, loginRequired()), (c) => c.text('secret'))
    app.get('/every', some(token, every(loginRequired())), (c) => c.text('secret'))
    const paths = ['/first', '/last', '/every']
    const statuses = async (headers: object) => {
      const found: number[] = []
      for (const path of paths) found.push(await get(path, headers))
      return found
    }
    expect(await statuses({ authorization: 'Bearer right' })).toEqual([200, 200, 200])
    expect(await statuses({})).not.toContain(200)
    expect(warnings).toEqual([])
  })
})
