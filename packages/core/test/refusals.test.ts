import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { checkRequest, commit } from '../src/adapter'
import {
  type AnonymousReason,
  type Auth,
  createLoginManager,
  type LoginManager,
  type LoginManagerOptions,
  type Refusal,
  type RequestView,
  UsageError,
} from '../src/index'
import { commitOnHeaders, nodeRequestView, sendResponse } from '../src/node'
import { createTestClock, recordEvents } from '../src/testing'
import { alice, SECRET, type User } from './setup'

const OPTIONS = { secrets: SECRET, loadUser: () => alice, loginView: '/login', refreshView: '/again' } as const

/** Each handler, and a request that it is for. */
const HANDLERS = {
  unauthorizedHandler: async (auth: Auth<User>) => (await auth.require()) as Refused,
  needsRefreshHandler: async (auth: Auth<User>) => {
    await auth.loginUser(alice, { fresh: false })
    return (await auth.require({ fresh: true })) as Refused
  },
  forbiddenHandler: async (auth: Auth<User>) => {
    await auth.loginUser(alice)
    return (await auth.require({ allow: () => false })) as Refused
  },
  csrfHandler: async (auth: Auth<User>) => (await checkRequest(auth)) as Refused,
}
type HandlerName = keyof typeof HANDLERS
interface Refused {
  respond(): Promise<Response>
}
const NAMES = Object.keys(HANDLERS) as HandlerName[]

const requestFor = (name: HandlerName): Request =>
  new Request('https://app.test/page', {
    method: name === 'csrfHandler' ? 'POST' : 'GET',
    headers: { accept: 'text/html', ...(name === 'csrfHandler' && { origin: 'https://evil.test' }) },
  })

async function refusedBy(options: Partial<LoginManagerOptions<User>>, name: HandlerName): Promise<Response> {
  const auth = createLoginManager<User>({ ...OPTIONS, ...options }).open(requestFor(name))
  return (await HANDLERS[name](auth)).respond()
}

const shown = async (response: Response) => [
  response.status,
  response.headers.get('location'),
  response.headers.get('content-type'),
  await response.text(),
]

describe('a refusal handler that returns undefined', () => {
  it.each(NAMES)('leaves the response to the library: %s', async (name) => {
    const usual = await shown(await refusedBy({}, name))
    for (const handler of [() => undefined, async () => undefined, () => null, async () => null])
      expect(await shown(await refusedBy({ [name]: handler }, name))).toEqual(usual)
  })

  it.each(NAMES)('for some requests responds to the others: %s', async (name) => {
    const mine = ({ request }: Refusal) =>
      request.url.endsWith('/page') ? new Response('mine', { status: 418 }) : undefined
    expect((await refusedBy({ [name]: mine }, name)).status).toBe(418)
  })

  it('leaves the message and the page to come back to to the library too', async () => {
    const manager = createLoginManager<User>({
      ...OPTIONS,
      useSessionForNext: true,
      unauthorizedHandler: () => undefined,
    })
    const auth = manager.open(requestFor('unauthorizedHandler'))
    await auth.unauthorized()
    expect([(await auth.peekFlashes()).length, await auth.session.pendingNext()]).toEqual([1, '/page'])
  })
})

describe('a refusal handler that returns something else', () => {
  it.each([7, 'no', true, {}, []])('is a UsageError that names the option and %j', async (value) => {
    const handler = (() => value) as unknown as () => Response
    const error = await refusedBy({ unauthorizedHandler: handler }, 'unauthorizedHandler').catch((thrown) => thrown)
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({ code: 'no-response', message: expect.stringContaining('unauthorizedHandler') })
  })
})

