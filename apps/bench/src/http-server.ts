// The server of the HTTP stage, in a process of its own: three frameworks, each bare, with the headers alone, and guarded.
// Its parent hears the ports, and how much processor time was used so far.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { FastifyInstance } from 'fastify'
import { bareExpress, expressWithHeaders } from './contestants/express/bare'
import { guardedExpress } from './contestants/express/fetch-login'
import { bareFastify, fastifyWithHeaders } from './contestants/fastify/bare'
import { guardedFastify } from './contestants/fastify/fetch-login'
import { bareHono, honoWithHeaders } from './contestants/hono/bare'
import { guardedHono } from './contestants/hono/fetch-login'
import { createBenchManager } from './contestants/login-manager'

const cacheBytes = Number(process.argv[2])
const manager = () => createBenchManager(cacheBytes)

const hono = (app: ReturnType<typeof bareHono>) => listening(createAdaptorServer(app) as Server)
const express = (app: ReturnType<typeof bareExpress>) => listening(createServer(app))

const ports = {
  Hono: {
    bare: await hono(bareHono()),
    headers: await hono(honoWithHeaders()),
    guarded: await hono(guardedHono(manager()) as ReturnType<typeof bareHono>),
  },
  Express: {
    bare: await express(bareExpress()),
    headers: await express(expressWithHeaders()),
    guarded: await express(guardedExpress(manager())),
  },
  Fastify: {
    bare: await fastify(bareFastify()),
    headers: await fastify(fastifyWithHeaders()),
    guarded: await fastify(guardedFastify(manager())),
  },
}

process.on('message', () => process.send?.({ cpuMicros: cpuMicros() }))
process.on('disconnect', () => process.exit())
process.send?.({ ports })

function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

async function fastify(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
