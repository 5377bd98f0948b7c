// The plan of the house: which room stands on which floor, and what from outside may come in where.

const ROOMS = { base: 1, state: 2, wire: 2, flow: 3 }

export const DOOR = 5
const FILES = {
  'settings.ts': 2.5,
  'defaults.ts': 2.5,
  'options.ts': 2.5,
  'manager.ts': 4,
  'auth.ts': 4,
  'fetch.ts': 4,
  'carrier.ts': 4,
  'manager-source.ts': 4,
  'context.ts': 4,
  'node.ts': 4,
  'index.ts': DOOR,
  'testing.ts': DOOR,
  'encrypted.ts': DOOR,
  'jwt.ts': DOOR,
  'memory.ts': DOOR,
}

// Subpaths exist so that who does not import them does not ship them: nobody inside may pull them in.
export const SUBPATHS = new Set(['testing.ts', 'encrypted.ts', 'jwt.ts', 'memory.ts', 'context.ts', 'node.ts'])

// All that core may name from outside, and the places that may name it.
export const OUTSIDE = [
  { name: /^jose(\/|$)/, at: /^(wire\/seal|encrypted|jwt)\.ts$/, where: 'wire/seal.ts, encrypted.ts and jwt.ts' },
  { name: /^valibot$/, at: /^options\.ts$/, where: 'options.ts' },
  { name: /^@oslojs\//, at: /^base\//, where: 'base/' },
  { name: /^#hmac$/, at: /^base\//, where: 'base/' },
  { name: /^node:crypto$/, at: /^base\/hmac-node\.ts$/, where: 'base/hmac-node.ts' },
  { name: /^node:async_hooks$/, at: /^context\.ts$/, where: 'context.ts' },
]

// Packages that keep records; every other package but core is an adapter.
export const STORES = new Set(['redis', 'sql'])
export const ADAPTER_LINES = 150

export const STATE_WORDS = new Set(['await', 'Request', 'Headers', 'crypto', 'Date'])
export const DOMAIN_WORD =
  /^(sessions?|users?|logins?|logouts?|logged|cookies?|remember(s|ed)?|auth|flash(es)?|guards?|csrf|fresh(ness)?|anonymous)$/i
// What a public error is called is the library's own name, not knowledge about logins.
export const ERROR_NAME = /^(Login|Cookie)\w*Error(Code|Options)?$/

export const room = (rel) => (rel.includes('/') ? rel.slice(0, rel.indexOf('/')) : '')

export const floor = (rel) => (room(rel) === '' ? FILES[rel] : ROOMS[room(rel)])
