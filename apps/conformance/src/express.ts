// The contract app on Express: one route per route of CONTRACT.md, guarded by the adapter's middleware.
import { sendResponse } from '@fetch-login/core/node'
import { expressLogin } from '@fetch-login/express'
import express, { type Request, type RequestHandler, type Response } from 'express'
import { listen } from './listen'
import * as responses from './responses'

const { server, contract, report } = await listen()
const { users } = contract
const { loginMiddleware, loginRequired, freshLoginRequired, auth } = expressLogin(contract.manager)
const app = express()
app.use(express.urlencoded())

// ── test control ──
app.get('/about', (_, res) => res.json(contract.about('express')))
app.get('/events', (_, res) => res.json(contract.events.take()))
app.post('/test/reset', (_, res) => res.json(contract.reset()))
app.post('/users/:change', (req, res) => send(res, contract.change(req.params.change, getForm(req))))

if (contract.isRefused) {
  app.use((req, res, next) => (responses.isPlain(req.method, req.path) ? next() : res.status(500).end()))
}
app.use(loginMiddleware)

// ── plain ──
for (const [path, page] of Object.entries(responses.PLAIN)) app.get(path, (_, res) => res.json(page))

// ── current user ──
app.get('/whoami', async (req, res) => res.json(await responses.whoami(auth(req))))
app.get('/peek', async (req, res) => res.json(await responses.peek(auth(req))))
app.get('/slow', async (req, res) => res.json(await responses.slow(auth(req), req.query.ms)))

// ── login and logout ──
app.post('/login', async (req, res) => send(res, await responses.logIn(auth(req), users, getForm(req))))
app.post('/logout', async (req, res) => res.json(await responses.logOut(auth(req))))
app.post('/confirm', async (req, res) => res.json(await responses.confirm(auth(req))))
app.post('/switch', async (req, res) => send(res, await responses.switchUser(auth(req), users, getForm(req))))
app.post('/bounce', async (req, res) => send(res, await responses.bounce(auth(req), users, getForm(req))))

// ── guarded ──
const granted: RequestHandler = (req, res) => res.json(responses.granted(req.method, auth(req)))
const guarded = (path: string, ...guards: RequestHandler[]): void => {
  app.route(path).get(guards, granted).post(guards, granted).options(guards, granted)
}
guarded('/secret', loginRequired())
guarded('/fresh', freshLoginRequired())
guarded('/both', loginRequired(), freshLoginRequired())
guarded('/files/*path', loginRequired())
guarded('/area/secret', loginRequired({ area: 'area' }))
guarded('/area/fresh', freshLoginRequired({ area: 'area' }))
guarded('/area/inner/secret', loginRequired({ area: 'area.inner' }))
guarded('/annex/secret', loginRequired({ area: 'annex' }))
app.get('/refuse', async (req, res) => sendResponse(res, await auth(req).unauthorized()))
app.get('/stale', async (req, res) => sendResponse(res, await auth(req).needsRefresh()))

// ── session and flashes ──
app.post('/session/set', async (req, res) => res.json(await responses.setData(auth(req), getForm(req))))
app.get('/session/get', async (req, res) => res.json(await responses.getData(auth(req), req.query.key)))
app.get('/session/next', async (req, res) => res.json(await responses.getPendingNext(auth(req))))
app.get('/flashes', async (req, res) => res.json(await responses.flashes(auth(req))))

/** Returns the form. Express has no body if the request has none. */
function getForm(req: Request): responses.Form {
  return req.body ?? {}
}

function send(res: Response, { status, body }: responses.RouteResponse): void {
  res.status(status).json(body)
}

server.on('request', app)
report()
