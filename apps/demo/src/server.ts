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

const port = portFrom(process.env.PORT)
const database = databaseFrom(process.env.DATABASE)
const app = await appWith(process.env.LOGIN_SECRET)

const server = serve({ fetch: app.fetch, hostname: HOST, port }, ({ port }) => {
  console.log('The cookies are not Secure, so that http works here: good on this machine, wrong on the web.')
  console.log(`The demo is at http://${HOST}:${port}`)
})
server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE') stop(`Port ${port} is taken. Choose another: PORT=${port + 1}, or PORT=0 for any.`)
  if (error.code === 'EACCES') stop(`Port ${port} is not for everybody. Choose one above 1023, such as PORT=3000.`)
  throw error
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    database.close()
    process.exit(0)
  })
}

function portFrom(given: string | undefined): number {
  const text = given?.trim() || String(DEFAULT_PORT)
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text)
  return stop(`PORT must be a number from 0 to 65535, but is "${text}".`)
}

function databaseFrom(given: string | undefined): FileDatabase {
  const path = given?.trim() || DEFAULT_DATABASE
  try {
    return openDatabase(path)
  } catch (error) {
    const why = error instanceof Error ? error.message : error
    return stop(`The database ${path} cannot be opened: ${why}. Choose another: DATABASE=demo.sqlite, or :memory:.`)
  }
}

async function appWith(given: string | undefined): Promise<Hono> {
  if (!given) console.log('LOGIN_SECRET is not set: this run draws its own, and its logins end with it.')
  const secret = given || randomBytes(32).toString('base64')
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
