// What the others are compared with: a request comes in, and nobody does anything with it.
import type { SessionCodec } from '@fetch-login/core'
import type { Work } from '../../contestant'
import type { Crowd } from '../../crowd'
import { visits } from '../../guarded-page'
import { createBenchManager, strangers, viewOf } from '../login-manager'

export async function nothing(codec: SessionCodec, crowd: Crowd): Promise<Work> {
  const credentials = await strangers(createBenchManager(crowd.cacheBytes, codec), crowd)
  const ask = (_path: string, cookie: string | null) => viewOf(cookie)
  const next = visits({ ask, read: () => Promise.reject(new Error('Nothing answers.')) }, credentials)
  const prove = async () => [
    { what: 'the request brings its cookie', ok: (await next()).headers.get('cookie') !== null },
  ]
  return { next, prove }
}
