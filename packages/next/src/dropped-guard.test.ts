// A check that a route handler of Next.js calls and drops: the data is not protected, and the warning names the remedy.
import { type Auth, createLoginManager, type LoginWarning } from '@fetch-login/core'
import { NextRequest } from 'next/server'
import { describe, expect, it, vi } from 'vitest'
import { nextLogin } from './index'

vi.mock('next/headers', () => ({ headers: async () => new Headers(), cookies: async () => ({ set: vi.fn() }) }))

interface User {
  readonly id: string
}

const secrets = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
const context = { params: Promise.resolve({}) }

function createLogin(debug = true) {
  const warnings: LoginWarning[] = []
  const onWarning = (warning: LoginWarning): void => void (warning.code !== 'refused' && warnings.push(warning))
  const manager = createLoginManager<User>({ secrets, loadUser: (id) => ({ id }), debug, onWarning })
  return { warnings, ...nextLogin(manager) }
}

const DROPPED: [string, (auth: Auth<User>) => unknown][] = [
  ['auth.require() without await', (auth) => void auth.require()],
  ['await auth.require()', (auth) => auth.require()],
  ['await auth.unauthorized()', (auth) => auth.unauthorized()],
]

describe('a check that a route handler drops', () => {
  const visit = (login: ReturnType<typeof createLogin>, call: (auth: Auth<User>) => unknown): Promise<Response> => {
    const route = login.auth(async (_request, auth) => {
      await call(auth)
      return new Response('secret')
    })
    return route(new NextRequest('https://app.test/data'), context)
  }

  it.each(DROPPED)('is reported in development: %s', async (_, call) => {
    const login = createLogin()
    expect((await visit(login, call)).status).toBe(200)
    expect(login.warnings).toEqual([
      expect.objectContaining({ code: 'dropped-guard', message: expect.stringContaining('GET /data') }),
    ])
  })

  it.each(DROPPED)('is not reported in production: %s', async (_, call) => {
    const login = createLogin(false)
    expect((await visit(login, call)).status).toBe(200)
    expect(login.warnings).toEqual([])
  })

  it('is not reported if the route handler is wrapped', async () => {
    const { withLoginRequired, warnings } = createLogin()
    const route = withLoginRequired(() => new Response('secret'))
    expect((await route(new NextRequest('https://app.test/data'), context)).status).toBe(401)
    expect(warnings).toEqual([])
  })
})
