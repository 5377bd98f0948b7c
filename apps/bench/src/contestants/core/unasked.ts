// A request that nobody asks about: the handle is there, and the answer goes out as it is.
import type { SessionCodec } from '@fetch-login/core'
import { checkRequest, commit } from '@fetch-login/core/adapter'
import type { Door, Work } from '../../contestant'
import type { Crowd } from '../../crowd'
import { visits } from '../../guarded-page'
import { provePage } from '../../proof'
import { createBenchManager, strangers, viewOf } from '../login-manager'
import { guardDoor } from './door'

export async function unasked(codec: SessionCodec, crowd: Crowd): Promise<Work> {
  const manager = createBenchManager(crowd.cacheBytes, codec)
  const credentials = await strangers(manager, crowd)
  const answer = new Response()
  const ask = (_path: string, cookie: string | null) => {
    const auth = manager.open(viewOf(cookie))
    const refused = checkRequest(auth)
    return refused instanceof Promise ? refused.then(() => commit(auth, answer)) : commit(auth, answer)
  }
  const door: Door<Response> = { ask, read: () => Promise.reject(new Error('It is only let through.')) }
  const next = visits(door, credentials)
  const prove = async () => [
    { what: 'the answer is the very same object', ok: (await next()) === answer },
    ...(await provePage(guardDoor(manager), credentials)),
  ]
  return { next, prove }
}
