// What is served over HTTP: each framework bare, with the headers of a guarded page alone, and guarded. Only that is loaded
// which is served.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { LoginManager } from '@fetch-login/core'
import type { FastifyInstance } from 'fastify'
import type { User } from './users'

export const FRAMEWORKS = ['Hono', 'Express', 'Fastify'] as const
export type Framework = (typeof FRAMEWORKS)[number]

/** An app of one framework. */
export type App = 'bare' | 'headers' | 'guarded'

/** Begins to listen; its port. */
type Listen = (manager: LoginManager<User>) => Promise<number>

export const SERVERS: Readonly<Record<Framework, Readonly<Record<App, Listen>>>> = {
  Hono: {
    bare: async () => hono((await import('./contestants/hono/bare')).bareHono()),
    headers: async () => hono((await import('./contestants/hono/bare')).honoWithHeaders()),
    guarded: async (manager) => hono((await import('./contestants/hono/fetch-login')).guardedHono(manager)),
  },
  Express: {
    bare: async () => on(createServer((await import('./contestants/express/bare')).bareExpress())),
    headers: async () => on(createServer((await import('./contestants/express/bare')).expressWithHeaders())),
    guarded: async (manager) =>
      on(createServer((await import('./contestants/express/fetch-login')).guardedExpress(manager))),
  },
  Fastify: {
    bare: async () => fastify((await import('./contestants/fastify/bare')).bareFastify()),
    headers: async () => fastify((await import('./contestants/fastify/bare')).fastifyWithHeaders()),
    guarded: async (manager) => fastify((await import('./contestants/fastify/fetch-login')).guardedFastify(manager)),
  },
}

async function hono(app: { fetch(request: Request): Response | Promise<Response> }): Promise<number> {
  const { createAdaptorServer } = await import('@hono/node-server')
  return on(createAdaptorServer(app) as Server)
}

async function fastify(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}

function on(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
