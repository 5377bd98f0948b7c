// Handlers of the Fetch API for Workers, Bun, Deno and Node, all exported, with the types of the built packages. Also the
// exports of core that an adapter uses.
import { createServer } from 'node:http'
import { type Auth, createLoginManager, withLogin } from '@fetch-login/core'
import { cookiesAfter, managerResolver, requestView } from '@fetch-login/core/adapter'
import { currentAuth } from '@fetch-login/core/context'
import { encrypted } from '@fetch-login/core/encrypted'
import { jwtBearer } from '@fetch-login/core/jwt'
import { commitOnHeaders, nodeRequestView, sendResponse } from '@fetch-login/core/node'
import { createTestClient, recordEvents } from '@fetch-login/core/testing'
import { getRequestListener } from '@hono/node-server'
import { assertExactly } from './assert-exactly.js'
import { type Env, manager, type User } from './manager.js'

export const handler = withLogin(manager, async (_request, auth) => {
  const decision = await assertExactly<Auth<User, null>>()(auth).require()
  return decision.ok ? new Response(assertExactly<User>()(decision.user).name) : decision.respond()
})

interface Waiting {
  waitUntil(promise: Promise<unknown>): void
}

export const worker = {
  fetch: withLogin(
    (env: Env) => ({ loadUser: (id: string) => env.USERS.get(id), secrets: env.LOGIN_SECRET }),
    async (_request, auth, env, ctx: Waiting) => {
      assertExactly<Env>()(env)
      ctx.waitUntil(auth.session.set('seen', true))
      return new Response(assertExactly<User | null>()(await auth.currentUser())?.name)
    },
    { address: (request, env) => assertExactly<Env>()(env) && (request.headers.get('cf-connecting-ip') ?? undefined) },
  ),
}
assertExactly<(request: Request, env: Env, ctx: Waiting) => Promise<Response>>()(worker.fetch)

interface BunServer {
  requestIP(request: Request): { readonly address: string } | null
}

export const onBun = withLogin(manager, (_request, _auth, _server: BunServer) => new Response(), {
  address: (request, server) => server.requestIP(request)?.address,
})
assertExactly<(request: Request, server: BunServer) => Promise<Response>>()(onBun)

export const server = createServer(getRequestListener(handler))

export const guard = manager.guard({ allow: (user) => assertExactly<User>()(user).role === 'admin' })
export const guarded = withLogin(manager, async (_request, auth) => {
  const outcome = await guard(auth)
  return outcome.ok ? new Response(assertExactly<User | undefined>()(outcome.user)?.name) : outcome.respond()
})

export const service = createLoginManager<User>({
  secrets: undefined,
  session: { codec: encrypted() },
  loadUserFromRequest: jwtBearer({
    issuer: 'https://id.example.org',
    audience: 'api',
    algorithms: ['ES256'],
    jwks: 'https://id.example.org/jwks.json',
    loadUser: ({ sub = '' }) => ({ id: sub, name: sub, role: 'reader' as const }),
  }),
})
export const byClaims = jwtBearer({
  issuer: 'https://id.example.org',
  audience: 'api',
  algorithms: ['ES256'],
  jwks: 'https://id.example.org/jwks.json',
  loadUser: (claims) => ({ id: claims.sub, claims }),
})

// The exports for adapters and for tests.
export const managers = managerResolver(manager, 'example()', false)
export const view = requestView({ method: 'GET', url: 'https://example.org/', headers: [] })
export const opened = manager.open(view, { readOnly: true })
export const carried = cookiesAfter
export const onNode = { commitOnHeaders, nodeRequestView, sendResponse }
export const everywhere = currentAuth
export const browser = createTestClient(handler, { manager })
export const record = recordEvents(manager)
export const ended = manager.on('userLoggedIn', ({ user }) => assertExactly<User>()(user))

export const decide = () => opened.require({ withinSeconds: 600 })
export const current = () => opened.currentLogin()
export const why = () => opened.whyAnonymous()
export const flashes = () => opened.takeFlashes()
export const data = () => opened.session
