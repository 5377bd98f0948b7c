// Guard and router read the same path: thousands of spellings over real sockets, with every lax option of Fastify. No
// handler that the exceptions do not open runs without a user.
import { connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { createLoginManager } from '@fetch-login/core'
import { commit } from '@fetch-login/core/adapter'
import fc from 'fast-check'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { describe, expect, it, vi } from 'vitest'
import { expectQuietProcess } from '../testing/quiet'
import { served } from '../testing/served'
import { CLOSED, EXCEPT, KNOWN, OPEN, spelling } from '../testing/spellings'
import { fastifyLogin } from './index'

// Many runs are slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 })
expectQuietProcess()

const manager = createLoginManager({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id): { id: string } => ({ id }),
})
const { loginPlugin, loginRequired, auth } = fastifyLogin(manager)

interface World {
  readonly name: string
  readonly options?: FastifyServerOptions
  readonly prefix?: string
  readonly isExcepting?: boolean
  readonly isHttp2?: boolean
}

/** Known to Fastify at this place, and missing in its types. */
const SEMICOLON: object = { useSemicolonDelimiter: true }
const ALL_LAX = {
  ...SEMICOLON,
  ignoreTrailingSlash: true,
  ignoreDuplicateSlashes: true,
  caseSensitive: false,
}
const worlds: readonly World[] = [
  { name: 'the defaults' },
  { name: 'ignoreTrailingSlash', options: { routerOptions: { ignoreTrailingSlash: true } } },
  { name: 'ignoreDuplicateSlashes', options: { routerOptions: { ignoreDuplicateSlashes: true } } },
  { name: 'caseSensitive: false', options: { routerOptions: { caseSensitive: false } } },
  { name: 'useSemicolonDelimiter', options: { routerOptions: SEMICOLON } },
  { name: 'all of them', options: { routerOptions: ALL_LAX } },
  { name: 'all of them, without exceptions', options: { routerOptions: ALL_LAX }, isExcepting: false },
  { name: 'all of them below a prefix', options: { routerOptions: ALL_LAX }, prefix: '/mnt' },
  {
    name: 'rewriteUrl that leaves a part out',
    options: { routerOptions: ALL_LAX, rewriteUrl: ({ url = '/' }) => url.replace('/v1', '') || '/' },
  },
  {
    name: 'rewriteUrl in small letters',
    options: { rewriteUrl: ({ url = '/' }) => url.toLowerCase().replace(/\/+$/, '') || '/' },
  },
  { name: 'all of them over HTTP/2', options: { routerOptions: ALL_LAX }, isHttp2: true },
]

/** Serves the routes; `ran` collects the handlers that ran, and whether there was a user. */
async function start({ options = {}, prefix = '', isExcepting = true, isHttp2 = false }: World) {
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
  const { origin } = await served(app)
  return { ran, origin, port: (app.server.address() as AddressInfo).port }
}

type Visit = (path: string, headers?: Readonly<Record<string, string>>) => Promise<void>

/** Sends the path as it stands, and waits until the server closes the connection. */
function overSocket(port: number): Visit {
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
  world: World,
  use: (visit: Visit, ran: { route: string; user: string | null }[]) => Promise<void>,
) {
  const { ran, origin, port } = await start(world)
  if (world.isHttp2 !== true) return use(overSocket(port), ran)
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

describe.each(worlds)('$name', (world) => {
  it('runs no handler without a user whose path is not excepted, however it is spelled', async () => {
    await withVisits(world, async (visit, ran) => {
      const reached = new Set<string>()
      const check = async (path: string): Promise<void> => {
        await visit((world.prefix ?? '') + path)
        for (const { route, user } of ran.splice(0)) {
          reached.add(route)
          const isOpen = world.isExcepting !== false && (OPEN as readonly string[]).includes(route)
          expect([path, route, user !== null || isOpen]).toEqual([path, route, true])
        }
      }
      for (const path of KNOWN) await check(path)
      await fc.assert(fc.asyncProperty(spelling, check), { numRuns: 400 })
      if (world.isExcepting !== false) expect(reached.size).toBeGreaterThan(1)
    })
  })

  it('runs the handlers with a user for many of the same spellings, so that the above says something', async () => {
    const handle = manager.open(new Request('http://app.test/'))
    await handle.loginUser({ id: 'alice' })
    const cookie = commit(handle, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    await withVisits(world, async (visit, ran) => {
      for (const path of KNOWN) await visit((world.prefix ?? '') + path, { cookie })
      expect(ran.length).toBeGreaterThan(8)
      expect(new Set(ran.map(({ user }) => user))).toEqual(new Set(['alice']))
    })
  })
})
