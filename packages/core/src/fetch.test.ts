import { describe, expect, it } from 'vitest'
import { alice, createManager, type User } from '../test/setup'
import { type Auth, OptionsError, withLogin } from './index'
import { createTestClient } from './testing'

const failure = new Error('the handler failed')

describe('the handler of withLogin()', () => {
  it('is called once with the request and its Auth object, and its response sets the cookies', async () => {
    const manager = createManager()
    const calls: string[] = []
    const app = withLogin(manager, async (request, auth) => {
      calls.push(new URL(request.url).pathname)
      if (request.method === 'POST') await auth.loginUser(alice)
      return Response.json(await auth.currentUser())
    })
    const client = createTestClient<User>(app, { manager })
    expect(await (await client.get('/a')).json()).toBeNull()
    expect(await (await client.post('/login')).json()).toEqual(alice)
    expect(await (await client.get('/b')).json()).toEqual(alice)
    expect(calls).toEqual(['/a', '/login', '/b'])
  })

  it('may return a response without a promise', async () => {
    const app = withLogin(createManager(), () => new Response('hello'))
    expect(await (await app(new Request('https://app.test/'))).text()).toBe('hello')
  })

  it('receives the further arguments of the runtime in the same order', async () => {
    const seen: unknown[] = []
    const app = withLogin(createManager(), (_, auth, env: { name: string }, context: number) => {
      seen.push(auth.constructor.name, env.name, context)
      return new Response()
    })
    await app(new Request('https://app.test/'), { name: 'worker' }, 7)
    expect(seen).toEqual(['Auth', 'worker', 7])
  })

  it('is not called if the CSRF check refuses the request', async () => {
    let calls = 0
    const app = withLogin(createManager(), () => {
      calls++
      return new Response()
    })
    const headers = { 'sec-fetch-site': 'cross-site' }
    const response = await app(new Request('https://app.test/', { method: 'POST', headers }))
    expect([response.status, calls]).toEqual([403, 0])
  })

  it('gets an Auth object with the client address that options.address returns', async () => {
    const manager = createManager({ fingerprint: ['address'], sessionProtection: 'strong' })
    const app = withLogin(
      manager,
      async (request, auth, _: { ip: string }) => {
        if (request.method === 'POST') await auth.loginUser(alice)
        return Response.json(await auth.currentUser())
      },
      { address: (_, info) => info.ip },
    )
    const login = await app(new Request('https://app.test/', { method: 'POST' }), { ip: '::ffff:192.0.2.1' })
    const headers = { cookie: login.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
    const fetchFrom = async (ip: string) => (await app(new Request('https://app.test/', { headers }), { ip })).json()
    expect(await fetchFrom('192.0.2.1')).toEqual(alice)
    expect(await fetchFrom('192.0.2.2')).toBeNull()
  })

  it('requires options.address if the fingerprint includes the address or the network', () => {
    for (const part of ['address', 'network'] as const)
      expect(() => withLogin(createManager({ fingerprint: [part] }), () => new Response())).toThrow(OptionsError)
  })
})

describe('withLogin() with a handler that throws', () => {
  const loginAndThrow = async (_: Request, auth: Auth<User>): Promise<Response> => {
    await auth.loginUser(alice)
    throw failure
  }
  const createRequest = () => new Request('https://app.test/login', { method: 'POST' })

  it('throws the same error if options.onError is missing', async () => {
    await expect(withLogin(createManager(), loginAndThrow)(createRequest())).rejects.toBe(failure)
  })

  it('sends the cookies of a login with the response of onError', async () => {
    const seen: unknown[] = []
    const onError = async (error: unknown, failed: Request): Promise<Response> => {
      seen.push(error, failed.url)
      return new Response('sorry', { status: 500 })
    }
    const response = await withLogin(createManager(), loginAndThrow, { onError })(createRequest())
    expect([response.status, response.headers.getSetCookie()]).toEqual([500, [expect.stringContaining('session=')]])
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(seen).toEqual([failure, 'https://app.test/login'])
  })

  it('does not send a cookie of a login whose event listener threw', async () => {
    const manager = createManager()
    manager.on('userLoggedIn', () => {
      throw failure
    })
    const app = withLogin(manager, loginAndThrow, { onError: () => new Response('sorry', { status: 500 }) })
    expect((await app(createRequest())).headers.getSetCookie()).toEqual([])
  })

  it('passes an error of the user loader to onError', async () => {
    const manager = createManager({
      loadUser: () => {
        throw failure
      },
    })
    const client = createTestClient<User>(
      withLogin(manager, async (_, auth) => Response.json(await auth.currentUser()), {
        onError: (error) => new Response(String(error), { status: 500 }),
      }),
      { manager },
    )
    await client.loginAs(alice)
    const response = await client.get('/')
    expect([response.status, await response.text()]).toEqual([500, 'Error: the handler failed'])
  })
})

describe('a handler of withLogin() that does not return a response', () => {
  it.each([undefined, null, 'hello', { ok: false, reason: 'unauthorized' }])(
    'makes the request fail with no-response: %j',
    async (returned) => {
      const app = withLogin(createManager(), () => returned as unknown as Response)
      await expect(app(new Request('https://app.test/'))).rejects.toMatchObject({ code: 'no-response' })
      await expect(app(new Request('https://app.test/'))).rejects.toThrow('must return a Response, but returned')
    },
  )
})
