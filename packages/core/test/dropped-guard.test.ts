// Guards whose result the app drops: reported in development only, once for each place.
import { describe, expect, it, vi } from 'vitest'
import { recordGuard } from '../src/adapter'
import { type Auth, createLoginManager, type Guard, type LoginWarning, withLogin } from '../src/index'

interface User {
  readonly id: string
}
type Visit = { auth: Auth<User>; guard: Guard<User>; request: Request }

const secrets = 'only for tests: 0123456789 abcdefghijklmnop'
const page = (): Response => new Response('secret')
const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

function createApp(handler: (visit: Visit) => Response | Promise<Response>, options: object = {}) {
  const warnings: LoginWarning[] = []
  const onWarning = (warning: LoginWarning): void => void (warning.code !== 'refused' && warnings.push(warning))
  const manager = createLoginManager<User>({ secrets, loadUser: (id) => ({ id }), debug: true, onWarning, ...options })
  const guard = manager.guard()
  const app = withLogin(manager, (request, auth) => handler({ auth, guard, request }))
  const visit = async (path = '/page', init: RequestInit = {}): Promise<Response> => {
    const response = await app(new Request(`https://app.test${path}`, init))
    await wait()
    return response
  }
  return { visit, warnings }
}

describe('the warning of a dropped guard', () => {
  it('is emitted for 1,000 paths at most, because a visitor selects the paths', async () => {
    const { visit, warnings } = createApp(({ auth, guard }) => {
      guard(auth)
      return page()
    })
    for (let number = 0; number < 1100; number++) await visit(`/page/${number}`)
    expect(warnings.length).toBeGreaterThan(900)
    expect(warnings.length).toBeLessThanOrEqual(1000)
  })
})

const DROPPED: [string, (visit: Visit) => Response | Promise<Response>][] = [
  [
    'calls a guard and ignores its result',
    ({ auth, guard }) => {
      guard(auth)
      return page()
    },
  ],
  [
    'awaits a guard and ignores its result',
    async ({ auth, guard }) => {
      await guard(auth)
      return page()
    },
  ],
  [
    'creates the response of the refusal and does not return it',
    async ({ auth, guard }) => {
      const outcome = await guard(auth)
      if (!outcome.ok) await outcome.respond()
      return page()
    },
  ],
  [
    'does not await the response of the refusal',
    async ({ auth, guard }) => {
      const outcome = await guard(auth)
      if (!outcome.ok) outcome.respond()
      return page()
    },
  ],
  [
    'calls require() without await',
    ({ auth }) => {
      void auth.require()
      return page()
    },
  ],
  [
    'awaits require() and ignores its result',
    async ({ auth }) => {
      await auth.require({ level: 2 })
      return page()
    },
  ],
  [
    'does not return the response of unauthorized()',
    async ({ auth }) => {
      await auth.unauthorized()
      return page()
    },
  ],
  [
    'does not return the response of needsRefresh()',
    async ({ auth }) => {
      await auth.needsRefresh()
      return page()
    },
  ],
  [
    'redirects instead of the refusal',
    async ({ auth, guard }) => {
      await guard(auth)
      return new Response(null, { status: 303, headers: { location: '/done' } })
    },
  ],
]

const RETURNED: [string, (visit: Visit) => Response | Promise<Response>][] = [
  [
    'returns the refusal',
    async ({ auth, guard }) => {
      const outcome = await guard(auth)
      return outcome.ok ? page() : outcome.respond()
    },
  ],
  [
    'returns a copy of the refusal',
    async ({ auth, guard }) => {
      const outcome = await guard(auth)
      if (outcome.ok) return page()
      const { status, headers } = await outcome.respond()
      return new Response('refused', { status, headers })
    },
  ],
  [
    'reads the decision and returns a page for anonymous visitors',
    async ({ auth }) => {
      const decision = await auth.require()
      return decision.ok ? page() : new Response('public')
    },
  ],
  [
    'returns an error page',
    async ({ auth, guard }) => {
      await guard(auth)
      return new Response('not found', { status: 404 })
    },
  ],
  [
    'catches the error of a guard',
    async ({ auth, guard }) => {
      await guard(auth)
      const failing = auth.require({ area: 'missing' })
      await failing.catch(() => undefined)
      return auth.unauthorized()
    },
  ],
  ['returns unauthorized()', ({ auth }) => auth.unauthorized()],
  ['calls no guard', page],
]

