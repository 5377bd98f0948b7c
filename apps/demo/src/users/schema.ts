// The table, and the interface of a database: SQLite in a file, or in a Durable Object.

/** The synchronous part of SQLite that the demo uses. */
export interface Database {
  prepare(sql: string): Statement
}

interface Statement {
  /** The first row, or undefined. */
  get(...values: (string | number | null)[]): unknown
  /** All rows. */
  all(...values: (string | number | null)[]): unknown[]
}

// AUTOINCREMENT never reuses an id, so the login of a deleted user cannot become the login of a new user.
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