describe('what a refusal handler receives', () => {
  it.each(NAMES)('is the Auth object of the request itself: %s', async (name) => {
    let seen: unknown
    const manager = createLoginManager<User>({
      ...OPTIONS,
      [name]: ({ auth }: Refusal) => {
        seen = auth
        return undefined
      },
    })
    const auth = manager.open(requestFor(name))
    await (await HANDLERS[name](auth)).respond()
    expect(seen).toBe(auth)
  })

  it('types the Auth object as that of the user', async () => {
    const manager = createLoginManager({
      secrets: SECRET,
      loadUser: (id: string) => ({ id, name: 'Alice' }),
      unauthorizedHandler: async ({ auth }) => new Response((await auth.currentUser())?.name ?? 'anonymous'),
    })
    expect(await (await manager.open(requestFor('unauthorizedHandler')).unauthorized()).text()).toBe('anonymous')
  })

  it('is the reason why the visitor is anonymous, as whyAnonymous() returns it', async () => {
    const clock = createTestClock(1_800_000_000)
    const seen: unknown[] = []
    const manager = createLoginManager<User>({
      ...OPTIONS,
      clock,
      unauthorizedHandler: ({ whyAnonymous }) => {
        seen.push(whyAnonymous)
        return undefined
      },
      needsRefreshHandler: ({ whyAnonymous }) => {
        seen.push(whyAnonymous)
        return undefined
      },
      localize: (message, _request: RequestView, reason: AnonymousReason | null) => {
        seen.push(reason)
        return message
      },
    })
    const cookie = await cookieOf(manager)
    const refuse = async (headers: Record<string, string>, fresh = false) => {
      const auth = manager.open(new Request('https://app.test/', { headers: { accept: 'text/html', ...headers } }))
      const decision = await auth.require({ fresh })
      if (!decision.ok) await decision.respond()
      return seen.splice(0)
    }
    expect(await refuse({})).toEqual(['no-cookie', 'no-cookie'])
    expect(await refuse({ cookie: `${cookie}x` })).toEqual(['bad-signature', 'bad-signature'])
    expect(await refuse({ cookie: await cookieOf(manager, false) }, true)).toEqual([null, null])
    clock.advance(86_400)
    expect(await refuse({ cookie })).toEqual(['idle', 'idle'])
    clock.advance(31 * 86_400)
    expect(await refuse({ cookie })).toEqual(['expired', 'expired'])
  })
})

async function cookieOf(manager: LoginManager<User>, fresh = true): Promise<string> {
  const auth = manager.open(new Request('https://app.test/'))
  await auth.loginUser(alice, { fresh })
  return commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

type Reenter = (refusal: Refusal<Auth<User>>, manager: LoginManager<User>) => Promise<Response>

const later = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(() => resolve(value)))

/** The ways in which a handler can ask for the response that it gives itself. */
const WAYS: Readonly<Record<string, Reenter>> = {
  'auth.unauthorized()': ({ auth }) => auth.unauthorized(),
  'auth.unauthorized() after a while': async ({ auth }) => (await later(auth)).unauthorized(),
  'manager.open(request).unauthorized()': ({ request }, manager) => manager.open(request).unauthorized(),
  'manager.open(request).unauthorized() after a while': async ({ request }, manager) =>
    manager.open(await later(request)).unauthorized(),
  'manager.open() with an address': ({ request }, manager) =>
    manager.open(request, { address: '192.0.2.1' }).unauthorized(),
  'manager.open() with an address after a while': async ({ request }, manager) =>
    manager.open(await later(request), { address: '192.0.2.1' }).unauthorized(),
  'manager.open() with a copy of the request': ({ request }, manager) =>
    manager.open(new Request(request as Request)).unauthorized(),
  'manager.open() with a copy of the request after a while': async ({ request }, manager) =>
    manager.open(new Request(await later(request as Request))).unauthorized(),
  'manager.open() with a copy of the request after a promise': async ({ request }, manager) =>
    manager.open(new Request(await (request as Request))).unauthorized(),
  'auth.needsRefresh()': ({ auth }) => auth.needsRefresh(),
  'require() and respond()': async ({ auth }) => {
    const decision = await auth.require()
    return decision.ok ? new Response('in') : decision.respond()
  },
}

/** After a handler has waited, another refusal of its request, or of any copy, may be one at the same time. */
const CALLS_AT_MOST: Readonly<Record<string, number>> = {
  'auth.unauthorized() after a while': 8,
  'manager.open(request).unauthorized() after a while': 8,
  'manager.open() with an address after a while': 8,
  'auth.needsRefresh()': 2,
}

