// The apps on Fastify. A package that one app needs is imported by that app only.
import type { LoginManager } from '@fetch-login/core'
import fastify, { type FastifyInstance, type FastifyReply, type LightMyRequestResponse } from 'fastify'
import type { AppClient } from '../app-client'
import { createHeaders, PAGE } from '../request'
import { createGreeting, getUserAt, LOGIN_PROMPT, SECRET, type User, users } from '../users'

/** Creates a client by `inject` with a callback: without one, `inject` returns a thenable that is not a promise. */
export function createClient(app: FastifyInstance): AppClient<LightMyRequestResponse> {
  return {
    send: (path, cookie) =>
      new Promise((resolve, reject) => {
        app.inject({ method: 'GET', url: path, headers: createHeaders(cookie) }, (error, response) => {
          if (response === undefined) reject(error)
          else resolve(response)
        })
      }),
    read: async ({ statusCode, body, headers }) => ({
      status: statusCode,
      body,
      setCookies: [headers['set-cookie'] ?? []].flat(),
    }),
  }
}

export function createBare(): FastifyInstance {
  const app = fastify()
  app.get(PAGE, async () => createGreeting(getUserAt(0)))
  return app
}

export function createWithHeaders(): FastifyInstance {
  const app = fastify()
  app.addHook('onSend', async (_request, reply) => {
    reply.header('vary', 'Cookie').header('cache-control', 'private, no-store')
  })
  app.get(PAGE, async () => createGreeting(getUserAt(0)))
  return app
}

export async function createGuarded(manager: LoginManager<User>): Promise<FastifyInstance> {
  const { fastifyLogin } = await import('@fetch-login/fastify')
  const { auth, loginPlugin, loginRequired } = fastifyLogin(manager)
  const app = fastify()
  app.register(loginPlugin)
  app.register(async (routes) => {
    routes.get(PAGE, { preHandler: loginRequired() }, async (request) => createGreeting(auth(request).user))
  })
  return app
}

export const PEERS = {
  '@fastify/secure-session': createSecureSession,
  '@fastify/session, memory': createSession,
}

type LoginRoute = { Params: { id: string } }

function toPage(reply: FastifyReply, id: string | undefined) {
  const user = id === undefined ? undefined : users.get(id)
  return user === undefined ? reply.code(401).send(LOGIN_PROMPT) : createGreeting(user)
}

/** Returns `request.session`, for which two packages declare different types. */
function getSession<T>(request: object): T {
  return (request as { session: T }).session
}

/** The session itself is in a cookie, encrypted by libsodium. */
async function createSecureSession(): Promise<FastifyInstance> {
  interface Session {
    get(key: string): string | undefined
    set(key: string, value: string): void
  }
  const { default: secureSession } = await import('@fastify/secure-session')
  const app = fastify()
  app.register(secureSession, { key: Buffer.from(SECRET).subarray(0, 32), cookie: { path: '/', httpOnly: true } })
  app.get<LoginRoute>('/login/:id', async (request, reply) => {
    getSession<Session>(request).set('userId', request.params.id)
    return reply.code(204).send()
  })
  app.get(PAGE, async (request, reply) => toPage(reply, getSession<Session>(request).get('userId')))
  return app
}

/** The store is in memory. The requests are plain HTTP, for which the manual requires `secure: false`. */
async function createSession(): Promise<FastifyInstance> {
  interface Session {
    userId?: string
    regenerate(): Promise<void>
  }
  const { default: cookie } = await import('@fastify/cookie')
  const { default: session } = await import('@fastify/session')
  const app = fastify()
  app.register(cookie)
  app.register(session, { secret: SECRET, cookie: { secure: false }, saveUninitialized: false })
  app.get<LoginRoute>('/login/:id', async (request, reply) => {
    await getSession<Session>(request).regenerate()
    getSession<Session>(request).userId = request.params.id
    return reply.code(204).send()
  })
  app.get(PAGE, async (request, reply) => toPage(reply, getSession<Session>(request).userId))
  return app
}
