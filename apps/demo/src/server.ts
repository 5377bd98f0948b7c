// Runs the demo on this machine: `node dist/server.js`. See README.md for PORT, DATABASE and LOGIN_SECRET.
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { OptionsError } from '@fetch-login/core'
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Hono } from 'hono'
import { createApp } from './app'
import { type FileDatabase, openDatabase } from './users/database'
import { Users } from './users/users'

const HOST = '127.0.0.1'
const DEFAULT_PORT = 3000
const DEFAULT_DATABASE = fileURLToPath(new URL('../.data/demo.sqlite', import.meta.url))

const port = parsePort(process.env.PORT)
const database = openConfiguredDatabase(process.env.DATABASE)
const app = await createConfiguredApp(process.env.LOGIN_SECRET)

const server = serve({ fetch: app.fetch, hostname: HOST, port }, ({ port }) => {
  console.log('The cookies are not Secure, because the demo uses http. Do not use this setting in production.')
  console.log(`The demo is at http://${HOST}:${port}`)
})
server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE')
    stop(`Port ${port} is in use. Set another port: PORT=${port + 1}, or PORT=0 for any free port.`)
  if (error.code === 'EACCES')
    stop(`Port ${port} requires administrator rights. Set a port above 1023, such as PORT=3000.`)
  throw error
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    database.close()
    process.exit(0)
  })
}

function parsePort(value: string | undefined): number {
  const text = value?.trim() || String(DEFAULT_PORT)
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text)
  return stop(`PORT must be a number from 0 to 65535, but is "${text}".`)
}

function openConfiguredDatabase(value: string | undefined): FileDatabase {
  const path = value?.trim() || DEFAULT_DATABASE
  try {
    return openDatabase(path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    return stop(
      `The database ${path} cannot be opened: ${reason}. Set another path: DATABASE=demo.sqlite, or :memory:.`,
    )
  }
}

async function createConfiguredApp(value: string | undefined): Promise<Hono> {
  if (!value)
    console.log('LOGIN_SECRET is not set. The server uses a random secret, so logins end when the process ends.')
  const secret = value || randomBytes(32).toString('base64')
  const addressOf = (c: Parameters<typeof getConnInfo>[0]): string => getConnInfo(c).remote.address ?? 'unknown'
  try {
    return createApp({ users: await Users.create(database), secret, addressOf }).app
  } catch (error) {
    if (error instanceof OptionsError) return stop(`LOGIN_SECRET ${error.problems[0]?.message}`)
    throw error
  }
}

function stop(message: string): never {
  console.error(message)
  process.exit(1)
}
