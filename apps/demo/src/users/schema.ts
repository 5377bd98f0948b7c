// The table, and what the demo asks of a database: SQLite in a file, and in a Durable Object.

/** As much of SQLite as the demo uses, synchronous. */
export interface Database {
  prepare(sql: string): Statement
}

interface Statement {
  /** The first row, or undefined. */
  get(...values: (string | number | null)[]): unknown
  /** All rows. */
  all(...values: (string | number | null)[]): unknown[]
}

// An id is never given twice (AUTOINCREMENT): a login of a deleted user must not become somebody else's.
export const SCHEMA = `
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
