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

/** Returns a refusal of the kind that each handler is for. */
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

const createRequest = (name: HandlerName): Request =>
  new Request('https://app.test/page', {
    method: name === 'csrfHandler' ? 'POST' : 'GET',
    headers: { accept: 'text/html', ...(name === 'csrfHandler' && { origin: 'https://evil.test' }) },
  })

async function refuse(options: Partial<LoginManagerOptions<User>>, name: HandlerName): Promise<Response> {
  const auth = createLoginManager<User>({ ...OPTIONS, ...options }).open(createRequest(name))
  return (await HANDLERS[name](auth)).respond()
}

const describeResponse = async (response: Response) => [
  response.status,
  response.headers.get('location'),
  response.headers.get('content-type'),
  await response.text(),
]

describe('a refusal handler that returns undefined', () => {
  it.each(NAMES)('makes the library respond: %s', async (name) => {
    const usual = await describeResponse(await refuse({}, name))
    for (const handler of [() => undefined, async () => undefined, () => null, async () => null])
      expect(await describeResponse(await refuse({ [name]: handler }, name))).toEqual(usual)
  })

  it.each(NAMES)('for some requests creates the response of the others: %s', async (name) => {
    const handler = ({ request }: Refusal) =>
      request.url.endsWith('/page') ? new Response('own', { status: 418 }) : undefined
    expect((await refuse({ [name]: handler }, name)).status).toBe(418)
  })

  it('makes the library store the flash message and next', async () => {
    const manager = createLoginManager<User>({
      ...OPTIONS,
      useSessionForNext: true,
      unauthorizedHandler: () => undefined,
    })
    const auth = manager.open(createRequest('unauthorizedHandler'))
    await auth.unauthorized()
    expect([(await auth.peekFlashes()).length, await auth.session.pendingNext()]).toEqual([1, '/page'])
  })
})

describe('a refusal handler that returns neither a response nor undefined', () => {
  it.each([7, 'no', true, {}, []])('causes a UsageError with the name of the option: %j', async (value) => {
    const handler = (() => value) as unknown as () => Response
    const error = await refuse({ unauthorizedHandler: handler }, 'unauthorizedHandler').catch((thrown) => thrown)
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({ code: 'no-response', message: expect.stringContaining('unauthorizedHandler') })
  })
})

describe('the argument of a refusal handler', () => {
  it.each(NAMES)('contains the Auth object of the request: %s', async (name) => {
    let seen: unknown
    const manager = createLoginManager<User>({
      ...OPTIONS,
      [name]: ({ auth }: Refusal) => {
        seen = auth
        return undefined
      },
    })
    const auth = manager.open(createRequest(name))
    await (await HANDLERS[name](auth)).respond()
    expect(seen).toBe(auth)
  })

  it('has an Auth object with the type of the user', async () => {
    const manager = createLoginManager({
      secrets: SECRET,
      loadUser: (id: string) => ({ id, name: 'Alice' }),
      unauthorizedHandler: async ({ auth }) => new Response((await auth.currentUser())?.name ?? 'anonymous'),
    })
    expect(await (await manager.open(createRequest('unauthorizedHandler')).unauthorized()).text()).toBe('anonymous')
  })

  it('contains the result of whyAnonymous(), which localize receives too', async () => {
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
    const cookie = await createSessionCookie(manager)
    const refuseAndGetReasons = async (headers: Record<string, string>, fresh = false) => {
      const auth = manager.open(new Request('https://app.test/', { headers: { accept: 'text/html', ...headers } }))
      const decision = await auth.require({ fresh })
      if (!decision.ok) await decision.respond()
      return seen.splice(0)
    }
    expect(await refuseAndGetReasons({})).toEqual(['no-cookie', 'no-cookie'])
    expect(await refuseAndGetReasons({ cookie: `${cookie}x` })).toEqual(['bad-signature', 'bad-signature'])
    expect(await refuseAndGetReasons({ cookie: await createSessionCookie(manager, false) }, true)).toEqual([null, null])
    clock.advance(86_400)
    expect(await refuseAndGetReasons({ cookie })).toEqual(['idle', 'idle'])
    clock.advance(31 * 86_400)
    expect(await refuseAndGetReasons({ cookie })).toEqual(['expired', 'expired'])
  })
})

