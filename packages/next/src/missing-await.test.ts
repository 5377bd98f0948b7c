// A guard whose promise is dropped does not protect the page. In development the adapter reports it.
import { createLoginManager } from '@fetch-login/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextLogin } from './index'

// Replaces Next.js, which would provide the headers of the request and run the tasks of after().
const { current } = vi.hoisted(() => ({ current: { headers: new Headers(), tasks: [] as (() => unknown)[] } }))
vi.mock('next/headers', () => ({
  headers: async () => current.headers,
  cookies: async () => ({ set: () => undefined }),
}))
vi.mock('next/server', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  after: (task: () => unknown) => void current.tasks.push(task),
}))

const manager = createLoginManager({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id: string): { id: string } => ({ id }),
  loginView: '/login',
})
const login = nextLogin(manager)
const logged = vi.spyOn(console, 'error').mockReturnValue()
const GUARDS = ['loginRequired', 'freshLoginRequired', 'anonymousRequired'] as const

beforeEach(() => {
  vi.stubEnv('NODE_ENV', 'development')
  const signed = manager.signUrl('https://app.test/dashboard/7?api_key=secret')
  current.headers = new Headers({ host: 'app.test', 'x-fetch-login-url': signed })
  current.tasks.length = 0
  logged.mockClear()
})
afterEach(() => vi.unstubAllEnvs())

/** Handles the rejection of a guard without a call of `then` that the adapter could count as awaiting. */
function drop(promise: Promise<unknown>): void {
  Promise.prototype.then.call(promise, undefined, () => undefined)
}

/** Runs the tasks that Next.js runs after the response. */
async function completeResponse(): Promise<void> {
  for (const task of current.tasks) await task()
}

describe('in development', () => {
  it.each(GUARDS)('logs the path of a page that called %s() without await, and never its query', async (name) => {
    drop(login[name]())
    await completeResponse()
    expect(logged).toHaveBeenCalledTimes(1)
    const [message, call] = logged.mock.calls[0] as [string, Error]
    expect(message).toContain(`The page or action at /dashboard/7 called ${name}() without await`)
    expect(message).toContain(`${name}Page(`)
    expect(call.stack).toContain('missing-await.test.ts')
    expect(`${message}${call.stack}`).not.toContain('secret')
  })

  it('logs a dropped guard without a path if the proxy did not run or a client sent the address', async () => {
    for (const headers of [{}, { 'x-fetch-login-url': 'https://app.test/planted' }]) {
      current.headers = new Headers(headers)
      drop(login.loginRequired())
    }
    await completeResponse()
    expect(logged.mock.calls.map(([message]) => String(message).slice(0, 23))).toEqual(
      Array(2).fill('A page or action called'),
    )
  })

  it.each([
    ['await', async (guard: Promise<unknown>) => void (await guard)],
    ['then()', (guard: Promise<unknown>) => guard.then(() => undefined)],
    ['catch()', (guard: Promise<unknown>) => guard.catch(() => undefined)],
    ['Promise.all()', (guard: Promise<unknown>) => Promise.all([guard])],
    [
      'a later await',
      async (guard: Promise<unknown>) => {
        await new Promise((resolve) => setImmediate(resolve))
        await guard
      },
    ],
  ])('logs nothing if the app waits with %s', async (_name, wait) => {
    await wait(login.anonymousRequired())
    await completeResponse()
    expect(logged).not.toHaveBeenCalled()
  })

  it('logs nothing for a wrapped page', async () => {
    const page = login.loginRequiredPage(() => null)
    await expect(page({ params: Promise.resolve({}), searchParams: Promise.resolve({}) })).rejects.toThrow()
    await completeResponse()
    expect(logged).not.toHaveBeenCalled()
  })

  it('redirects as in production', async () => {
    await expect(login.loginRequired()).rejects.toMatchObject({ digest: expect.stringContaining(';/login?next=') })
  })
})

it.each(['production', 'test'])('a dropped guard is not reported if NODE_ENV is %s', async (environment) => {
  vi.stubEnv('NODE_ENV', environment)
  drop(login.loginRequired())
  expect(current.tasks).toEqual([])
})