describe('the warning dropped-guard', () => {
  it.each(DROPPED)('is emitted for an anonymous request if the handler %s', async (_, handler) => {
    const { visit, warnings } = createApp(handler, { loginView: '/login' })
    await visit('/page?token=secret', { headers: { accept: 'text/html' } })
    expect(warnings).toEqual([
      expect.objectContaining({ code: 'dropped-guard', message: expect.stringContaining('GET /page pass') }),
    ])
    expect(warnings[0]?.message).toContain('return outcome.respond()')
    expect(warnings[0]?.message).not.toContain('token')
  })

  it.each(RETURNED)('is not emitted if the handler %s', async (_, handler) => {
    const { visit, warnings } = createApp(handler, { loginView: '/login' })
    await visit('/page', { headers: { accept: 'text/html' } })
    await visit('/page', { headers: { accept: 'application/json' } })
    expect(warnings).toEqual([])
  })

  it.each(DROPPED)('is not emitted in production if the handler %s', async (_, handler) => {
    const { visit, warnings } = createApp(handler, { debug: false })
    expect((await visit()).status).toBeLessThan(400)
    expect(warnings).toEqual([])
  })

  it('is emitted if the guard is still running when the response is created', async () => {
    const loadUserFromRequest = async (): Promise<User> => {
      await wait()
      return { id: 'alice' }
    }
    const { visit, warnings } = createApp(
      ({ auth, guard }) => {
        void guard(auth)
        return page()
      },
      { loadUserFromRequest },
    )
    await visit()
    expect(warnings).toEqual([expect.objectContaining({ code: 'dropped-guard' })])
  })

  it('is not emitted if the guard lets the request pass', async () => {
    const { visit, warnings } = createApp(
      async ({ auth, guard }) => {
        await guard(auth)
        return page()
      },
      { loadUserFromRequest: () => ({ id: 'alice' }) },
    )
    await visit()
    expect(warnings).toEqual([])
  })

  it('is emitted once for each method and path', async () => {
    const { visit, warnings } = createApp(async ({ auth, guard }) => {
      await guard(auth)
      return page()
    })
    for (const path of ['/one', '/one', '/one?again', '/two']) await visit(path)
    await visit('/one', { method: 'POST' })
    expect(warnings.map(({ message }) => /[A-Z]{3,} \/\w+/.exec(message)?.[0])).toEqual([
      'GET /one',
      'GET /two',
      'POST /one',
    ])
  })

  it('is not emitted for the refusal of a guard to which unauthorizedHandler responds with status 200', async () => {
    const { visit, warnings } = createApp(
      async ({ auth, guard }) => {
        const outcome = await guard(auth)
        return outcome.ok ? page() : outcome.respond()
      },
      { unauthorizedHandler: () => new Response('log in') },
    )
    expect((await visit()).status).toBe(200)
    expect(warnings).toEqual([])
  })
})

describe('middleware that an adapter creates from a guard', () => {
  it('is reported if a handler creates it and it does not run', async () => {
    const { visit, warnings } = createApp(async () => {
      await wait()
      recordGuard()
      return page()
    })
    await visit()
    expect(warnings).toEqual([
      expect.objectContaining({ code: 'dropped-guard', message: expect.stringContaining('GET /page') }),
    ])
  })

  it('is not reported if other middleware that was created in the same request runs', async () => {
    const { visit, warnings } = createApp(() => {
      const [markRun] = [recordGuard(), recordGuard()]
      markRun()
      return page()
    })
    await visit()
    expect(warnings).toEqual([])
  })

  it('is not reported if it is created between requests', async () => {
    const { visit, warnings } = createApp(page)
    recordGuard()
    await visit()
    recordGuard()
    await visit()
    expect(warnings).toEqual([])
  })

  it('is reported for the request that created it, if several requests are handled at once', async () => {
    const { visit, warnings } = createApp(async ({ request }) => {
      await wait()
      if (request.url.endsWith('/two')) recordGuard()
      await wait()
      return page()
    })
    await Promise.all(['/one', '/two', '/three'].map((path) => visit(path)))
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('GET /two')])
  })

  it('is not reported in production', async () => {
    const { visit, warnings } = createApp(
      () => {
        recordGuard()
        return page()
      },
      { debug: false },
    )
    await visit()
    expect(warnings).toEqual([])
  })

  class StorageOfWorkers {
    getStore = () => undefined
    enterWith = () => {
      throw new Error('not implemented')
    }
  }

  it.each([
    ['AsyncLocalStorage', undefined],
    ['enterWith()', { AsyncLocalStorage: StorageOfWorkers }],
  ])('is not reported on a runtime without %s, and the request succeeds', async (_, builtin) => {
    vi.resetModules()
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(builtin)
    const fresh = { ...(await import('../src/index')), ...(await import('../src/adapter')) }
    const onWarning = vi.fn()
    const manager = fresh.createLoginManager({ secrets, loadUser: (id) => ({ id }), debug: true, onWarning })
    const app = fresh.withLogin(manager, () => {
      fresh.recordGuard()
      return page()
    })
    expect((await app(new Request('https://app.test/'))).status).toBe(200)
    expect(onWarning).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })
})
