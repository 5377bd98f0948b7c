import { describe, expect, it, vi } from 'vitest'
import { type Auth, createLoginManager, type LoginManagerOptions, type LoginWarning, withLogin } from '../index'

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

/** Runs a handler that does not await, and returns the error of the response, the warnings, and the cookies. */
async function run(
  dropped: (auth: Auth<User>) => unknown,
  options: Partial<LoginManagerOptions<User>> = {},
): Promise<{ error: unknown; warnings: string[]; cookies: readonly string[] }> {
  const warnings: string[] = []
  const onWarning = ({ code, message }: LoginWarning): void => void warnings.push(`${code}: ${message}`)
  const secrets = 'only for tests: 0123456789 abcdefghijklmnop'
  const manager = createLoginManager<User>({ secrets, loadUser: (id) => ({ id }), onWarning, ...options })
  manager.on('userLoggedIn', () => (options.loadUser === undefined ? undefined : later()))
  let error: unknown = null
  const onError = (thrown: unknown): Response => {
    error = thrown
    return new Response('sorry', { status: 500 })
  }
  const handler = (_request: Request, auth: Auth<User>): Response => {
    dropped(auth)
    return new Response('done')
  }
  const response = await withLogin(manager, handler, { onError })(new Request('https://app.test/'))
  await later()
  await later()
  return { error, warnings, cookies: response.headers.getSetCookie() }
}

const CHANGES: Readonly<Record<string, (auth: Auth<User>) => Promise<unknown>>> = {
  'loginUser()': (auth) => auth.loginUser(alice),
  'logoutUser()': (auth) => auth.logoutUser(),
  'session.set()': (auth) => auth.session.set('key', 1),
  'session.delete()': (auth) => auth.session.delete('key'),
  'session.setPermanent()': (auth) => auth.session.setPermanent(true),
  'flash()': (auth) => auth.flash('Saved.'),
  'confirmLogin()': (auth) => auth.confirmLogin(),
}

const slow = { loadUser: async (id: string): Promise<User> => ({ id }) }

describe('a change without await', () => {
  it('rejects with response-sent in the error handler if a login is pending when the response is made', async () => {
    const { error, cookies } = await run((auth) => auth.loginUser(alice), slow)
    expect(error).toMatchObject({ code: 'response-sent', message: expect.stringContaining('write await loginUser()') })
    expect(cookies).toEqual([])
  })

  it.each(Object.entries(CHANGES))('is an error in development if %s completed unawaited', async (name, change) => {
    const { error } = await run(change, { debug: true })
    expect(error).toMatchObject({ code: 'not-awaited', message: expect.stringContaining(`await ${name}`) })
  })

  it('is a warning in production if it completed, and the response has its cookies', async () => {
    const { error, warnings, cookies } = await run((auth) => auth.loginUser(alice), { debug: false })
    expect([error, cookies.length]).toEqual([null, 1])
    expect(warnings).toEqual([expect.stringMatching(/^not-awaited: .*await loginUser\(\)/)])
  })

  it('gives its own error to the error handler if it failed before the response was made', async () => {
    const { error } = await run((auth) => auth.session.set('key', () => undefined))
    expect(error).toMatchObject({ code: 'not-json' })
  })

  it('is a warning if it begins after the response was made', async () => {
    const { error, warnings } = await run((auth) => setTimeout(() => auth.flash('late')))
    expect(error).toBeNull()
    expect(warnings).toEqual([expect.stringContaining('await flash()')])
  })

  it('without an error handler rejects the promise of the app', async () => {
    const manager = createLoginManager<User>({ secrets: '0123456789 abcdefghijklmnop only for tests', ...slow })
    manager.on('userLoggedIn', later)
    const app = withLogin(manager, (_request, auth) => {
      void auth.loginUser(alice)
      return new Response('done')
    })
    await expect(app(new Request('https://app.test/'))).rejects.toMatchObject({ code: 'response-sent' })
  })
})

describe('a change with await', () => {
  it.each([
    ['await', async (auth: Auth<User>) => void (await auth.flash('a'))],
    ['then', (auth: Auth<User>) => auth.flash('a').then(() => undefined)],
    ['catch', (auth: Auth<User>) => auth.flash('a').catch(() => undefined)],
    ['Promise.all', (auth: Auth<User>) => Promise.all([auth.flash('a'), auth.session.set('b', 1)])],
  ])('by %s is neither an error nor a warning in development', async (_name, change) => {
    const onWarning = vi.fn()
    const manager = createLoginManager<User>({
      secrets: '0123456789 abcdefghijklmnop only for tests',
      loadUser: (id) => ({ id }),
      debug: true,
      onWarning,
    })
    const app = withLogin(manager, async (_request, auth) => {
      await change(auth)
      return new Response('done')
    })
    expect((await app(new Request('https://app.test/'))).status).toBe(200)
    expect(onWarning).not.toHaveBeenCalled()
  })
})
