// The adapter reports a login that the handler does not await. The process does not end.
import { createLoginManager } from '@fetch-login/core'
import { Hono } from 'hono'
import { afterAll, describe, expect, it } from 'vitest'
import { honoLogin } from './index'

const rejections: unknown[] = []
const recordRejection = (reason: unknown): void => void rejections.push(reason)
process.on('unhandledRejection', recordRejection)
afterAll(async () => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  process.off('unhandledRejection', recordRejection)
  expect(rejections).toEqual([])
})

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const waitForTimers = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

function createApp(debug: boolean, isSlow: boolean): { app: Hono; errors: unknown[] } {
  const secrets = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
  const manager = createLoginManager<User>({ secrets, loadUser: (id) => ({ id }), debug, onWarning: () => undefined })
  if (isSlow) manager.on('userLoggedIn', waitForTimers)
  const { loginMiddleware, auth } = honoLogin(manager)
  const errors: unknown[] = []
  const app = new Hono()
  app.onError((error, c) => {
    errors.push(error)
    return c.text('sorry', 500)
  })
  app.use(loginMiddleware)
  app.post('/partly', async (c) => {
    await auth(c).session.set('kept', 1)
    void auth(c).loginUser(alice)
    c.header('content-length', '99')
    return c.redirect('/')
  })
  app.post('/logout', async (c) => {
    void auth(c).session.set('key', 1)
    await auth(c).logoutUser()
    return c.redirect('/')
  })
  app.post('/login', (c) => {
    void auth(c).loginUser(alice)
    return c.redirect('/')
  })
  return { app, errors }
}

describe('a login without await', () => {
  it.each([true, false])('reaches onError if it is pending when the handler responds (debug: %s)', async (debug) => {
    const { app, errors } = createApp(debug, true)
    const response = await app.request('https://app.test/login', { method: 'POST' })
    expect([response.status, response.headers.getSetCookie()]).toEqual([500, []])
    expect(response.headers.get('location')).toBeNull()
    expect(errors).toEqual([
      expect.objectContaining({ code: 'response-sent', message: expect.stringContaining('await loginUser()') }),
    ])
    await waitForTimers()
  })

  it('reaches onError in development even if it completed before the response', async () => {
    const { app, errors } = createApp(true, false)
    const response = await app.request('https://app.test/login', { method: 'POST' })
    expect([response.status, response.headers.getSetCookie()]).toEqual([500, []])
    expect(response.headers.get('location')).toBeNull()
    expect(errors).toEqual([expect.objectContaining({ code: 'not-awaited' })])
  })

  it.each([true, false])(
    'leaves no header about the body of the handler on the error page (pending: %s)',
    async (isSlow) => {
      const { app } = createApp(true, isSlow)
      const response = await app.request('https://app.test/partly', { method: 'POST' })
      expect([response.status, await response.text(), response.headers.getSetCookie()]).toEqual([
        500,
        'sorry',
        [expect.stringMatching(/^__Host-session=/)],
      ])
      expect([response.headers.get('location'), response.headers.get('content-length')]).toEqual([null, null])
    },
  )

  it('does not undo a logout that the handler awaited', async () => {
    const { app } = createApp(false, false)
    const login = await app.request('https://app.test/login', { method: 'POST' })
    const cookie = login.headers.getSetCookie().map((line) => line.split(';')[0])
    const { app: other } = createApp(true, false)
    const response = await other.request('https://app.test/logout', {
      method: 'POST',
      headers: { cookie: cookie.join('; ') },
    })
    expect(response.status).toBe(500)
    expect(response.headers.getSetCookie()).toContainEqual(expect.stringMatching(/^__Host-session=;/))
  })

  it('sends its cookies in production if it completed before the response', async () => {
    const { app } = createApp(false, false)
    const response = await app.request('https://app.test/login', { method: 'POST' })
    expect([response.status, response.headers.getSetCookie().length]).toEqual([302, 1])
  })
})
