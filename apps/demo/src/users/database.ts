// One SQLite file. Node 22.13 and later bring the engine along; on Node 20 a package with the same API does.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'

type Sqlite = typeof import('@photostructure/sqlite')

const builtIn = process.getBuiltinModule('node:sqlite') as Sqlite | undefined
const { DatabaseSync } = builtIn ?? (await import('@photostructure/sqlite'))

export type Database = DatabaseSyncInstance

export const IN_MEMORY = ':memory:'

// An id is never given twice (AUTOINCREMENT): a login of a deleted user must not become somebody else's.
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT    NOT NULL,
    email         TEXT    NOT NULL UNIQUE,
    password_hash TEXT    NOT NULL,
    key_hash      TEXT    UNIQUE,
    role          TEXT    NOT NULL CHECK (role IN ('user', 'admin')),
    is_active     INTEGER NOT NULL,
    stamp         INTEGER NOT NULL DEFAULT 1,
    created_at    INTEGER NOT NULL,
    last_login_at INTEGER
  ) STRICT`

/** Opens the file, or makes it. */
export function openDatabase(path: string = IN_MEMORY): Database {
  if (path !== IN_MEMORY) mkdirSync(dirname(path), { recursive: true })
  const database = new DatabaseSync(path)
  database.exec('PRAGMA busy_timeout = 2000')
  database.exec(SCHEMA)
  return database
}
