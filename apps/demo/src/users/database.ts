// One SQLite file. Node 22.13 and later bring the engine along; on Node 20 a package with the same API does.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Database, SCHEMA } from './schema'

type Sqlite = typeof import('@photostructure/sqlite')

const builtIn = process.getBuiltinModule('node:sqlite') as Sqlite | undefined
const { DatabaseSync } = builtIn ?? (await import('@photostructure/sqlite'))

/** A database with the rest of what a file has. */
export interface FileDatabase extends Database {
  exec(sql: string): void
  close(): void
}

export const IN_MEMORY = ':memory:'

/** Opens the file, or makes it. */
export function openDatabase(path: string = IN_MEMORY): FileDatabase {
  if (path !== IN_MEMORY) mkdirSync(dirname(path), { recursive: true })
  const database = new DatabaseSync(path)
  database.exec('PRAGMA busy_timeout = 2000')
  database.exec(SCHEMA)
  return database
}
