// A guard that a Fastify handler calls and drops: the page is not protected, and the warning names the remedy.
import { createLoginManager, type LoginWarning } from '@fetch-login/core'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { fastifyLogin } from './index'

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
  return { manager, warnings, ...fastifyLogin(manager) }
}

type Login = ReturnType<typeof createLogin>
type Call = (login: Login, request: FastifyRequest, reply: FastifyReply) => unknown

const DROPPED: [string, Call][] = [
  ['loginRequired()', ({ loginRequired }) => void loginRequired()],
  ['freshLoginRequired({ withinSeconds: 60 })', ({ freshLoginRequired: guard }) => void guard({ withinSeconds: 60 })],
  ['auth(request).require() without await', ({ auth }, request) => void auth(request).require()],
  ['await auth(request).require()', ({ auth }, request) => auth(request).require()],
  [
    'loginRequired() after an await',
    async ({ loginRequired }) => {
      await wait()
      loginRequired()
    },
  ],
]

describe('a guard that a handler drops', () => {
  async function createApp(login: Login, call: Call) {
    const app = Fastify()
    await app.register(login.loginPlugin)
    app.get('/page', async (request, reply) => {
      await call(login, request, reply)
      return 'secret'
    })
    app.get('/guarded', { preHandler: login.loginRequired() }, async () => 'secret')
    const guard = login.manager.guard()
    app.get('/response', async (request) => {
      const outcome = await guard(login.auth(request))
      return outcome.ok ? 'secret' : outcome.respond()
    })
    return app
  }

  it.each(DROPPED)('is reported in development: %s', async (_, call) => {
    const login = createLogin()
    const app = await createApp(login, call)
    expect((await app.inject('/page?token=1')).body).toBe('secret')
    expect(login.warnings).toEqual([
      expect.objectContaining({ code: 'dropped-guard', message: expect.stringContaining('GET /page') }),
    ])
    expect(login.warnings[0]?.message).toContain('preHandler: loginRequired()')
  })

  it('is reported in development: loginRequired()(request, reply) without await', async () => {
    const login = createLogin()
    const app = Fastify()
    await app.register(login.loginPlugin)
    app.get('/page', (request, reply) => {
      void login.loginRequired()(request, reply)
      reply.send('secret')
    })
    expect((await app.inject('/page')).body).toBe('secret')
    expect(login.warnings).toEqual([expect.objectContaining({ code: 'dropped-guard' })])
    await wait()
  })

  it.each(DROPPED)('is not reported in production: %s', async (_, call) => {
    const login = createLogin(false)
    const app = await createApp(login, call)
    expect([(await app.inject('/page')).statusCode, login.warnings]).toEqual([200, []])
  })

  it.each(['/guarded', '/response'])('is not reported if the refusal is the response of %s', async (url) => {
    const login = createLogin()
    const app = await createApp(login, () => undefined)
    expect((await app.inject({ url, headers: { accept: 'text/html' } })).statusCode).toBe(302)
    expect((await app.inject({ url, headers: { accept: 'application/json' } })).statusCode).toBe(401)
    expect(login.warnings).toEqual([])
  })
})
