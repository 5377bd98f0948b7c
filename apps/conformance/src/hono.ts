// The contract app on Hono: one route per route of CONTRACT.md, guarded by the adapter's middleware.
import { honoLogin } from '@fetch-login/hono'
import { type Context, Hono } from 'hono'
import type { Contract, FetchApp } from './contract'
import * as responses from './responses'

export function createHono(contract: Contract): FetchApp {
  const { users } = contract
  const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(contract.manager, {
    address: (c) => c.env.address,
  })
  const app = new Hono()

  // ── test control ──
  app.get('/about', (c) => c.json(contract.about('hono')))
  app.get('/events', (c) => c.json(contract.events.take()))
  app.post('/test/reset', (c) => c.json(contract.reset()))
  app.post('/users/:change', async (c) => json(c, contract.change(c.req.param('change'), await c.req.parseBody())))

  if (contract.isRefused) {
    app.use(async (c, next) =>
      responses.isPlain(c.req.method, c.req.path) ? next() : c.text('Internal Server Error', 500),
    )
  }
  app.use(loginMiddleware)

  // ── plain ──
  for (const [path, page] of Object.entries(responses.PLAIN)) app.get(path, (c) => c.json(page))

  // ── current user ──
  app.get('/whoami', async (c) => c.json(await responses.whoami(auth(c))))
  app.get('/peek', async (c) => c.json(await responses.peek(auth(c))))
  app.get('/slow', async (c) => c.json(await responses.slow(auth(c), c.req.query('ms'))))

  // ── login and logout ──
  app.post('/login', async (c) => json(c, await responses.logIn(auth(c), users, await c.req.parseBody())))
  app.post('/logout', async (c) => c.json(await responses.logOut(auth(c))))
  app.post('/confirm', async (c) => c.json(await responses.confirm(auth(c))))
  app.post('/switch', async (c) => json(c, await responses.switchUser(auth(c), users, await c.req.parseBody())))
  app.post('/bounce', async (c) => json(c, await responses.bounce(auth(c), users, await c.req.parseBody())))

  // ── guarded ──
  const METHODS = ['GET', 'POST', 'OPTIONS']
  const granted = (c: Context): Response => c.json(responses.granted(c.req.method, auth(c)))
  app.on(METHODS, '/secret', loginRequired(), granted)
  app.on(METHODS, '/fresh', freshLoginRequired(), granted)
  app.on(METHODS, '/both', loginRequired(), freshLoginRequired(), granted)
  app.on(METHODS, '/files/*', loginRequired(), granted)
  app.on(METHODS, '/area/secret', loginRequired({ area: 'area' }), granted)
  app.on(METHODS, '/area/fresh', freshLoginRequired({ area: 'area' }), granted)
  app.on(METHODS, '/area/inner/secret', loginRequired({ area: 'area.inner' }), granted)
  app.on(METHODS, '/annex/secret', loginRequired({ area: 'annex' }), granted)
  app.get('/refuse', (c) => auth(c).unauthorized())
  app.get('/stale', (c) => auth(c).needsRefresh())

  // ── session and flashes ──
  app.post('/session/set', async (c) => c.json(await responses.setData(auth(c), await c.req.parseBody())))
  app.get('/session/get', async (c) => c.json(await responses.getData(auth(c), c.req.query('key'))))
  app.get('/session/next', async (c) => c.json(await responses.getPendingNext(auth(c))))
  app.get('/flashes', async (c) => c.json(await responses.flashes(auth(c))))

  app.onError((error, c) => {
    console.error(error)
    return c.text('Internal Server Error', 500)
  })

  return (request, peer) => app.fetch(request, peer)
}

function json(c: Context, { status, body }: responses.RouteResponse): Response {
  return c.json(body, status)
}
