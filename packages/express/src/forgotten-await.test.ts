// A change that the handler does not await: reported to the error handler, and never the end of the process.
import { createLoginManager } from '@fetch-login/core'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { expresses } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { ask, served } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
const secrets = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'

describe.each(expresses)('a login without await in %s', (_name, express) => {
  async function serve(debug: boolean, isSlow: boolean): Promise<{ origin: string; errors: unknown[] }> {
    const manager = createLoginManager<User>({ secrets, loadUser: (id) => ({ id }), debug, onWarning: () => undefined })
    if (isSlow) manager.on('userLoggedIn', later)
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
    return { origin: await served(app), errors }
  }

  const PATHS = ['/sync', '/async', '/callback', '/stream'] as const

  it.each(PATHS)('reaches the error handler if it is pending when %s responds', async (path) => {
    const { origin, errors } = await serve(false, true)
    const answer = await ask(origin + path)
    expect([answer.status, answer.cookies, answer.body]).toEqual([500, [], 'sorry'])
    expect(answer.headers.get('location')).toBeNull()
    expect(errors).toEqual([
      expect.objectContaining({ code: 'response-sent', message: expect.stringContaining('await loginUser()') }),
    ])
    await later()
  })

  it.each(PATHS)('reaches the error handler in development even if it completed before %s responds', async (path) => {
    const { origin, errors } = await serve(true, false)
    expect((await ask(origin + path)).status).toBe(500)
    expect(errors).toEqual([expect.objectContaining({ code: 'not-awaited' })])
  })
})
