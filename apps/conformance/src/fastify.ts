// The contract app on Fastify: one route per route of CONTRACT.md, guarded by the adapter's hooks.
import { type FastifyGuardHook, fastifyLogin } from '@fetch-login/fastify'
import createApp, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify'
import { listen } from './listen'
import * as responses from './responses'

const { server, contract, report } = await listen()
const { users } = contract
const { loginPlugin, loginRequired, freshLoginRequired, auth } = fastifyLogin(contract.manager)
const app = createApp()
app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async (_: unknown, body: string) =>
  Object.fromEntries(new URLSearchParams(body)),
)

// ── test control ──
app.get('/about', async () => contract.about('fastify'))
app.get('/events', async () => contract.events.take())
app.post('/test/reset', async () => contract.reset())
app.post<{ Params: { change: string } }>('/users/:change', (request, reply) =>
  send(reply, contract.change(request.params.change, form(request))),
)

if (contract.isRefused) {
  app.addHook('onRequest', async (request, reply) => {
    if (!responses.isPlain(request.method, request.url)) return reply.code(500).send()
  })
}
app.register(loginPlugin)

// ── plain ──
for (const [path, page] of Object.entries(responses.PLAIN)) app.get(path, async () => page)

// ── current user ──
app.get('/whoami', (request) => responses.whoami(auth(request)))
app.get('/peek', (request) => responses.peek(auth(request)))
app.get<{ Querystring: { ms?: string } }>('/slow', (request) => responses.slow(auth(request), request.query.ms))

// ── login and logout ──
app.post('/login', async (request, reply) => send(reply, await responses.logIn(auth(request), users, form(request))))
app.post('/logout', (request) => responses.logOut(auth(request)))
app.post('/confirm', (request) => responses.confirm(auth(request)))
app.post('/switch', async (request, reply) =>
  send(reply, await responses.switchUser(auth(request), users, form(request))),
)
app.post('/bounce', async (request, reply) => send(reply, await responses.bounce(auth(request), users, form(request))))

// ── guarded ──
const guarded = (url: string, ...preHandler: FastifyGuardHook[]): void => {
  const handler = async (request: FastifyRequest): Promise<object> => responses.granted(request.method, auth(request))
  app.route({ method: ['GET', 'POST', 'OPTIONS'], url, preHandler, handler })
}
guarded('/secret', loginRequired())
guarded('/fresh', freshLoginRequired())
guarded('/both', loginRequired(), freshLoginRequired())
guarded('/files/*', loginRequired())
guarded('/area/secret', loginRequired({ area: 'area' }))
guarded('/area/fresh', freshLoginRequired({ area: 'area' }))
guarded('/area/inner/secret', loginRequired({ area: 'area.inner' }))
guarded('/annex/secret', loginRequired({ area: 'annex' }))
app.get('/refuse', (request) => auth(request).unauthorized())
app.get('/stale', (request) => auth(request).needsRefresh())

// ── session and flashes ──
app.post('/session/set', (request) => responses.setData(auth(request), form(request)))
app.get<{ Querystring: { key?: string } }>('/session/get', (request) =>
  responses.getData(auth(request), request.query.key),
)
app.get('/session/next', (request) => responses.getPendingNext(auth(request)))
app.get('/flashes', (request) => responses.flashes(auth(request)))

app.setErrorHandler((error: FastifyError, _, reply) => {
  console.error(error)
  return reply
    .code(error.statusCode ?? 500)
    .type('text/plain')
    .send('An error.')
})

/** Fastify has no body if the request has none. */
function form({ body }: FastifyRequest): responses.Form {
  return (body ?? {}) as responses.Form
}

function send(reply: FastifyReply, { status, body }: responses.RouteResponse): FastifyReply {
  return reply.code(status).send(body)
}

await app.ready()
server.on('request', app.routing)
report()
