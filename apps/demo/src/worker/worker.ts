// The demo as a Worker. One Durable Object with an SQLite table runs the whole app, so users, histories and counted
// attempts are in one place. README.md describes how to start it.
import type { Hono } from 'hono'
import { createApp } from '../app'
import { type Database, SCHEMA } from '../users/schema'
import { Users } from '../users/users'

interface Env {
  readonly DEMO: { idFromName(name: string): unknown; get(id: unknown): { fetch(request: Request): Promise<Response> } }
  readonly LOGIN_SECRET?: string | null
}

type Value = string | number | null

/** The part of a Durable Object's SQLite that the demo uses. */
interface Sql {
  exec(sql: string, ...values: Value[]): { toArray(): unknown[] }
}

export class Demo {
  readonly #app: Promise<Hono>

  constructor(state: { readonly storage: { readonly sql: Sql } }, { LOGIN_SECRET }: Env) {
    const secret = LOGIN_SECRET || btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
    this.#app = createWorkerApp(state.storage.sql, secret)
  }

  async fetch(request: Request): Promise<Response> {
    return (await this.#app).fetch(request)
  }
}

async function createWorkerApp(sql: Sql, secret: string): Promise<Hono> {
  sql.exec(SCHEMA)
  const users = await Users.create(createDatabase(sql))
  return createApp({ users, secret, addressOf: (c) => c.req.header('cf-connecting-ip') ?? 'unknown' }).app
}

function createDatabase(sql: Sql): Database {
  const prepare: Database['prepare'] = (text) => ({
    get: (...values) => sql.exec(text, ...values).toArray()[0],
    all: (...values) => sql.exec(text, ...values).toArray(),
  })
  return { prepare }
}

export default {
  fetch: (request: Request, { DEMO }: Env): Promise<Response> => DEMO.get(DEMO.idFromName('demo')).fetch(request),
}
