// A handler that ends after timeout() responded: its response is not sent, and nothing of it is logged as an error.
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
const note = (reason: unknown): void => void rejections.push(reason)
process.on('unhandledRejection', note)
afterEach(() => vi.restoreAllMocks())

/** A promise that the test resolves. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

describe.each(['before', 'behind'])('timeout() %s loginMiddleware', (where) => {
  it.each(['text', 'read', 'login'])(
    'answers 504, and a handler that ends later logs no unexplained error: %s',
    async (kind) => {
      const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined)
      const { loginMiddleware, auth } = honoLogin(manager)
      const [late, done] = [gate(), gate()]
      let problem: unknown = null
      const app = new Hono()
      if (where === 'before') app.use(timeout(5))
      app.use(loginMiddleware)
      if (where === 'behind') app.use(timeout(5))
      app.get('/', async (c) => {
        await late.opened
        try {
          if (kind === 'read') await auth(c).currentUser()
          if (kind === 'login') await auth(c).loginUser({ id: 'alice' })
        } catch (error) {
          problem = error
        }
        done.open()
        return c.text('late')
      })
      const answer = await app.request('/')
      expect([answer.status, await answer.text()]).toEqual([504, 'Gateway Timeout'])
      late.open()
      await done.opened
      // The middleware ends in microtasks after the handler.
      await new Promise((resolve) => setImmediate(resolve))
      expect(answer.headers.getSetCookie()).toEqual([])
      expect(rejections).toEqual([])
      const explained = logged.mock.calls.map(([error]) => (error as { code?: unknown }).code)
      // A login that no browser gets is never silent: behind loginMiddleware it rejects, before it Hono logs the UsageError.
      expect(explained).toEqual(kind === 'login' && where === 'before' ? ['response-sent'] : [])
      expect((problem as { code?: unknown } | null)?.code).toBe(
        kind !== 'text' && where === 'behind' ? 'response-sent' : undefined,
      )
    },
  )
})
