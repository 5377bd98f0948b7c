// A change that the handler does not await, and a guard that it does not run: reported, and never the end of the process.
import { createLoginManager } from '@fetch-login/core'
import { Hono } from 'hono'
import { afterAll, describe, expect, it } from 'vitest'
import { honoLogin } from './index'

const rejections: unknown[] = []
const note = (reason: unknown): void => void rejections.push(reason)
process.on('unhandledRejection', note)
afterAll(async () => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  process.off('unhandledRejection', note)
  expect(rejections).toEqual([])
})

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

function createApp(debug: boolean, isSlow: boolean): { app: Hono; errors: unknown[] } {
  const secrets = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
  const manager = createLoginManager<User>({ secrets, loadUser: (id) => ({ id }), debug, onWarning: () => undefined })
  if (isSlow) manager.on('userLoggedIn', later)
  const { loginMiddleware, auth } = honoLogin(manager)
  const errors: unknown[] = []
  const app = new Hono()
  app.onError((error, c) => {
    errors.push(error)
    return c.text('sorry', 500)
  })
  app.use(loginMiddleware)
  app.post('/login', (c) => {
    void auth(c).loginUser(alice)
    return c.redirect('/')
  })
  return { app, errors }
}

describe('a login without await', () => {
  it.each([true, false])('reaches onError if it is pending when the response is made (debug: %s)', async (debug) => {
    const { app, errors } = createApp(debug, true)
    const response = await app.request('https://app.test/login', { method: 'POST' })
    expect([response.status, response.headers.getSetCookie()]).toEqual([500, []])
    expect(errors).toEqual([
      expect.objectContaining({ code: 'response-sent', message: expect.stringContaining('await loginUser()') }),
    ])
    await later()
  })

  it('reaches onError in development even if it completed', async () => {
    const { app, errors } = createApp(true, false)
    expect((await app.request('https://app.test/login', { method: 'POST' })).status).toBe(500)
    expect(errors).toEqual([expect.objectContaining({ code: 'not-awaited' })])
  })

  it('is answered with its cookies in production if it completed', async () => {
    const { app } = createApp(false, false)
    const response = await app.request('https://app.test/login', { method: 'POST' })
    expect([response.status, response.headers.getSetCookie().length]).toEqual([302, 1])
  })
})
