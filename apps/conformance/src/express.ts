// The contract app on Express: one route per route of CONTRACT.md, guarded by the adapter's middleware.
import { sendResponse } from '@fetch-login/core/node'
import { expressLogin } from '@fetch-login/express'
import express, { type Request, type RequestHandler, type Response } from 'express'
import * as answers from './answers'
import { listen } from './listen'

const { server, contract, report } = await listen()
const { users } = contract
const { loginMiddleware, loginRequired, freshLoginRequired, auth } = expressLogin(contract.manager)
const app = express()
app.use(express.urlencoded())

// ── steering ──
app.get('/about', (_, res) => res.json(contract.about('express')))
app.get('/events', (_, res) => res.json(contract.events.take()))
app.post('/test/reset', (_, res) => res.json(contract.reset()))
app.post('/users/:change', (req, res) => send(res, contract.change(req.params.change, form(req))))

if (contract.isRefused) {
  app.use((req, res, next) => (answers.isPlain(req.method, req.path) ? next() : res.status(500).end()))
}
app.use(loginMiddleware)

// ── plain ──
for (const [path, page] of Object.entries(answers.PLAIN)) app.get(path, (_, res) => res.json(page))

// ── who is it ──
app.get('/whoami', async (req, res) => res.json(await answers.whoami(auth(req))))
app.get('/peek', async (req, res) => res.json(await answers.peek(auth(req))))
app.get('/slow', async (req, res) => res.json(await answers.slow(auth(req), req.query.ms)))

// ── in and out ──
app.post('/login', async (req, res) => send(res, await answers.logIn(auth(req), users, form(req))))
app.post('/logout', async (req, res) => res.json(await answers.logOut(auth(req))))
app.post('/confirm', async (req, res) => res.json(await answers.confirm(auth(req))))
app.post('/switch', async (req, res) => send(res, await answers.switchUser(auth(req), users, form(req))))
app.post('/bounce', async (req, res) => send(res, await answers.bounce(auth(req), users, form(req))))

// ── guarded ──
const granted: RequestHandler = (req, res) => res.json(answers.granted(req.method, auth(req)))
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
app.post('/session/set', async (req, res) => res.json(await answers.setData(auth(req), form(req))))
app.get('/session/get', async (req, res) => res.json(await answers.getData(auth(req), req.query.key)))
app.get('/session/next', async (req, res) => res.json(await answers.keptNext(auth(req))))
app.get('/flashes', async (req, res) => res.json(await answers.flashes(auth(req))))

/** Express has no body where none was sent. */
function form(req: Request): answers.Form {
  return req.body ?? {}
}

function send(res: Response, { status, body }: answers.Answer): void {
  res.status(status).json(body)
}

server.on('request', app)
report()
