// Express without a socket. Serverless hosts and mocks create the request themselves, and most of them leave rawHeaders
// empty. The adapter must find the login there, and the CSRF check must receive every header of the browser.
import { createServer, type IncomingMessage } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import serverlessExpress from '@codegenie/serverless-express'
import { bearer, createLoginManager } from '@fetch-login/core'
import { commit } from '@fetch-login/core/adapter'
import express from 'express'
import express4 from 'express4'
import { createRequest, createResponse } from 'node-mocks-http'
import serverlessHttp from 'serverless-http'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { expressVersions } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { listen } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const manager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  loadUserFromRequest: bearer((id) => (id === 'token-of-alice' ? { id: 'alice' } : null)),
  publicOrigin: 'https://app.test',
})
const { loginMiddleware, loginRequired, auth } = expressLogin(manager)

async function getAliceCookie(): Promise<string> {
  const opened = manager.open(new Request('https://app.test/'))
  await opened.loginUser({ id: 'alice' })
  return commit(opened, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

type Before = (req: IncomingMessage) => void

function createApp(create: typeof express, before: Before = () => undefined) {
  const app = create()
  app.use((req, _res, next) => {
    before(req)
    next()
  })
  app.use(loginMiddleware)
  app.get('/who', (req, res, next) => {
    const respond = async () => {
      const user = await auth(req).currentUser()
      res.json({ user: user?.id ?? null, why: await auth(req).whyAnonymous() })
    }
    respond().catch(next)
  })
  app.post('/login', (req, res, next) => {
    auth(req)
      .loginUser({ id: 'alice' })
      .then(() => res.json({ done: true }), next)
  })
  app.get('/secret', loginRequired(), (req, res) => {
    res.json({ user: auth(req).user.id })
  })
  app.use(((error, _req, res, _next) => {
    res.status(500).json({ error: String(error.code ?? error) })
  }) as express.ErrorRequestHandler)
  return app
}

type App = ReturnType<typeof createApp>

interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

interface ReceivedResponse {
  readonly status: number
  readonly cookies: readonly string[]
  readonly body: string
}

/** Creates an event of API Gateway, payload version 2. */
function createEvent({ method, path, headers }: Sent): object {
  const { cookie, ...others } = headers
  const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' }
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    ...(cookie !== undefined && { cookies: cookie.split('; ') }),
    headers: { host: 'app.test', 'x-forwarded-proto': 'https', ...others },
    requestContext: { http, requestId: '1', domainName: 'app.test', stage: '$default', accountId: '1', apiId: '1' },
    body: '',
    isBase64Encoded: false,
  }
}

/** Creates an event of API Gateway, payload version 1, with upper-case header names. */
function createRestEvent({ method, path, headers }: Sent): object {
  const spelled = Object.fromEntries(
    Object.entries({ host: 'app.test', ...headers }).map(([name, value]) => [name.toUpperCase(), value]),
  )
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: method,
    headers: spelled,
    multiValueHeaders: Object.fromEntries(Object.entries(spelled).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    requestContext: { identity: { sourceIp: '192.0.2.1' }, requestId: '1', stage: 'test', httpMethod: method, path },
    body: '',
    isBase64Encoded: false,
  }
}

interface LambdaResponse {
  readonly statusCode: number
  readonly headers?: Record<string, string | string[]>
  readonly multiValueHeaders?: Record<string, string[]>
  readonly cookies?: readonly string[]
  readonly body: string
}

function toReceivedResponse({
  statusCode,
  headers = {},
  multiValueHeaders = {},
  cookies,
  body,
}: LambdaResponse): ReceivedResponse {
  const lines = [cookies ?? [], multiValueHeaders['set-cookie'] ?? [], headers['set-cookie'] ?? []].flat()
  return { status: statusCode, cookies: lines, body }
}

async function sendToMocks(app: App, { method, path, headers }: Sent): Promise<ReceivedResponse> {
  const req = createRequest({ method: method as 'GET', url: path, headers })
  const res = createResponse({ req })
  await new Promise<void>((resolve) => {
    const end = res.end.bind(res)
    res.end = ((...given: Parameters<typeof end>) => {
      const ended = end(...given)
      resolve()
      return ended
    }) as typeof res.end
    app(req, res)
  })
  return {
    status: res.statusCode,
    cookies: [res.getHeader('set-cookie') ?? []].flat().map(String),
    body: res._getData(),
  }
}

async function sendWithSupertest(app: App, { method, path, headers }: Sent): Promise<ReceivedResponse> {
  const asked = request(app)[method === 'POST' ? 'post' : 'get'](path)
  const { status, headers: responseHeaders, text } = await asked.set({ host: 'app.test', ...headers })
  return { status, cookies: [responseHeaders['set-cookie'] ?? []].flat(), body: text }
}

const invokeLambda = (opened: unknown, event: object): Promise<ReceivedResponse> =>
  (opened as (event: object, context: object) => Promise<LambdaResponse>)(event, {}).then(toReceivedResponse)

const WAYS: readonly (readonly [string, (app: App, sent: Sent) => Promise<ReceivedResponse>])[] = [
  ['serverless-http, API Gateway 2', (app, sent) => invokeLambda(serverlessHttp(app), createEvent(sent))],
  ['serverless-http, API Gateway 1', (app, sent) => invokeLambda(serverlessHttp(app), createRestEvent(sent))],
  ['serverless-express, API Gateway 2', (app, sent) => invokeLambda(serverlessExpress({ app }), createEvent(sent))],
  ['serverless-express, API Gateway 1', (app, sent) => invokeLambda(serverlessExpress({ app }), createRestEvent(sent))],
  ['node-mocks-http', sendToMocks],
  ['supertest', sendWithSupertest],
]

const setups = WAYS.flatMap(([way, send]) => expressVersions.map(([name, create]) => ({ way, send, name, create })))

describe.each(setups)('$name behind $way', ({ way, send, create }) => {
  const app = createApp(create)
  const own = { origin: 'https://app.test', 'sec-fetch-site': 'same-origin' }

  // node-mocks-http never calls writeHead(), so middleware that waits for the headers cannot set a cookie there.
  if (way !== 'node-mocks-http')
    it('sends the cookie of a login', async () => {
      const entered = await send(app, { method: 'POST', path: '/login', headers: own })
      expect([entered.status, entered.cookies]).toEqual([200, [expect.stringMatching(/^__Host-session=/)]])
    })

  it('finds the user of the session cookie, also behind a guard', async () => {
    const cookie = await getAliceCookie()
    const getUser = await send(app, { method: 'GET', path: '/who', headers: { cookie: `a=1; ${cookie}` } })
    expect(JSON.parse(getUser.body)).toEqual({ user: 'alice', why: null })
    const secret = await send(app, { method: 'GET', path: '/secret', headers: { cookie } })
    expect(JSON.parse(secret.body)).toEqual({ user: 'alice' })
  })

  it('responds 401 to an anonymous request behind a guard', async () => {
    expect((await send(app, { method: 'GET', path: '/secret', headers: {} })).status).toBe(401)
  })

  it('finds the user of a bearer token', async () => {
    const response = await send(app, {
      method: 'GET',
      path: '/secret',
      headers: { authorization: 'Bearer token-of-alice' },
    })
    expect(JSON.parse(response.body)).toEqual({ user: 'alice' })
  })

  it.each<[string, Record<string, string>]>([
    ['by its fetch metadata', { 'sec-fetch-site': 'cross-site' }],
    ['by its origin', { origin: 'https://evil.test' }],
    ['by an opaque origin', { origin: 'null' }],
  ])('refuses a POST of another site with 403 and does not set a cookie: %s', async (_, headers) => {
    const response = await send(app, { method: 'POST', path: '/login', headers })
    expect([response.status, response.cookies]).toEqual([403, []])
  })

  it('accepts the POST of a program without browser headers', async () => {
    expect((await send(app, { method: 'POST', path: '/login', headers: {} })).status).toBe(200)
  })
})

describe.each(expressVersions)('%s on a Node server', (_, create) => {
  const getUser = async (before: Before, headers: Record<string, string>) => {
    const origin = await listen(createServer(createApp(create, before)))
    return (await fetch(`${origin}/who`, { headers })).json()
  }

  it('does not find a login in a cookie that a middleware removed, replaced or added, and names the reason', async () => {
    const cookie = await getAliceCookie()
    const changes: readonly (readonly [Before, Record<string, string>])[] = [
      [(req) => delete req.headers.cookie, { cookie }],
      [(req) => Object.assign(req.headers, { cookie: 'a=1' }), { cookie }],
      [(req) => Object.assign(req.headers, { cookie }), {}],
    ]
    for (const [before, headers] of changes)
      expect(await getUser(before, headers)).toEqual({ user: null, why: 'ambiguous-header' })
  })

  it('finds no user in an Authorization header that a middleware added', async () => {
    const add: Before = (req) => Object.assign(req.headers, { authorization: 'Bearer token-of-alice' })
    expect(await getUser(add, {})).toEqual({ user: null, why: 'ambiguous-header' })
  })

  it('detects a duplicated Authorization header', async () => {
    const duplicate: Before = (req) => req.rawHeaders.push('authorization', 'Bearer other')
    expect(await getUser(duplicate, { authorization: 'Bearer token-of-alice' })).toEqual({
      user: null,
      why: 'ambiguous-header',
    })
  })

  it('refuses a cross-site POST whose Origin header a middleware removed or replaced', async () => {
    for (const before of [
      (req) => delete req.headers.origin,
      (req) => Object.assign(req.headers, { origin: 'https://app.test' }),
    ] satisfies Before[]) {
      const origin = await listen(createServer(createApp(create, before)))
      const response = await fetch(`${origin}/login`, { method: 'POST', headers: { origin: 'https://evil.test' } })
      expect([response.status, response.headers.getSetCookie()]).toEqual([403, []])
    }
  })
})

describe('an HTTP/2 server', () => {
  it('finds the login, and compares the origin with the pseudo-header :authority', async () => {
    const other = createLoginManager<User>({ secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR', loadUser: (id) => ({ id }) })
    const adapter = expressLogin(other)
    const server = createHttp2Server((req, res) => {
      const respond = async (): Promise<void> => {
        if (req.method === 'POST') await adapter.auth(req).loginUser({ id: 'alice' })
        const user = await adapter.auth(req).currentUser()
        res.end(JSON.stringify({ user: user?.id ?? null }))
      }
      adapter.loginMiddleware(req, res as never, () => void respond())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const send = (headers: Record<string, string>): Promise<{ status: number; cookie: string; body: string }> =>
      new Promise((resolve, reject) => {
        const stream = client.request({ ':path': '/', ':authority': 'app.test', ...headers })
        let [status, cookie, body] = [0, '', '']
        stream.on('response', (responseHeaders) => {
          status = Number(responseHeaders[':status'])
          cookie = String(responseHeaders['set-cookie'] ?? '').split(';')[0] ?? ''
        })
        stream.on('data', (chunk) => {
          body += chunk
        })
        stream.on('end', () => resolve({ status, cookie, body }))
        stream.on('error', reject)
        stream.end()
      })
    const forged = await send({ ':method': 'POST', origin: 'http://evil.test' })
    const entered = await send({ ':method': 'POST', origin: 'http://app.test' })
    const found = await send({ cookie: entered.cookie })
    client.close()
    server.close()
    expect([forged.status, entered.status, JSON.parse(found.body)]).toEqual([403, 200, { user: 'alice' }])
  })
})

it('the tests use two different versions of Express', () => {
  expect(express4).not.toBe(express)
})