/** These are not recognised as the same request: the library responds by itself when too many handlers wait. */
const isCopiedLater = (way: string): boolean => /copy.* after/.test(way)

describe('a refusal handler that requests the same refusal from the library', () => {
  it.each(Object.entries(WAYS).filter(([way]) => !isCopiedLater(way)))(
    'gets a UsageError with the remedy instead of an endless loop: %s',
    async (way, reenter) => {
      let calls = 0
      const handler = (refusal: Refusal<Auth<User>>): Promise<Response> => {
        calls++
        return reenter(refusal, manager)
      }
      const manager: LoginManager<User> = createLoginManager<User>({
        ...OPTIONS,
        unauthorizedHandler: handler,
        needsRefreshHandler: handler,
      })
      const error = await manager
        .open(requestFor('unauthorizedHandler'))
        .unauthorized()
        .catch((thrown) => thrown)
      expect(error).toBeInstanceOf(UsageError)
      expect(error).toMatchObject({ code: 'reentered', message: expect.stringContaining('Return undefined') })
      expect(calls).toBeLessThanOrEqual(CALLS_AT_MOST[way] ?? 1)
    },
  )

  it.each(NAMES)('by its own decision gets a UsageError: %s', async (name) => {
    let decision: Refused | undefined
    const error = await (async () => {
      const auth = createLoginManager<User>({ ...OPTIONS, [name]: () => decision?.respond() }).open(requestFor(name))
      decision = await HANDLERS[name](auth)
      return decision.respond()
    })().catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'reentered', message: expect.stringContaining(name) })
  })

  it.each(NAMES)('by a new decision gets a UsageError: %s', async (name) => {
    const handler = async ({ auth }: Refusal<Auth<User>>) => (await HANDLERS[name](auth)).respond()
    const error = await refusedBy({ [name]: handler }, name).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'reentered', message: expect.stringContaining(name) })
  })

  it.each(NAMES)('by a new decision after a wait gets a UsageError: %s', async (name) => {
    let calls = 0
    const handler = async ({ auth }: Refusal<Auth<User>>) => {
      calls++
      return (await HANDLERS[name](await later(auth))).respond()
    }
    const error = await refusedBy({ [name]: handler }, name).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'reentered', message: expect.stringContaining(name) })
    expect(calls).toBeLessThanOrEqual(8)
  })

  it.each(NAMES)('by a copy of the request after a wait gets the response of the library: %s', async (name) => {
    let calls = 0
    const manager: LoginManager<User> = createLoginManager<User>({
      ...OPTIONS,
      [name]: async ({ request }: Refusal<Auth<User>>) => {
        calls++
        const copy = await later(new Request(request as Request))
        return (await HANDLERS[name](manager.open(copy))).respond()
      },
    })
    const record = recordEvents(manager)
    const refused = await HANDLERS[name](manager.open(requestFor(name)))
    expect(await shown(await refused.respond())).toEqual(await shown(await refusedBy({}, name)))
    expect(calls).toBe(2000)
    expect(record.events.filter((event) => event.name === 'warning')).toMatchObject([{ code: 'busy-handlers' }])
  })

  it.each(NAMES)(
    'does not keep the library from refusing other visitors while 2,000 handlers wait: %s',
    async (name) => {
      let release: (value?: undefined) => void = () => undefined
      const held = new Promise<undefined>((resolve) => {
        release = resolve
      })
      const manager = createLoginManager<User>({ ...OPTIONS, [name]: () => held })
      const record = recordEvents(manager)
      const refuse = async () => (await HANDLERS[name](manager.open(requestFor(name)))).respond()
      const waiting = Array.from({ length: 2000 }, refuse)
      const usual = await shown(await refusedBy({}, name))
      await later(null)
      for (let times = 0; times < 3; times++) expect(await shown(await refuse())).toEqual(usual)
      expect(record.events.filter((event) => event.name === 'warning')).toMatchObject([{ code: 'busy-handlers' }])
      release()
      await Promise.all(waiting)
    },
  )

  it('may let another kind of refusal respond', async () => {
    const response = await refusedBy({ unauthorizedHandler: ({ auth }) => auth.needsRefresh() }, 'unauthorizedHandler')
    expect(response.headers.get('location')).toBe('/again?next=%2Fpage')
  })

  it('may be called again by the next refusal of the request', async () => {
    const manager = createLoginManager<User>({
      ...OPTIONS,
      unauthorizedHandler: () => new Response(null, { status: 418 }),
    })
    const auth = manager.open(requestFor('unauthorizedHandler'))
    for (let times = 0; times < 3; times++) expect((await auth.unauthorized()).status).toBe(418)
  })

  it('may be called again after it threw', async () => {
    let times = 0
    const handler = (): Response => {
      if (times++ === 0) throw new RangeError('template')
      return new Response(null, { status: 418 })
    }
    const auth = createLoginManager<User>({ ...OPTIONS, unauthorizedHandler: handler }).open(
      requestFor('unauthorizedHandler'),
    )
    await expect(auth.unauthorized()).rejects.toThrow('template')
    expect((await auth.unauthorized()).status).toBe(418)
  })

  it('may run twice at once for two refusals that were decided before', async () => {
    const handler = async (): Promise<Response> => later(new Response(null, { status: 418 }))
    const auth = createLoginManager<User>({ ...OPTIONS, unauthorizedHandler: handler }).open(
      requestFor('unauthorizedHandler'),
    )
    const decisions = [await auth.require(), await auth.require()]
    const responses = await Promise.all(decisions.map((one) => (one.ok ? new Response() : one.respond())))
    expect(responses.map(({ status }) => status)).toEqual([418, 418])
  })

  it.each(NAMES)('may run for refusals of one request that are decided while it waits: %s', async (name) => {
    const handler = async (): Promise<Response> => later(new Response(null, { status: 418 }))
    const auth = createLoginManager<User>({ ...OPTIONS, [name]: handler }).open(requestFor(name))
    const responses: Promise<Response>[] = []
    for (let times = 0; times < 6; times++) responses.push((await HANDLERS[name](auth)).respond())
    expect((await Promise.all(responses)).map(({ status }) => status)).toEqual(Array(6).fill(418))
  })

  it('may run for many requests at once', async () => {
    const handler = async (): Promise<Response> => later(new Response(null, { status: 418 }))
    const manager = createLoginManager<User>({ ...OPTIONS, unauthorizedHandler: handler })
    const all = Array.from({ length: 50 }, () => manager.open(requestFor('unauthorizedHandler')).unauthorized())
    expect(new Set((await Promise.all(all)).map(({ status }) => status))).toEqual(new Set([418]))
  })
})

