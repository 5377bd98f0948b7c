// A login, a logout or another change without await in a server action of Next.js. The action creates no response that the
// adapter could replace, so the adapter reports the change after the response.
import { type Auth, createLoginManager, type LoginManagerOptions, type LoginWarning } from '@fetch-login/core'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { nextLogin } from './index'

// Replaces Next.js, which would provide the headers of the request and run the tasks of after().
const { current } = vi.hoisted(() => ({
  current: { headers: new Headers(), tasks: [] as (() => unknown)[], cookies: [] as string[], isForbidden: false },
}))
vi.mock('next/headers', () => ({
  headers: async () => current.headers,
  cookies: async () => ({ set: ({ name }: { name: string }) => void current.cookies.push(name) }),
}))
vi.mock('next/server', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  after: (task: () => unknown) => {
    if (current.isForbidden) throw new Error('`after` was called outside a request scope.')
    current.tasks.push(task)
  },
}))

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }

const CHANGES: Readonly<Record<string, (auth: Auth<User>) => Promise<unknown>>> = {
  'loginUser()': (auth) => auth.loginUser(alice),
  'logoutUser()': (auth) => auth.logoutUser(),
  'confirmLogin()': (auth) => auth.confirmLogin(),
  'session.set()': (auth) => auth.session.set('cart', 1),
  'session.delete()': (auth) => auth.session.delete('cart'),
  'flash()': (auth) => auth.flash('Saved.'),
}

/** Creates the login of an app, and records its warnings. */
function createLogin(options: Partial<LoginManagerOptions<User>>) {
  const warnings: string[] = []
  const onWarning = ({ code, message }: LoginWarning): void => void warnings.push(`${code}: ${message}`)
  const manager = createLoginManager<User>({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id) => ({ id }),
    onWarning,
    ...options,
  })
  /** Runs a server action of the page /login, and then the tasks after its response. */
  const runAction = async (action: (auth: Auth<User>) => unknown): Promise<void> => {
    current.tasks.length = 0
    current.headers = new Headers({
      host: 'app.test',
      'next-action': '7f',
      'sec-fetch-site': 'same-origin',
      'x-fetch-login-url': manager.signUrl('https://app.test/login?token=secret'),
    })
    const outcome = (async () => action(await nextLogin(manager).auth()))()
    await outcome.catch(() => undefined)
    for (const task of current.tasks) await task()
    await outcome
  }
  return { manager, warnings, runAction }
}

beforeEach(() => {
  current.cookies.length = 0
  current.isForbidden = false
})

describe.each([
  ['in development', true],
  ['in production', false],
])('a change without await in a server action %s', (_environment, debug) => {
  it.each(Object.entries(CHANGES))('is reported with the call, the page and the remedy: %s', async (name, change) => {
    const { warnings, runAction } = createLogin({ debug })
    await runAction((auth) => void change(auth))
    expect(warnings).toEqual([expect.stringMatching(/^not-awaited: .*Request: POST \/login\./)])
    expect(warnings[0]).toContain(`write await ${name}`)
    expect(warnings[0]).not.toContain('secret')
  })

  it('is reported as ineffective if it is pending after the response', async () => {
    const { manager, warnings, runAction } = createLogin({ debug })
    manager.on('userLoggedIn', () => new Promise(() => undefined))
    await runAction((auth) => void auth.loginUser(alice))
    expect(warnings).toEqual([expect.stringMatching(/^not-awaited: .*await loginUser\(\).* Nothing was changed/)])
    expect(current.cookies).toEqual([])
  })

  it('is reported with its error if it failed', async () => {
    const { warnings, runAction } = createLogin({ debug })
    await runAction((auth) => void auth.session.set('cart', () => undefined))
    expect(warnings).toEqual([expect.stringMatching(/^not-awaited: .*await session\.set\(\).* It failed: .*JSON/)])
  })

  it('is reported if the action ends in an error', async () => {
    const { warnings, runAction } = createLogin({ debug })
    const fail = (auth: Auth<User>): never => {
      void auth.loginUser(alice)
      throw new Error('The action failed.')
    }
    await expect(runAction(fail)).rejects.toThrow('The action failed.')
    expect(warnings).toEqual([expect.stringContaining('write await loginUser()')])
  })

  it.each<[string, (auth: Auth<User>) => unknown]>([
    ['await', async (auth) => void (await auth.loginUser(alice))],
    ['then()', (auth) => auth.loginUser(alice).then(() => undefined)],
    ['Promise.all()', (auth) => Promise.all([auth.loginUser(alice), auth.flash('Welcome.')])],
    ['return', async (auth) => auth.loginUser(alice)],
  ])('is not reported if the action waits with %s', async (_name, action) => {
    const { warnings, runAction } = createLogin({ debug })
    await runAction(action)
    expect(warnings).toEqual([])
    expect(current.cookies).not.toEqual([])
  })

  it('registers one task after the response, and none for an action that changes nothing', async () => {
    const { runAction } = createLogin({ debug })
    await runAction((auth) => auth.currentUser())
    expect(current.tasks).toHaveLength(0)
    await runAction(async (auth) => {
      await auth.flash('One.')
      await auth.flash('Two.')
    })
    expect(current.tasks).toHaveLength(1)
  })

  it('changes the login as before if Next.js forbids tasks after the response', async () => {
    const { warnings, runAction } = createLogin({ debug })
    current.isForbidden = true
    await runAction((auth) => auth.loginUser(alice))
    expect(warnings).toEqual([])
    expect(current.cookies).not.toEqual([])
  })
})

it('a change without await in a server action is reported at each try in development, and once in production', async () => {
  for (const [debug, count] of [
    [true, 3],
    [false, 1],
  ] as const) {
    const { warnings, runAction } = createLogin({ debug })
    for (let tries = 0; tries < 3; tries++) await runAction((auth) => void auth.loginUser(alice))
    expect(warnings).toHaveLength(count)
  }
})

it('a change without await is written to the console in development if the option onWarning is not set', async () => {
  const logged = vi.spyOn(console, 'warn').mockReturnValue()
  const { runAction } = createLogin({ debug: true, onWarning: undefined })
  await runAction((auth) => void auth.loginUser(alice))
  expect(logged.mock.calls).toEqual([[expect.stringContaining('write await loginUser()')]])
  logged.mockRestore()
})

it('a change without await that begins after the response is reported too', async () => {
  const { warnings, runAction } = createLogin({ debug: true })
  let opened: Auth<User> | undefined
  await runAction(async (auth) => {
    opened = auth
    await auth.flash('One.')
  })
  current.tasks.length = 0
  void opened?.loginUser(alice)
  for (const task of current.tasks) await task()
  expect(warnings).toEqual([expect.stringContaining('write await loginUser()')])
})
