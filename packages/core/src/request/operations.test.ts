import { describe, expect, it, vi } from 'vitest'
import { alice, createManager, type User, waitForTimers } from '../../test/setup'
import { type Auth, type LoginManagerOptions, type LoginWarning, withLogin } from '../index'

/** Runs a handler that does not await, and returns the error of the response, the warnings, and the cookies. */
async function runWithoutAwait(
  operation: (auth: Auth<User>) => unknown,
  options: Partial<LoginManagerOptions<User>> = {},
): Promise<{ error: unknown; warnings: string[]; cookies: readonly string[] }> {
  const warnings: string[] = []
  const onWarning = ({ code, message }: LoginWarning): void => void warnings.push(`${code}: ${message}`)
  const manager = createManager({ onWarning, ...options })
  manager.on('userLoggedIn', () => (options.loadUser === undefined ? undefined : waitForTimers()))
  let error: unknown = null
  const onError = (thrown: unknown): Response => {
    error = thrown
    return new Response('sorry', { status: 500 })
  }
  const handler = (_request: Request, auth: Auth<User>): Response => {
    operation(auth)
    return new Response('done')
  }
  const response = await withLogin(manager, handler, { onError })(new Request('https://app.test/'))
  await waitForTimers()
  await waitForTimers()
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
  it('passes response-sent to the error handler if a login is pending when the handler returns its response', async () => {
    const { error, cookies } = await runWithoutAwait((auth) => auth.loginUser(alice), slow)
    expect(error).toMatchObject({ code: 'response-sent', message: expect.stringContaining('write await loginUser()') })
    expect(cookies).toEqual([])
  })

  it.each(Object.entries(CHANGES))('is an error in development if %s completed without await', async (name, change) => {
    const { error, cookies } = await runWithoutAwait(change, { debug: true })
    expect(error).toMatchObject({ code: 'not-awaited', message: expect.stringContaining(`await ${name}`) })
    expect(cookies).toEqual([])
  })

  it('logs no user in with a completed login if the error handler receives another change', async () => {
    const { error, cookies } = await runWithoutAwait((auth) => {
      auth.loginUser(alice)
      auth.session.set('key', () => undefined)
    })
    expect(error).toMatchObject({ code: 'not-json' })
    expect(cookies).toEqual([])
  })

  describe('and a change before it or a logout', () => {
    const manager = createManager({ debug: true })
    const respond = (handler: (auth: Auth<User>) => Promise<void>, cookie = ''): Promise<Response> =>
      withLogin(
        manager,
        async (_request, auth) => {
          await handler(auth)
          return new Response('done')
        },
        { onError: () => new Response('sorry', { status: 500 }) },
      )(new Request('https://app.test/', { headers: { cookie } })) as Promise<Response>
    const getCookies = (response: Response): string =>
      response.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ')
    const readUser = (cookie: string): Promise<User | null> =>
      manager.open(new Request('https://app.test/', { headers: { cookie } })).currentUser()

    it('keeps a login that was awaited before', async () => {
      const response = await respond(async (auth) => {
        await auth.loginUser(alice)
        void auth.session.set('key', 1)
      })
      expect(response.status).toBe(500)
      expect(await readUser(getCookies(response))).toEqual(alice)
    })

    it.each<[string, (auth: Auth<User>) => Promise<void>]>([
      [
        'awaited after a change without await',
        async (auth) => {
          void auth.session.set('key', 1)
          await auth.logoutUser()
        },
      ],
      [
        'not awaited itself',
        async (auth) => {
          void auth.logoutUser()
        },
      ],
      [
        'followed by a change that fails',
        async (auth) => {
          void auth.session.set('key', () => undefined)
          await auth.logoutUser()
        },
      ],
    ])('does not undo a logout that is %s', async (_case, handler) => {
      const login = await respond(async (auth) => void (await auth.loginUser(alice)))
      const response = await respond(handler, getCookies(login))
      expect(response.status).toBe(500)
      expect(response.headers.getSetCookie()).toContainEqual(expect.stringMatching(/^__Host-session=;/))
    })
  })

  it('is a warning in production if it completed, and its cookies are sent', async () => {
    const { error, warnings, cookies } = await runWithoutAwait((auth) => auth.loginUser(alice), { debug: false })
    expect([error, cookies.length]).toEqual([null, 1])
    expect(warnings).toEqual([expect.stringMatching(/^not-awaited: .*await loginUser\(\)/)])
  })

  it('passes its own error to the error handler if it failed before the handler returned', async () => {
    const { error } = await runWithoutAwait((auth) => auth.session.set('key', () => undefined))
    expect(error).toMatchObject({ code: 'not-json' })
  })

  it('is a warning if it begins after the response was committed', async () => {
    const { error, warnings } = await runWithoutAwait((auth) => setTimeout(() => auth.flash('late')))
    expect(error).toBeNull()
    expect(warnings).toEqual([expect.stringContaining('await flash()')])
  })

  it('rejects the promise of withLogin() with response-sent without an error handler', async () => {
    const manager = createManager(slow)
    manager.on('userLoggedIn', waitForTimers)
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
  ])('by %s is not reported in development', async (_name, change) => {
    const onWarning = vi.fn()
    const manager = createManager({ debug: true, onWarning })
    const app = withLogin(manager, async (_request, auth) => {
      await change(auth)
      return new Response('done')
    })
    expect((await app(new Request('https://app.test/'))).status).toBe(200)
    expect(onWarning).not.toHaveBeenCalled()
  })
})
