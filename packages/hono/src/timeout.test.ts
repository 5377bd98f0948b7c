// A handler may end after timeout() has responded. Its response is not sent, and is not logged as an error.
import { createLoginManager } from '@fetch-login/core'
import { Hono } from 'hono'
import { timeout } from 'hono/timeout'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { honoLogin } from './index'

const manager = createLoginManager({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id): { id: string } => ({ id }),
})

const rejections: unknown[] = []
const recordRejection = (reason: unknown): void => void rejections.push(reason)
process.on('unhandledRejection', recordRejection)
afterEach(() => vi.restoreAllMocks())

/** Creates a promise, and the function that resolves it. */
function createDeferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

describe.each(['before', 'behind'])('timeout() %s loginMiddleware', (where) => {
  it.each(['text', 'read', 'login'])(
    'responds 504, and a handler that ends later does not log an unexplained error: %s',
    async (kind) => {
      const consoleError = vi.spyOn(console, 'error').mockImplementation(() => undefined)
      const { loginMiddleware, auth } = honoLogin(manager)
      const [late, done] = [createDeferred(), createDeferred()]
      let problem: unknown = null
      const app = new Hono()
      if (where === 'before') app.use(timeout(5))
      app.use(loginMiddleware)
      if (where === 'behind') app.use(timeout(5))
      app.get('/', async (c) => {
        await late.promise
        try {
          if (kind === 'read') await auth(c).currentUser()
          if (kind === 'login') await auth(c).loginUser({ id: 'alice' })
        } catch (error) {
          problem = error
        }
        done.resolve()
        return c.text('late')
      })
      const response = await app.request('/')
      expect([response.status, await response.text()]).toEqual([504, 'Gateway Timeout'])
      late.resolve()
      await done.promise
      // The middleware ends in microtasks after the handler.
      await new Promise((resolve) => setImmediate(resolve))
      expect(response.headers.getSetCookie()).toEqual([])
      expect(rejections).toEqual([])
      const explained = consoleError.mock.calls.map(([error]) => (error as { code?: unknown }).code)
      // A login whose cookies are not sent is always reported. If timeout() is behind loginMiddleware, the login rejects.
      // Otherwise Hono logs the UsageError.
      expect(explained).toEqual(kind === 'login' && where === 'before' ? ['response-sent'] : [])
      expect((problem as { code?: unknown } | null)?.code).toBe(
        kind !== 'text' && where === 'behind' ? 'response-sent' : undefined,
      )
    },
  )
})
