// The error handler receives an error about a login that the handler does not await. The process does not end.
import { createLoginManager } from '@fetch-login/core'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { expressVersions } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { send, serve } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const waitForTimers = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
const secrets = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'

describe.each(expressVersions)('a login without await in %s', (_name, express) => {
  async function serveLogin(debug: boolean, isSlow: boolean): Promise<{ origin: string; errors: unknown[] }> {
    const manager = createLoginManager<User>({ secrets, loadUser: (id) => ({ id }), debug, onWarning: () => undefined })
    if (isSlow) manager.on('userLoggedIn', waitForTimers)
    const { loginMiddleware, auth } = expressLogin(manager)
    const errors: unknown[] = []
    const app = express()
    app.use(loginMiddleware)
    const logIn = (req: Parameters<RequestHandler>[0]): void => void auth(req).loginUser(alice)
    app.get('/sync', (req, res) => {
      logIn(req)
      res.redirect('/')
    })
    app.get('/async', async (req, res) => {
      logIn(req)
      res.send('a body that is longer than that of the error')
    })
    app.get('/callback', (req, res) => {
      logIn(req)
      process.nextTick(() => res.json({ done: true }))
    })
    app.get('/write-head', (req, res) => {
      logIn(req)
      process.nextTick(() => res.writeHead(200, { 'x-own': 'own' }).end('done'))
    })
    app.get('/stream', (req, res) => {
      logIn(req)
      res.write('one')
      res.end('two')
    })
    const onError: ErrorRequestHandler = (error, _req, res, _next) => {
      errors.push(error)
      res.status(500).end('sorry')
    }
    app.use(onError)
    return { origin: await serve(app), errors }
  }

  const PATHS = ['/sync', '/async', '/callback', '/write-head', '/stream'] as const

  it.each(PATHS)('reaches the error handler if it is pending when %s responds', async (path) => {
    const { origin, errors } = await serveLogin(false, true)
    const response = await send(origin + path)
    expect([response.status, response.cookies, response.body]).toEqual([500, [], 'sorry'])
    expect(response.headers.get('location')).toBeNull()
    expect(errors).toEqual([
      expect.objectContaining({ code: 'response-sent', message: expect.stringContaining('await loginUser()') }),
    ])
    await waitForTimers()
  })

  it.each(PATHS)('reaches the error handler in development even if it completed before %s responds', async (path) => {
    const { origin, errors } = await serveLogin(true, false)
    const response = await send(origin + path)
    expect([response.status, response.cookies, response.body]).toEqual([500, [], 'sorry'])
    expect(response.headers.get('location')).toBeNull()
    expect(errors).toEqual([expect.objectContaining({ code: 'not-awaited' })])
  })
})
