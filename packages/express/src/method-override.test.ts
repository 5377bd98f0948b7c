// A method override that runs after the middleware: the CSRF check received a GET, and the handler receives a DELETE.
import { createServer } from 'node:http'
import { createLoginManager } from '@fetch-login/core'
import { commit } from '@fetch-login/core/adapter'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { expressVersions } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { listen, send } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const overrideMethod: RequestHandler = (req, _res, next) => {
  if (typeof req.query._method === 'string') req.method = req.query._method
  next()
}

describe.each(expressVersions)('%s with a method override after the middleware', (_, create) => {
  const manager = createLoginManager({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id): User => ({ id }),
    exemptMethods: ['OPTIONS'],
  })
  const { loginMiddleware, loginRequired, auth } = expressLogin(manager)
  const deleted: string[] = []
  const app = create()
  app.use(loginMiddleware, overrideMethod)
  app.delete('/account', loginRequired(), (req, res) => {
    deleted.push(auth(req).user.id)
    res.end('deleted')
  })
  app.delete('/open', loginRequired({ except: ['/open'] }), (_req, res) => {
    deleted.push('open')
    res.end('deleted')
  })
  app.post('/logout', (req, res, next) => {
    auth(req)
      .logoutUser()
      .then(() => res.end('logged out'), next)
  })
  app.use(((error, _req, res, _next) => {
    res.statusCode = 500
    res.end(String(error.code))
  }) as ErrorRequestHandler)
  app.options('/account', loginRequired(), (_req, res) => {
    res.end('options')
  })
  const started = listen(createServer(app))

  const visit = async (path: string, headers: Record<string, string>, method = 'GET') => {
    const opened = manager.open(new Request('http://app.test/'))
    await opened.loginUser({ id: 'alice' })
    const cookie = commit(opened, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const { status } = await send((await started) + path, { method, headers: { cookie, ...headers } })
    return [status, deleted.splice(0)]
  }

  it('refuses a cross-site GET that became a DELETE with 403, and does not run a handler', async () => {
    const foreign = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
    expect(await visit('/account?_method=DELETE', foreign)).toEqual([403, []])
    expect(await visit('/open?_method=DELETE', foreign)).toEqual([403, []])
  })

  it('lets a GET of the same origin that became a DELETE pass', async () => {
    const own = { 'sec-fetch-site': 'same-origin' }
    expect(await visit('/account?_method=DELETE', own)).toEqual([200, ['alice']])
    expect(await visit('/account?_method=DELETE', own, 'POST')).toEqual([200, ['alice']])
  })

  it('refuses a logout by a cross-site GET that became a POST on a route without a guard', async () => {
    const logOut = async (site: string) => {
      const opened = manager.open(new Request('http://app.test/'))
      await opened.loginUser({ id: 'alice' })
      const cookie = commit(opened, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
      const headers = { cookie, 'sec-fetch-site': site }
      const { status, body, cookies } = await send(`${await started}/logout?_method=POST`, { headers })
      return [status, body, cookies.length]
    }
    expect(await logOut('cross-site')).toEqual([500, 'csrf-unchecked', 0])
    expect(await logOut('same-origin')).toEqual([200, 'logged out', 2])
  })

  it('exempts the method that the handler receives, and not the one that was sent', async () => {
    const { status } = await send(`${await started}/account?_method=OPTIONS`, { method: 'POST' })
    expect(status).toBe(200)
    expect((await send(`${await started}/account?_method=DELETE`, { method: 'OPTIONS' })).status).toBe(401)
  })
})
