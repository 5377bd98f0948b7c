// One list of refused requests for every adapter: which receive the login page or 401, and the behaviour of refusal handlers.
import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  apiKey,
  basicAuth,
  bearer,
  createLoginManager,
  type LoginManager,
  type LoginManagerOptions,
  type RequestView,
  withLogin,
} from '@fetch-login/core'
import { expressLogin } from '@fetch-login/express'
import { fastifyLogin } from '@fetch-login/fastify'
import { honoLogin } from '@fetch-login/hono'
import { nextLogin } from '@fetch-login/next'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { NextRequest } from 'next/server'
import { afterEach, describe, expect, it, vi } from 'vitest'

// A wrapped route handler of Next.js reads the headers of the current request, and its server does not run here.
vi.mock('next/headers', () => ({ headers: async () => new Headers(), cookies: async () => ({ set: () => undefined }) }))

interface User {
  readonly id: string
}
type Manager = LoginManager<User>
type RequestHeaders = Readonly<Record<string, string>>
/** Sends a request for a guarded path. */
type Send = (path: string, headers: RequestHeaders, method?: string) => Promise<Response>

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** Serves over HTTP, so the headers are those of Node. */
async function serve(listener: RequestListener): Promise<Send> {
  const server: Server = createServer(listener)
  ends.push(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return createSender((server.address() as AddressInfo).port)
}

function createSender(port: number): Send {
  return async (path, headers, method = 'GET') => {
    const sent = request({
      port,
      host: '127.0.0.1',
      path,
      method,
      headers: { host: 'app.test', ...headers },
      agent: false,
    })
    sent.end()
    const [message] = await once(sent, 'response')
    let body = ''
    for await (const chunk of message) body += chunk
    return new Response(body, { status: message.statusCode, headers: message.headers as Record<string, string> })
  }
}

const toSender =
  (app: (request: Request) => Response | Promise<Response>): Send =>
  async (path, headers, method = 'GET') =>
    app(new Request(`http://app.test${path}`, { method, headers: { host: 'app.test', ...headers } }))

const ADAPTERS: Readonly<Record<string, (manager: Manager) => Promise<Send>>> = {
  withLogin: async (manager) => {
    const guard = manager.guard()
    return toSender(
      withLogin(manager, async (_request, auth) => {
        const outcome = await guard(auth)
        return outcome.ok ? new Response('secret') : outcome.respond()
      }),
    )
  },
  Hono: async (manager) => {
    const { loginMiddleware, loginRequired } = honoLogin(manager)
    const app = new Hono().use(loginMiddleware).all('*', loginRequired(), (c) => c.text('secret'))
    return toSender((sent) => app.fetch(sent))
  },
  Express: async (manager) => {
    const { loginMiddleware, loginRequired } = expressLogin(manager)
    return serve(express().use(loginMiddleware, loginRequired(), (_req, res) => void res.send('secret')))
  },
  Fastify: async (manager) => {
    const { loginPlugin, loginRequired } = fastifyLogin(manager)
    const app = fastify()
    ends.push(() => app.close())
    await app.register(loginPlugin)
    app.all('/*', { preHandler: loginRequired() }, () => 'secret')
    await app.listen({ port: 0, host: '127.0.0.1' })
    return createSender((app.server.address() as AddressInfo).port)
  },
  'Next.js': async (manager) => {
    const route = nextLogin(manager, { reportError: () => undefined }).withLoginRequired(() => new Response('secret'))
    return toSender((sent) => route(new NextRequest(sent), { params: Promise.resolve({}) }))
  },
}

const PAGE = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const SCRIPT = { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
const HTMX = { ...SCRIPT, 'hx-request': 'true', 'hx-current-url': 'http://app.test/list?page=2' }
const AWS = 'AWS4-HMAC-SHA256 Credential=a/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range, Signature=fe5f'
const BASIC = `Basic ${btoa('alice:wrong')}`

/** The status, the login URL, and whether the response has a Basic challenge. */
const CASES: readonly [what: string, headers: RequestHeaders, expected: readonly [number, string | null, boolean]][] = [
  ['a browser that navigates', PAGE, [302, '/login?next=%2Fpage', false]],
  ['a program without Accept', {}, [401, null, true]],
  ['a program that accepts anything', { accept: '*/*' }, [401, null, true]],
  ['a program that prefers JSON by q', { accept: 'application/json, text/html;q=0.1' }, [401, null, true]],
  ['Java', { accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2' }, [401, null, true]],
  ['a rejected bearer token', { ...PAGE, authorization: 'Bearer wrong' }, [401, null, true]],
  ['a rejected API key', { ...PAGE, 'x-api-key': 'wrong' }, [401, null, true]],
  ['a rejected password', { ...PAGE, authorization: BASIC }, [401, null, true]],
  ['a script', SCRIPT, [401, null, false]],
  ['an image', { accept: 'image/*', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }, [401, null, false]],
  ['XMLHttpRequest', { 'x-requested-with': 'XMLHttpRequest', accept: 'text/html' }, [401, null, false]],
  ['htmx', HTMX, [401, '/login?next=%2Flist%3Fpage%3D2', false]],
  ['htmx of another site', { ...HTMX, 'hx-current-url': 'http://evil.test/' }, [401, '/login', false]],
  ['a boosted link of htmx', { ...HTMX, 'hx-boosted': 'true' }, [401, '/login?next=%2Fpage', false]],
  [
    'a frame of Turbo',
    { accept: 'text/html, application/xhtml+xml', 'turbo-frame': 'a', referer: 'http://app.test/inbox' },
    [302, '/login?next=%2Finbox', false],
  ],
]

const waitForImmediate = () => new Promise((resolve) => setImmediate(resolve))

describe.each(Object.entries(ADAPTERS))('a refused request on %s', (_name, create) => {
  const start = (options: Partial<LoginManagerOptions<User>> = {}): Promise<Send> => {
    const manager: Manager = createLoginManager<User>({
      secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
      loadUser: (id) => ({ id }),
      loginView: '/login',
      cookies: { secure: false },
      loadUserFromRequest: [bearer<User>(() => null), basicAuth<User>(() => null), apiKey<User>(() => null)],
      ...options,
    })
    return create(manager)
  }

  it.each(CASES)('receives the login page or 401: %s', async (_what, headers, expected) => {
    const { status, headers: sent } = await (await start())('/page', headers)
    const target = sent.get('location') ?? sent.get('hx-redirect')
    const challenge = sent.get('www-authenticate') ?? ''
    expect([status, target, challenge.includes('Basic')]).toEqual(expected)
    if (status === 401 && target === null) expect(challenge).toContain('Bearer')
  })

  it('uses the default response if the handler, which receives the reason, returns undefined', async () => {
    const seen: unknown[] = []
    const send = await start({
      unauthorizedHandler: async ({ request: { headers }, auth, whyAnonymous }) => {
        seen.push(whyAnonymous, await auth.whyAnonymous())
        return headers.get('x-own') === null ? undefined : new Response('own', { status: 418 })
      },
      localize: (message, _request, whyAnonymous) => {
        seen.push(whyAnonymous)
        return message
      },
    })
    expect((await send('/page', PAGE)).headers.get('location')).toBe('/login?next=%2Fpage')
    expect(seen.splice(0)).toEqual(['no-cookie', 'no-cookie', 'no-cookie'])
    expect((await send('/page', { ...PAGE, 'x-own': '1' })).status).toBe(418)
  })

  it('causes the error reentered if its handler calls itself, and does not delay another request', async () => {
    const errors: unknown[] = []
    const send = await start({
      unauthorizedHandler: async ({ request: { url }, auth }) => {
        if (url.endsWith('/other')) return new Response('other')
        await waitForImmediate()
        return auth.unauthorized().catch((error: { code?: unknown }) => {
          errors.push(error.code)
          return new Response('an error', { status: 500 })
        })
      },
    })
    const [looping, other] = await Promise.all([send('/page', PAGE), send('/other', PAGE)])
    expect([looping.status, await other.text()]).toEqual([500, 'other'])
    expect(errors).toEqual(['reentered'])
  })

  it('stores the URL of a page in the session, but not the URL of a fragment', async () => {
    const send = await start({ useSessionForNext: true, loginMessage: null })
    const getSetCookie = (response: Response) => response.headers.get('set-cookie')
    const cookie = getSetCookie(await send('/page', PAGE))?.split(';')[0] ?? ''
    expect(cookie).not.toBe('')
    expect(getSetCookie(await send('/part', { ...HTMX, cookie }))).toBeNull()
    expect(getSetCookie(await send('/other', { ...PAGE, cookie }))).not.toBeNull()
  })

  it('has the challenge invalid_token for an invalid bearer token, but not for a missing one', async () => {
    const send = await start({ loadUserFromRequest: bearer<User>(() => null) })
    const requestChallenge = async (headers: RequestHeaders) =>
      (await send('/page', headers)).headers.get('www-authenticate')
    expect(await requestChallenge(SCRIPT)).toBe('Bearer')
    expect(await requestChallenge({ ...SCRIPT, authorization: 'Bearer wrong' })).toMatch(
      /^Bearer error="invalid_token", error_d/,
    )
  })

  it.each([
    'Token token="secret", email="alice@example.org"',
    'Digest username="alice", realm="a, b", nonce="n", uri="/", response="r"',
    AWS,
  ])('passes the whole Authorization header to a loader of the app: %s', async (authorization) => {
    const seen: unknown[] = []
    const loadUserFromRequest = ({ headers }: RequestView) => {
      seen.push(headers.get('authorization'))
      return null
    }
    const send = await start({ loadUserFromRequest })
    await send('/page', { authorization })
    expect(seen).toEqual([authorization])
  })
})