async function createSessionCookie(manager: LoginManager<User>, fresh = true): Promise<string> {
  const auth = manager.open(new Request('https://app.test/'))
  await auth.loginUser(alice, { fresh })
  return commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

type Reenter = (refusal: Refusal<Auth<User>>, manager: LoginManager<User>) => Promise<Response>

/** Resolves to the value in a later turn of the event loop. */
const defer = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(() => resolve(value)))

/** The ways in which a handler can call the refusal that calls the handler. */
const WAYS: Readonly<Record<string, Reenter>> = {
  'auth.unauthorized()': ({ auth }) => auth.unauthorized(),
  'auth.unauthorized() asynchronously': async ({ auth }) => (await defer(auth)).unauthorized(),
  'manager.open(request).unauthorized()': ({ request }, manager) => manager.open(request).unauthorized(),
  'manager.open(request).unauthorized() asynchronously': async ({ request }, manager) =>
    manager.open(await defer(request)).unauthorized(),
  'manager.open() with an address': ({ request }, manager) =>
    manager.open(request, { address: '192.0.2.1' }).unauthorized(),
  'manager.open() with an address asynchronously': async ({ request }, manager) =>
    manager.open(await defer(request), { address: '192.0.2.1' }).unauthorized(),
  'manager.open() with a copy of the request': ({ request }, manager) =>
    manager.open(new Request(request as Request)).unauthorized(),
  'manager.open() with a copy of the request asynchronously': async ({ request }, manager) =>
    manager.open(new Request(await defer(request as Request))).unauthorized(),
  'manager.open() with a copy of the request after a promise': async ({ request }, manager) =>
    manager.open(new Request(await (request as Request))).unauthorized(),
  'auth.needsRefresh()': ({ auth }) => auth.needsRefresh(),
  'require() and respond()': async ({ auth }) => {
    const decision = await auth.require()
    return decision.ok ? new Response('allowed') : decision.respond()
  },
}

/** The calls of the handler before the error: an asynchronous refusal of the same request is not a loop at first. */
const MAX_CALLS: Readonly<Record<string, number>> = {
  'auth.unauthorized() asynchronously': 8,
  'manager.open(request).unauthorized() asynchronously': 8,
  'manager.open() with an address asynchronously': 8,
  'auth.needsRefresh()': 2,
}

/** Copies of the request are not recognized. The library responds if too many handlers are pending. */
const usesLateCopy = (way: string): boolean => /copy.* (?:asynchronously|after)/.test(way)

