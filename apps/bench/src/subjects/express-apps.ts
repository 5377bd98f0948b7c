// The apps on Express. A package that one app needs is imported by that app only.
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Writable } from 'node:stream'
import type { LoginManager } from '@fetch-login/core'
import express, { type Express, type Response } from 'express'
import type { AppClient } from '../app-client'
import { createHeaders, PAGE } from '../request'
import { createGreeting, getUserAt, LOGIN_PROMPT, SECRET, type User, users } from '../users'

interface Sent {
  readonly response: ServerResponse
  readonly bytes: readonly Buffer[]
}

/** Creates a client without a socket, by the request and response of Node. */
export function createClient(app: Express): AppClient<Sent> {
  return {
    send: (path, cookie) =>
      new Promise((resolve, reject) => {
        const socket = new MemorySocket()
        const request = createRequest(socket, path, createHeaders(cookie))
        const response = new ServerResponse(request)
        response.assignSocket(socket as unknown as Socket)
        response.on('finish', () => resolve({ response, bytes: socket.bytes }))
        response.on('error', reject)
        app(request, response)
      }),
    read: async ({ response, bytes }) => {
      const text = Buffer.concat(bytes).toString()
      const setCookies = [response.getHeader('set-cookie') ?? []].flat().map(String)
      return { status: response.statusCode, body: text.slice(text.indexOf('\r\n\r\n') + 4), setCookies }
    },
  }
}

class MemorySocket extends Writable {
  readonly remoteAddress = '127.0.0.1'
  readonly bytes: Buffer[] = []

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.bytes.push(chunk)
    done()
  }
}

function createRequest(socket: MemorySocket, path: string, headers: Record<string, string>): IncomingMessage {
  const request = new IncomingMessage(socket as unknown as Socket)
  request.method = 'GET'
  request.url = path
  request.httpVersionMajor = 1
  request.httpVersionMinor = 1
  request.httpVersion = '1.1'
  request.headers = headers
  request.rawHeaders = Object.entries(headers).flat()
  return request
}

export function createBare(): Express {
  const app = express()
  app.get(PAGE, (_req, res) => void res.type('text/plain').send(createGreeting(getUserAt(0))))
  return app
}

export function createWithHeaders(): Express {
  const app = express()
  app.use((_req, res, next) => {
    res.setHeader('vary', 'Cookie')
    res.setHeader('cache-control', 'private, no-store')
    next()
  })
  app.get(PAGE, (_req, res) => void res.type('text/plain').send(createGreeting(getUserAt(0))))
  return app
}

export async function createGuarded(manager: LoginManager<User>): Promise<Express> {
  const { expressLogin } = await import('@fetch-login/express')
  const { auth, loginMiddleware, loginRequired } = expressLogin(manager)
  const app = express()
  app.use(loginMiddleware)
  app.get(PAGE, loginRequired(), (req, res) => void res.type('text/plain').send(createGreeting(auth(req).user)))
  return app
}

export const PEERS = {
  'express-session, memory': createExpressSession,
  'cookie-session': createCookieSession,
  'iron-session': createIronSession,
}

function sendPage(res: Response, id: string | undefined): void {
  const user = id === undefined ? undefined : users.get(id)
  if (user === undefined) res.status(401).type('text/plain').send(LOGIN_PROMPT)
  else res.type('text/plain').send(createGreeting(user))
}

/** Returns `req.session`, for which two packages declare different types. */
function getSession<T>(req: object): T {
  return (req as { session: T }).session
}

interface StoredSession {
  userId?: string
  regenerate(callback: (error: unknown) => void): void
}

/** The store is in memory. */
async function createExpressSession(): Promise<Express> {
  const { default: session } = await import('express-session')
  const app = express()
  app.use(session({ secret: SECRET, resave: false, saveUninitialized: false }))
  app.get('/login/:id', (req, res, next) => {
    getSession<StoredSession>(req).regenerate((error) => {
      if (error) return next(error)
      getSession<StoredSession>(req).userId = req.params.id
      res.sendStatus(204)
    })
  })
  app.get(PAGE, (req, res) => sendPage(res, getSession<StoredSession>(req).userId))
  return app
}

/** The session itself is in a signed cookie. */
async function createCookieSession(): Promise<Express> {
  const { default: cookieSession } = await import('cookie-session')
  const app = express()
  app.use(cookieSession({ name: 'session', keys: [SECRET], maxAge: 24 * 60 * 60 * 1000 }))
  app.get('/login/:id', (req, res) => {
    Object.assign(req, { session: { userId: req.params.id } })
    res.sendStatus(204)
  })
  app.get(PAGE, (req, res) => sendPage(res, getSession<{ userId?: string } | null>(req)?.userId))
  return app
}

async function createIronSession(): Promise<Express> {
  const { getIronSession } = await import('iron-session')
  const options = { password: SECRET, cookieName: 'iron' }
  const app = express()
  // It throws for an altered cookie. Without this setting Express prints the error.
  app.set('env', 'test')
  app.get('/login/:id', async (req, res) => {
    const session = await getIronSession<{ userId?: string }>(req, res, options)
    session.userId = req.params.id
    await session.save()
    res.sendStatus(204)
  })
  app.get(PAGE, async (req, res) =>
    sendPage(res, (await getIronSession<{ userId?: string }>(req, res, options)).userId),
  )
  return app
}
