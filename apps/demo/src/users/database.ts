// Opens an SQLite file. Node 22.13 and later contain the engine; Node 20 uses a package with the same API.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Database, SCHEMA } from './schema'

type Sqlite = typeof import('@photostructure/sqlite')

const builtIn = process.getBuiltinModule('node:sqlite') as Sqlite | undefined
const { DatabaseSync } = builtIn ?? (await import('@photostructure/sqlite'))

/** A database in a file, which can be closed. */
export interface FileDatabase extends Database {
  exec(sql: string): void
  close(): void
}

export const IN_MEMORY = ':memory:'

/** Opens the file, or creates it. */
export function openDatabase(path: string = IN_MEMORY): FileDatabase {
  if (path !== IN_MEMORY) mkdirSync(dirname(path), { recursive: true })
  const database = new DatabaseSync(path)
  database.exec('PRAGMA busy_timeout = 2000')
  database.exec(SCHEMA)
  return database
}