describe('a refusal handler that calls the same refusal again', () => {
  it.each(Object.entries(WAYS).filter(([way]) => !usesLateCopy(way)))(
    'gets a UsageError with the remedy, and no endless loop: %s',
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
        .open(createRequest('unauthorizedHandler'))
        .unauthorized()
        .catch((thrown) => thrown)
      expect(error).toBeInstanceOf(UsageError)
      expect(error).toMatchObject({ code: 'reentered', message: expect.stringContaining('Return undefined') })
      expect(calls).toBeLessThanOrEqual(MAX_CALLS[way] ?? 1)
    },
  )

  it.each(NAMES)('gets a UsageError if it calls respond() of the same decision: %s', async (name) => {
    let decision: Refused | undefined
    const error = await (async () => {
      const auth = createLoginManager<User>({ ...OPTIONS, [name]: () => decision?.respond() }).open(createRequest(name))
      decision = await HANDLERS[name](auth)
      return decision.respond()
    })().catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'reentered', message: expect.stringContaining(name) })
  })

  it.each(NAMES)('gets a UsageError if it calls respond() of a new decision: %s', async (name) => {
    const handler = async ({ auth }: Refusal<Auth<User>>) => (await HANDLERS[name](auth)).respond()
    const error = await refuse({ [name]: handler }, name).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'reentered', message: expect.stringContaining(name) })
  })

  it.each(NAMES)('gets a UsageError if it calls respond() of a new decision asynchronously: %s', async (name) => {
    let calls = 0
    const handler = async ({ auth }: Refusal<Auth<User>>) => {
      calls++
      return (await HANDLERS[name](await defer(auth))).respond()
    }
    const error = await refuse({ [name]: handler }, name).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'reentered', message: expect.stringContaining(name) })
    expect(calls).toBeLessThanOrEqual(8)
  })

  it.each(NAMES)(
    'gets the response of the library if it uses a copy of the request asynchronously: %s',
    async (name) => {
      let calls = 0
      const manager: LoginManager<User> = createLoginManager<User>({
        ...OPTIONS,
        [name]: async ({ request }: Refusal<Auth<User>>) => {
          calls++
          const copy = await defer(new Request(request as Request))
          return (await HANDLERS[name](manager.open(copy))).respond()
        },
      })
      const record = recordEvents(manager)
      const refused = await HANDLERS[name](manager.open(createRequest(name)))
      expect(await describeResponse(await refused.respond())).toEqual(await describeResponse(await refuse({}, name)))
      expect(calls).toBe(2000)
      expect(record.events.filter((event) => event.name === 'warning')).toMatchObject([{ code: 'busy-handlers' }])
    },
  )

  it.each(NAMES)('does not prevent refusals of other visitors while 2,000 handlers are pending: %s', async (name) => {
    let release: (value?: undefined) => void = () => undefined
    const pending = new Promise<undefined>((resolve) => {
      release = resolve
    })
    const manager = createLoginManager<User>({ ...OPTIONS, [name]: () => pending })
    const record = recordEvents(manager)
    const refuseAgain = async () => (await HANDLERS[name](manager.open(createRequest(name)))).respond()
    const waiting = Array.from({ length: 2000 }, refuseAgain)
    const usual = await describeResponse(await refuse({}, name))
    await defer(null)
    for (let times = 0; times < 3; times++) expect(await describeResponse(await refuseAgain())).toEqual(usual)
    expect(record.events.filter((event) => event.name === 'warning')).toMatchObject([{ code: 'busy-handlers' }])
    release()
    await Promise.all(waiting)
  })

  it('may return the response of another kind of refusal', async () => {
    const response = await refuse({ unauthorizedHandler: ({ auth }) => auth.needsRefresh() }, 'unauthorizedHandler')
    expect(response.headers.get('location')).toBe('/again?next=%2Fpage')
  })

  it('is called again by the next refusal of the request', async () => {
    const manager = createLoginManager<User>({
      ...OPTIONS,
      unauthorizedHandler: () => new Response(null, { status: 418 }),
    })
    const auth = manager.open(createRequest('unauthorizedHandler'))
    for (let times = 0; times < 3; times++) expect((await auth.unauthorized()).status).toBe(418)
  })

  it('is called again after it threw', async () => {
    let times = 0
    const handler = (): Response => {
      if (times++ === 0) throw new RangeError('template')
      return new Response(null, { status: 418 })
    }
    const auth = createLoginManager<User>({ ...OPTIONS, unauthorizedHandler: handler }).open(
      createRequest('unauthorizedHandler'),
    )
    await expect(auth.unauthorized()).rejects.toThrow('template')
    expect((await auth.unauthorized()).status).toBe(418)
  })

  it('may run twice in parallel for two earlier decisions', async () => {
    const handler = async (): Promise<Response> => defer(new Response(null, { status: 418 }))
    const auth = createLoginManager<User>({ ...OPTIONS, unauthorizedHandler: handler }).open(
      createRequest('unauthorizedHandler'),
    )
    const decisions = [await auth.require(), await auth.require()]
    const responses = await Promise.all(decisions.map((one) => (one.ok ? new Response() : one.respond())))
    expect(responses.map(({ status }) => status)).toEqual([418, 418])
  })

  it.each(NAMES)('may run for further refusals of the request while it is pending: %s', async (name) => {
    const handler = async (): Promise<Response> => defer(new Response(null, { status: 418 }))
    const auth = createLoginManager<User>({ ...OPTIONS, [name]: handler }).open(createRequest(name))
    const responses: Promise<Response>[] = []
    for (let times = 0; times < 6; times++) responses.push((await HANDLERS[name](auth)).respond())
    expect((await Promise.all(responses)).map(({ status }) => status)).toEqual(Array(6).fill(418))
  })

  it('may run for many requests in parallel', async () => {
    const handler = async (): Promise<Response> => defer(new Response(null, { status: 418 }))
    const manager = createLoginManager<User>({ ...OPTIONS, unauthorizedHandler: handler })
    const all = Array.from({ length: 50 }, () => manager.open(createRequest('unauthorizedHandler')).unauthorized())
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
    'responds to that request with an error, and to a parallel request: %s',
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