describe('a server whose refusal handler calls itself', () => {
  const servers: Server[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise((done) => server.close(done))
  })

  async function serve(manager: LoginManager<User>): Promise<string> {
    const respond = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
      const auth = manager.open(nodeRequestView(req))
      commitOnHeaders(res, auth)
      if (req.url === '/open') return void res.end('open')
      const decision = await auth.require()
      await sendResponse(res, decision.ok ? new Response('in') : await decision.respond())
    }
    const server = createServer((req, res) => {
      respond(req, res).catch((error) => {
        res.statusCode = 500
        res.end(String(error?.code))
      })
    })
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it.each(Object.entries(WAYS).filter(([name]) => !name.includes('copy')))(
    'responds to that request with an error and to another one meanwhile: %s',
    async (_, reenter) => {
      const handler = (refusal: Refusal<Auth<User>>): Promise<Response> => reenter(refusal, manager)
      const manager: LoginManager<User> = createLoginManager<User>({
        ...OPTIONS,
        unauthorizedHandler: handler,
        needsRefreshHandler: handler,
      })
      const url = await serve(manager)
      const [refused, open] = await Promise.all([fetch(`${url}/page`), fetch(`${url}/open`)])
      expect([refused.status, await refused.text()]).toEqual([500, 'reentered'])
      expect([open.status, await open.text()]).toEqual([200, 'open'])
    },
  )
})
