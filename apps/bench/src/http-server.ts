// The process of one server. Its parent receives the port, and on request the processor time so far.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createBenchManager } from './login-manager'
import type { ServerApp, ServerMessage } from './server-process'
import { getCpuMicros } from './stopwatch'
import type { FrameworkApps } from './subjects/framework-suite'

const [framework = '', app, cacheBytes] = process.argv.slice(2)

/** Each loads only its own framework. */
const LISTEN: Readonly<Record<string, () => Promise<number>>> = {
  Hono: async () => {
    const { createAdaptorServer } = await import('@hono/node-server')
    return listen(createAdaptorServer(await createApp(await import('./subjects/hono-apps'))) as Server)
  },
  Express: async () => listen(createServer(await createApp(await import('./subjects/express-apps')))),
  Fastify: async () => {
    const instance = await createApp(await import('./subjects/fastify-apps'))
    await instance.listen({ port: 0, host: '127.0.0.1' })
    return (instance.server.address() as AddressInfo).port
  },
}

process.on('message', () => send({ cpuMicros: getCpuMicros() }))
process.on('disconnect', () => process.exit())
send({ port: await (LISTEN[framework] as () => Promise<number>)() })

function createApp<App>(apps: Omit<FrameworkApps<App, never>, 'createClient'>): App | Promise<App> {
  const create = {
    bare: apps.createBare,
    headers: apps.createWithHeaders,
    guarded: () => apps.createGuarded(createBenchManager(Number(cacheBytes))),
  }
  return create[app as ServerApp]()
}

function send(message: ServerMessage): void {
  process.send?.(message)
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
