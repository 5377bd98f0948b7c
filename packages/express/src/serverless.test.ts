// Express without a socket: serverless hosts and mocks build the request themselves, and most of them leave rawHeaders
// empty. A login must be found there, and the CSRF check must see every header of the browser.
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
import { expresses } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { listening } from '../testing/served'
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

async function cookieOfAlice(): Promise<string> {
  const handle = manager.open(new Request('https://app.test/'))
  await handle.loginUser({ id: 'alice' })
  return commit(handle, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
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
    const answer = async () => {
      const user = await auth(req).currentUser()
      res.json({ user: user?.id ?? null, why: await auth(req).whyAnonymous() })
    }
    answer().catch(next)
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

interface Answer {
  readonly status: number
  readonly cookies: readonly string[]
  readonly body: string
}

/** Any event of API Gateway in version 2, as it documents it. */
function eventOf({ method, path, headers }: Sent): object {
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

/** Any event of API Gateway in version 1, whose header names are as the client spelled them. */
function restEventOf({ method, path, headers }: Sent): object {
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

interface LambdaAnswer {
  readonly statusCode: number
  readonly headers?: Record<string, string | string[]>
  readonly multiValueHeaders?: Record<string, string[]>
  readonly cookies?: readonly string[]
  readonly body: string
}

function fromLambda({ statusCode, headers = {}, multiValueHeaders = {}, cookies, body }: LambdaAnswer): Answer {
  const lines = [cookies ?? [], multiValueHeaders['set-cookie'] ?? [], headers['set-cookie'] ?? []].flat()
  return { status: statusCode, cookies: lines, body }
}

async function overMocks(app: App, { method, path, headers }: Sent): Promise<Answer> {
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

async function overSupertest(app: App, { method, path, headers }: Sent): Promise<Answer> {
  const asked = request(app)[method === 'POST' ? 'post' : 'get'](path)
  const { status, headers: answered, text } = await asked.set({ host: 'app.test', ...headers })
  return { status, cookies: [answered['set-cookie'] ?? []].flat(), body: text }
}

const lambda = (handle: unknown, event: object): Promise<Answer> =>
  (handle as (event: object, context: object) => Promise<LambdaAnswer>)(event, {}).then(fromLambda)

const WAYS: readonly (readonly [string, (app: App, sent: Sent) => Promise<Answer>])[] = [
  ['serverless-http, API Gateway 2', (app, sent) => lambda(serverlessHttp(app), eventOf(sent))],
  ['serverless-http, API Gateway 1', (app, sent) => lambda(serverlessHttp(app), restEventOf(sent))],
  ['serverless-express, API Gateway 2', (app, sent) => lambda(serverlessExpress({ app }), eventOf(sent))],
  ['serverless-express, API Gateway 1', (app, sent) => lambda(serverlessExpress({ app }), restEventOf(sent))],
  ['node-mocks-http', overMocks],
  ['supertest', overSupertest],
]

const worlds = WAYS.flatMap(([way, send]) => expresses.map(([name, create]) => ({ way, send, name, create })))

describe.each(worlds)('$name behind $way', ({ way, send, create }) => {
  const app = createApp(create)
  const own = { origin: 'https://app.test', 'sec-fetch-site': 'same-origin' }

  // node-mocks-http never calls writeHead(), so no middleware that waits for the headers can set a cookie there.
  if (way !== 'node-mocks-http')
    it('sends the cookie of a login', async () => {
      const entered = await send(app, { method: 'POST', path: '/login', headers: own })
      expect([entered.status, entered.cookies]).toEqual([200, [expect.stringMatching(/^__Host-session=/)]])
    })

  it('finds the user of the session cookie, also behind a guard', async () => {
    const cookie = await cookieOfAlice()
    const who = await send(app, { method: 'GET', path: '/who', headers: { cookie: `a=1; ${cookie}` } })
    expect(JSON.parse(who.body)).toEqual({ user: 'alice', why: null })
    const secret = await send(app, { method: 'GET', path: '/secret', headers: { cookie } })
    expect(JSON.parse(secret.body)).toEqual({ user: 'alice' })
  })

  it('responds 401 to an anonymous request behind a guard', async () => {
    expect((await send(app, { method: 'GET', path: '/secret', headers: {} })).status).toBe(401)
  })

  it('finds the user of a bearer token', async () => {
    const answer = await send(app, {
      method: 'GET',
      path: '/secret',
      headers: { authorization: 'Bearer token-of-alice' },
    })
    expect(JSON.parse(answer.body)).toEqual({ user: 'alice' })
  })

  it.each<[string, Record<string, string>]>([
    ['by its fetch metadata', { 'sec-fetch-site': 'cross-site' }],
    ['by its origin', { origin: 'https://evil.test' }],
    ['by an opaque origin', { origin: 'null' }],
  ])('refuses a POST of another site with 403 and sets no cookie: %s', async (_, headers) => {
    const answer = await send(app, { method: 'POST', path: '/login', headers })
    expect([answer.status, answer.cookies]).toEqual([403, []])
  })

  it('lets the POST of a program without browser headers pass', async () => {
    expect((await send(app, { method: 'POST', path: '/login', headers: {} })).status).toBe(200)
  })
})

describe.each(expresses)('%s on a server of Node', (_, create) => {
  const who = async (before: Before, headers: Record<string, string>) => {
    const origin = await listening(createServer(createApp(create, before)))
    return (await fetch(`${origin}/who`, { headers })).json()
  }

  it('takes no login from a cookie that a middleware removed, replaced or added, and names the reason', async () => {
    const cookie = await cookieOfAlice()
    const changes: readonly (readonly [Before, Record<string, string>])[] = [
      [(req) => delete req.headers.cookie, { cookie }],
      [(req) => Object.assign(req.headers, { cookie: 'a=1' }), { cookie }],
      [(req) => Object.assign(req.headers, { cookie }), {}],
    ]
    for (const [before, headers] of changes)
      expect(await who(before, headers)).toEqual({ user: null, why: 'ambiguous-header' })
  })

  it('takes no token from an Authorization header that a middleware added', async () => {
    const added: Before = (req) => Object.assign(req.headers, { authorization: 'Bearer token-of-alice' })
    expect(await who(added, {})).toEqual({ user: null, why: 'ambiguous-header' })
  })

  it('still notices a duplicated Authorization header', async () => {
    const twice: Before = (req) => req.rawHeaders.push('authorization', 'Bearer other')
    expect(await who(twice, { authorization: 'Bearer token-of-alice' })).toEqual({
      user: null,
      why: 'ambiguous-header',
    })
  })

  it('refuses a cross-site POST whose Origin header a middleware removed or replaced', async () => {
    for (const before of [
      (req) => delete req.headers.origin,
      (req) => Object.assign(req.headers, { origin: 'https://app.test' }),
    ] satisfies Before[]) {
      const origin = await listening(createServer(createApp(create, before)))
      const answer = await fetch(`${origin}/login`, { method: 'POST', headers: { origin: 'https://evil.test' } })
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []])
    }
  })
})

describe('a server of HTTP/2', () => {
  it('finds the login and refuses a forged request by its pseudo-header :authority', async () => {
    const other = createLoginManager<User>({ secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR', loadUser: (id) => ({ id }) })
    const adapter = expressLogin(other)
    const server = createHttp2Server((req, res) => {
      const answer = async (): Promise<void> => {
        if (req.method === 'POST') await adapter.auth(req).loginUser({ id: 'alice' })
        const user = await adapter.auth(req).currentUser()
        res.end(JSON.stringify({ user: user?.id ?? null }))
      }
      adapter.loginMiddleware(req, res as never, () => void answer())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const ask = (headers: Record<string, string>): Promise<{ status: number; cookie: string; body: string }> =>
      new Promise((resolve, reject) => {
        const stream = client.request({ ':path': '/', ':authority': 'app.test', ...headers })
        let [status, cookie, body] = [0, '', '']
        stream.on('response', (answered) => {
          status = Number(answered[':status'])
          cookie = String(answered['set-cookie'] ?? '').split(';')[0] ?? ''
        })
        stream.on('data', (chunk) => {
          body += chunk
        })
        stream.on('end', () => resolve({ status, cookie, body }))
        stream.on('error', reject)
        stream.end()
      })
    const forged = await ask({ ':method': 'POST', origin: 'http://evil.test' })
    const entered = await ask({ ':method': 'POST', origin: 'http://app.test' })
    const found = await ask({ cookie: entered.cookie })
    client.close()
    server.close()
    expect([forged.status, entered.status, JSON.parse(found.body)]).toEqual([403, 200, { user: 'alice' }])
  })
})

it('Express 4 is another package than Express 5 here', () => {
  expect(express4).not.toBe(express)
})
