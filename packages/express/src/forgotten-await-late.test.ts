// After the error page of a login without await, the app may still call methods of its response. The process does not end.
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createLoginManager } from '@fetch-login/core'
import type { ErrorRequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { expressVersions } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { listen, send, serve } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

type Handler = (req: IncomingMessage, res: ServerResponse) => void
type Fail = (error: unknown) => void

const alice: User = { id: 'alice' }
const secrets = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
const waitForTimers = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

/** The first call of the app on its response, which is diverted. */
const BEGINNINGS: Readonly<Record<string, (res: ServerResponse) => unknown>> = {
  writeHead: (res) => res.writeHead(200, { location: '/account' }),
  flushHeaders: (res) => res.flushHeaders(),
  write: (res) => res.write('a'),
  end: (res) => res.end('a'),
}

/** The calls after it. */
const ENDINGS: Readonly<Record<string, (res: ServerResponse) => unknown>> = {
  end: (res) => res.end('late'),
  write: (res) => [res.write('late'), res.end()],
  writeHead: (res) => res.writeHead(200, { location: '/account' }).end('late'),
  setHeader: (res) => {
    res.setHeader('location', '/account')
    res.appendHeader('x-own', 'own')
    res.removeHeader('content-type')
    res.flushHeaders()
    res.end('late')
  },
  pipe: (res) => Readable.from(['late', 'later']).pipe(res),
  pipeline: (res) => pipeline(Readable.from(['late', 'later']), res).catch(() => undefined),
  callback: async (res) => {
    await new Promise((resolve) => res.write('late', resolve))
    await new Promise((resolve) => res.end(() => resolve(undefined)))
  },
}

const DELAYS: Readonly<Record<string, (run: () => void, res: ServerResponse) => void>> = {
  'at once': (run) => run(),
  'two microtasks later': (run) => queueMicrotask(() => queueMicrotask(run)),
  'in a timer': (run) => void setTimeout(run),
  'after the response': (run, res) => void res.once('finish', run),
}

const ERROR_PAGES: Readonly<Record<string, (res: ServerResponse) => void | Promise<void>>> = {
  'an error handler': (res) => {
    res.statusCode = 500
    res.setHeader('content-type', 'text/plain')
    res.end('sorry')
  },
  'an error handler that waits': async (res) => {
    await waitForTimers()
    await waitForTimers()
    res.statusCode = 500
    res.setHeader('content-type', 'text/plain')
    res.end('sorry')
  },
}

type Server = (
  handle: Handler,
  showError: (res: ServerResponse) => unknown,
  debug: boolean,
  isSlow: boolean,
) => Promise<string>

const servers: [name: string, create: Server][] = [
  ...expressVersions.map(([name, express]): [string, Server] => [
    name,
    (handle, showError, debug, isSlow) => {
      const { loginMiddleware, auth } = createLogin(debug, isSlow)
      const app = express()
      app.use(loginMiddleware)
      app.get('/', (req, res) => {
        void auth(req).loginUser(alice)
        handle(req, res)
      })
      const onError: ErrorRequestHandler = (_error, _req, res, _next) => void showError(res)
      app.use(onError)
      return serve(app as RequestListener)
    },
  ]),
  [
    "Node's http server",
    (handle, showError, debug, isSlow) => {
      const { loginMiddleware, auth } = createLogin(debug, isSlow)
      const server = createServer((req, res) => {
        const next: Fail = (error) => {
          if (error !== undefined) return void showError(res)
          void auth(req).loginUser(alice)
          handle(req, res)
        }
        loginMiddleware(req, res, next)
      })
      return listen(server)
    },
  ],
]

function createLogin(debug: boolean, isSlow: boolean): ReturnType<typeof expressLogin<User>> {
  const manager = createLoginManager<User>({ secrets, loadUser: (id) => ({ id }), debug, onWarning: () => undefined })
  if (isSlow) manager.on('userLoggedIn', waitForTimers)
  return expressLogin(manager)
}

const KINDS: [debug: boolean, isSlow: boolean][] = [
  [true, false],
  [true, true],
  [false, true],
]

describe.each(servers)('a response after a login without await in %s', (_name, create) => {
  const cases = Object.keys(BEGINNINGS).flatMap((first) => Object.keys(DELAYS).map((delay) => [first, delay] as const))

  /** Sends one request for each way to end the response, and checks that none sets a cookie. */
  async function expectErrorPages(first: string, delay: string, page: string, kind: (typeof KINDS)[number]) {
    const finished: unknown[] = []
    const handle: Handler = (req, res) => {
      const finish = ENDINGS[new URL(String(req.url), 'http://localhost').searchParams.get('end') ?? '']
      BEGINNINGS[first]?.(res)
      DELAYS[delay]?.(() => void finished.push(finish?.(res)), res)
    }
    const origin = await create(handle, (res) => ERROR_PAGES[page]?.(res), ...kind)
    const responses = await Promise.all(Object.keys(ENDINGS).map((end) => send(`${origin}/?end=${end}`)))
    await expect.poll(() => finished.length, { interval: 1 }).toBe(responses.length)
    await Promise.all(finished)
    expect(responses.flatMap(({ cookies }) => cookies)).toEqual([])
    return responses
  }

  it.each(cases)('is the error page if the app calls %s(), and other methods %s', async (first, delay) => {
    for (const kind of KINDS) {
      for (const { status, body, headers } of await expectErrorPages(first, delay, 'an error handler', kind)) {
        expect([status, body, headers.get('location'), headers.get('x-own')]).toEqual([500, 'sorry', null, null])
      }
    }
  })

  it.each(cases)(
    'has no cookie if the app calls %s(), and other methods %s before a slow error page',
    async (first, delay) => {
      for (const kind of KINDS) await expectErrorPages(first, delay, 'an error handler that waits', kind)
    },
  )
})
