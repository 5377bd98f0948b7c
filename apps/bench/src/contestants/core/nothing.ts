// What the others are compared with: a request comes in, and nobody does anything with it.
import type { Contestant, Credential } from '../../contestant'
import { visits } from '../../guarded-page'
import { viewOf } from '../login-manager'

export function nothing(credentials: readonly Credential[]): Contestant {
  const ask = async (_path: string, cookie: string | null) => viewOf(cookie)
  const next = visits({ ask, read: () => Promise.reject(new Error('Nothing answers.')) }, credentials)
  const prove = async () => [
    { what: 'the request brings its cookie', ok: (await next()).headers.get('cookie') !== null },
  ]
  return { name: 'nothing', role: 'bare', packages: [], next, prove }
}
