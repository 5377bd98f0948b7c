// The guard and the router read the same path. The tests send thousands of spellings over real sockets, with every lax
// option of Fastify. No handler runs without a user unless an exception of the guard matches its path.
import { connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { createLoginManager } from '@fetch-login/core'
import { commit } from '@fetch-login/core/adapter'
import fc from 'fast-check'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { describe, expect, it, vi } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { CLOSED, EXCEPT, KNOWN, OPEN, spelling } from '../../core/test/adapters/spellings'
import { serve } from '../testing/served'
import { fastifyLogin } from './index'

// Many runs are slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 })
expectQuietProcess()

const manager = createLoginManager({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id): { id: string } => ({ id }),
})
const { loginPlugin, loginRequired, auth } = fastifyLogin(manager)

interface Setup {
  readonly name: string
  readonly options?: FastifyServerOptions
  readonly prefix?: string
  readonly isExcepting?: boolean
  readonly isHttp2?: boolean
}

/** Fastify accepts this router option, but its types do not contain it. */
const SEMICOLON: object = { useSemicolonDelimiter: true }
const ALL_LAX = {
  ...SEMICOLON,
  ignoreTrailingSlash: true,
  ignoreDuplicateSlashes: true,
  caseSensitive: false,
}
const setups: readonly Setup[] = [
  { name: 'the defaults' },
  { name: 'ignoreTrailingSlash', options: { routerOptions: { ignoreTrailingSlash: true } } },
  { name: 'ignoreDuplicateSlashes', options: { routerOptions: { ignoreDuplicateSlashes: true } } },
  { name: 'caseSensitive: false', options: { routerOptions: { caseSensitive: false } } },
  { name: 'useSemicolonDelimiter', options: { routerOptions: SEMICOLON } },
  { name: 'all lax options', options: { routerOptions: ALL_LAX } },
  { name: 'all lax options, without exceptions', options: { routerOptions: ALL_LAX }, isExcepting: false },
  { name: 'all lax options below a prefix', options: { routerOptions: ALL_LAX }, prefix: '/mnt' },
  {
    name: 'rewriteUrl that removes a segment',
    options: { routerOptions: ALL_LAX, rewriteUrl: ({ url = '/' }) => url.replace('/v1', '') || '/' },
  },
  {
    name: 'rewriteUrl in lower case',
    options: { rewriteUrl: ({ url = '/' }) => url.toLowerCase().replace(/\/+$/, '') || '/' },
  },
  { name: 'all lax options over HTTP/2', options: { routerOptions: ALL_LAX }, isHttp2: true },
]

/** Serves the routes. `ran` records the handlers that ran, and their users. */
async function start({ options = {}, prefix = '', isExcepting = true, isHttp2 = false }: Setup) {
  const ran: { route: string; user: string | null }[] = []
  const app = Fastify({ ...options, ...(isHttp2 && { http2: true }) } as FastifyServerOptions)
  await app.register(loginPlugin)
  app.addHook('onRequest', loginRequired({ except: isExcepting ? EXCEPT.map((path) => prefix + path) : undefined }))
  const routes = async (scope: FastifyInstance): Promise<void> => {
    for (const route of [...OPEN, ...CLOSED])
      scope.get(route, async (request) => {
        ran.push({ route, user: (await auth(request).currentUser())?.id ?? null })
        return route
      })
  }
  await app.register(routes, prefix === '' ? {} : { prefix })
  const { origin } = await serve(app)
  return { ran, origin, port: (app.server.address() as AddressInfo).port }
}

type Visit = (path: string, headers?: Readonly<Record<string, string>>) => Promise<void>

/** Creates a function that sends a path unchanged, and waits until the server closes the connection. */
function createSocketVisit(port: number): Visit {
  return async (path, headers = {}) => {
    const socket = connect(port, '127.0.0.1')
    await new Promise<void>((resolve, reject) => {
      socket.resume()
      socket.on('close', () => resolve())
      socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve() : reject(error)))
      const lines = Object.entries({ host: 'app.test', connection: 'close', ...headers }).map((pair) => pair.join(': '))
      socket.write(Buffer.from([`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'), 'latin1'))
    })
  }
}

async function withVisits(
  setup: Setup,
  use: (visit: Visit, ran: { route: string; user: string | null }[]) => Promise<void>,
) {
  const { ran, origin, port } = await start(setup)
  if (setup.isHttp2 !== true) return use(createSocketVisit(port), ran)
  const client = connectHttp2(origin)
  const visit: Visit = (path, headers = {}) =>
    new Promise((resolve) => {
      const stream = client.request({ ':path': path, ':authority': 'app.test', ...headers })
      stream.resume()
      // A path that the server refuses ends the stream, and not the connection.
      stream.on('error', () => undefined)
      stream.on('close', () => resolve())
      stream.end()
    })
  await use(visit, ran)
  await new Promise<void>((resolve) => client.close(() => resolve()))
}

describe.each(setups)('$name', (setup) => {
  it('does not run a handler without a user for any spelling of a path that is not excepted', async () => {
    await withVisits(setup, async (visit, ran) => {
      const reached = new Set<string>()
      const visitAndCheck = async (path: string): Promise<void> => {
        await visit((setup.prefix ?? '') + path)
        for (const { route, user } of ran.splice(0)) {
          reached.add(route)
          const isOpen = setup.isExcepting !== false && (OPEN as readonly string[]).includes(route)
          expect([path, route, user !== null || isOpen]).toEqual([path, route, true])
        }
      }
      for (const path of KNOWN) await visitAndCheck(path)
      await fc.assert(fc.asyncProperty(spelling, visitAndCheck), { numRuns: 400 })
      if (setup.isExcepting !== false) expect(reached.size).toBeGreaterThan(1)
    })
  })

  it('runs the handlers of a logged-in user for many of the same spellings', async () => {
    const opened = manager.open(new Request('http://app.test/'))
    await opened.loginUser({ id: 'alice' })
    const cookie = commit(opened, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    await withVisits(setup, async (visit, ran) => {
      for (const path of KNOWN) await visit((setup.prefix ?? '') + path, { cookie })
      expect(ran.length).toBeGreaterThan(8)
      expect(new Set(ran.map(({ user }) => user))).toEqual(new Set(['alice']))
    })
  })
})
