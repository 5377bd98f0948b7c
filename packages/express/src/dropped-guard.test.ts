// A guard that an Express handler calls and drops: the page is not protected, and the warning names the remedy.
import { createLoginManager, type LoginWarning } from '@fetch-login/core'
import type { Request, Response } from 'express'
import { describe, expect, it } from 'vitest'
import { expressVersions } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { send, serve } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const secrets = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

function createLogin(debug = true) {
  const warnings: LoginWarning[] = []
  const onWarning = (warning: LoginWarning): void => void (warning.code !== 'refused' && warnings.push(warning))
  const manager = createLoginManager<User>({
    secrets,
    loadUser: (id) => ({ id }),
    loginView: '/login',
    debug,
    onWarning,
  })
  return { warnings, ...expressLogin(manager) }
}

type Login = ReturnType<typeof createLogin>

const DROPPED: [string, (login: Login, req: Request, res: Response) => unknown][] = [
  ['loginRequired()', ({ loginRequired }) => loginRequired()],
  ['freshLoginRequired({ withinSeconds: 60 })', ({ freshLoginRequired }) => freshLoginRequired({ withinSeconds: 60 })],
  ['loginRequired()(req, res, next)', ({ loginRequired }, req, res) => loginRequired()(req, res, () => undefined)],
  ['auth(req).require() without await', ({ auth }, req) => void auth(req).require()],
  ['await auth(req).require()', ({ auth }, req) => auth(req).require()],
  [
    'loginRequired() after an await',
    async ({ loginRequired }) => {
      await wait()
      loginRequired()
    },
  ],
]

describe.each(expressVersions)('a guard that a handler of %s drops', (_name, express) => {
  async function createApp(
    login: Login,
    call: (login: Login, req: Request, res: Response) => unknown,
  ): Promise<string> {
    const app = express()
    app.use(login.loginMiddleware)
    app.get('/page', async (req, res) => {
      const called = call(login, req as never, res as never)
      if (called instanceof Promise) await called
      res.send('secret')
    })
    app.get('/guarded', login.loginRequired(), (_req, res) => {
      res.send('secret')
    })
    app.use('/lazy', (req, res, next) => {
      express.Router().use(login.loginRequired())(req as never, res as never, next as never)
    })
    return serve(app)
  }

  it.each(DROPPED)('is reported in development: %s', async (_, call) => {
    const login = createLogin()
    const origin = await createApp(login, call)
    const { status, body } = await send(`${origin}/page?token=1`)
    expect([status, body]).toEqual([200, 'secret'])
    expect(login.warnings).toEqual([
      expect.objectContaining({ code: 'dropped-guard', message: expect.stringContaining('GET /page') }),
    ])
    expect(login.warnings[0]?.message).toContain('app.get(path, loginRequired(), handler)')
    await wait()
  })

  it.each(DROPPED)('is not reported in production: %s', async (_, call) => {
    const login = createLogin(false)
    const origin = await createApp(login, call)
    expect([(await send(`${origin}/page`)).status, login.warnings]).toEqual([200, []])
    await wait()
  })

  it('is not reported if the route has it, or if a router that is built during a request has it', async () => {
    const login = createLogin()
    const origin = await createApp(login, () => undefined)
    for (const path of ['/guarded', '/lazy/page'])
      for (const [accept, status] of [
        ['text/html', 302],
        ['application/json', 401],
      ] as const)
        expect((await send(origin + path, { headers: { accept } })).status).toBe(status)
    expect(login.warnings).toEqual([])
  })
})
