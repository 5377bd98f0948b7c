// One app on each framework. It listens on a free port of 127.0.0.1.
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LoginManager } from '@fetch-login/core'
import { expressLogin } from '@fetch-login/express'
import { fastifyLogin } from '@fetch-login/fastify'
import { honoLogin } from '@fetch-login/hono'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { onTestFinished } from 'vitest'

export interface User {
  readonly id: string
  readonly name: string
}

export const alice: User = { id: '1', name: 'Alice' }
export const users = { find: (id: string): User | undefined => (id === alice.id ? alice : undefined) }
const EXCEPT = ['/health']
const NOTE = 'n'.repeat(2500)

type Manager = LoginManager<User, null, string>

/** Starts the app and returns its port. The app trusts the proxy if the framework has a setting for that. */
export type Start = (manager: Manager) => Promise<number>

/** Listens until the test ends, and returns the port. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => {
    server.closeAllConnections()
    return new Promise<void>((closed) => void server.close(() => closed()))
  })
  return (server.address() as AddressInfo).port
}

const startHono: Start = (manager) => {
  const { loginMiddleware, loginRequired, auth } = honoLogin(manager)
  const app = new Hono().use(loginMiddleware).use(loginRequired({ except: EXCEPT }))
  app.get('/health', (c) => c.text('well'))
  app.get('/login', (c) => c.text('the form'))
  app.post('/login', async (c) => {
    await auth(c).loginUser(alice, { remember: true })
    if (c.req.query('full') !== undefined) await auth(c).session.set('note', NOTE)
    return c.redirect(await auth(c).nextUrl('/'), 303)
  })
  app.post('/logout', async (c) => {
    await auth(c).logoutUser()
    return c.redirect(await auth(c).nextUrl('/'), 303)
  })
  app.get('*', (c) => c.text(`${c.req.path} for ${auth(c).user.name}`))
  return listen(createServer(getRequestListener(app.fetch)))
}

const startExpress: Start = (manager) => {
  const { loginMiddleware, loginRequired, auth } = expressLogin(manager)
  const app = express().set('trust proxy', 'loopback')
  app.use(loginMiddleware, loginRequired({ except: EXCEPT }))
  app.get('/health', (_req, res) => void res.send('well'))
  app.get('/login', (_req, res) => void res.send('the form'))
  app.post('/login', async (req, res) => {
    await auth(req).loginUser(alice, { remember: true })
    if (req.query.full !== undefined) await auth(req).session.set('note', NOTE)
    res.redirect(303, await auth(req).nextUrl('/'))
  })
  app.post('/logout', async (req, res) => {
    await auth(req).logoutUser()
    res.redirect(303, await auth(req).nextUrl('/'))
  })
  app.get('/{*path}', (req, res) => void res.send(`${req.path} for ${auth(req).user.name}`))
  return listen(createServer(app))
}

const startFastify: Start = async (manager) => {
  const { loginPlugin, loginRequired, auth } = fastifyLogin(manager)
  const app = fastify({ trustProxy: '127.0.0.1' })
  app.register(loginPlugin)
  app.addContentTypeParser('application/x-www-form-urlencoded', (_request, _body, done) => done(null))
  app.addHook('onRequest', loginRequired({ except: EXCEPT }))
  app.get('/health', () => 'well')
  app.get('/login', () => 'the form')
  app.post<{ Querystring: Record<string, string> }>('/login', async (request, reply) => {
    await auth(request).loginUser(alice, { remember: true })
    if (request.query.full !== undefined) await auth(request).session.set('note', NOTE)
    return reply.redirect(await auth(request).nextUrl('/'), 303)
  })
  app.post('/logout', async (request, reply) => {
    await auth(request).logoutUser()
    return reply.redirect(await auth(request).nextUrl('/'), 303)
  })
  app.get('/*', (request) => `${request.url.split('?')[0]} for ${auth(request).user.name}`)
  await app.ready()
  return listen(createServer(app.routing as RequestListener))
}

export const APPS: readonly (readonly [string, Start])[] = [
  ['Hono', startHono],
  ['Express', startExpress],
  ['Fastify', startFastify],
]
