// A visitor who brings a cookie of somebody else and no login, of whom somebody asks who it is. The text of a login is made
// all the same, and dropped: the bare request makes it too.
import type { SessionCodec } from '@fetch-login/core'
import type { Door, Work } from '../../contestant'
import type { Crowd } from '../../crowd'
import { visits } from '../../guarded-page'
import { proveNobody } from '../../proof'
import type { User } from '../../users'
import { createBenchManager, strangers, viewOf } from '../login-manager'
import { answerOf } from './door'

export async function anonymous(codec: SessionCodec, crowd: Crowd): Promise<Work> {
  const manager = createBenchManager(crowd.cacheBytes, codec)
  const ask = (_path: string, cookie: string | null) => manager.open(viewOf(cookie)).currentUser()
  const door: Door<User | null> = { ask, read: async (user) => answerOf(user) }
  const next = visits({ ...door, ask: (path) => ask(path, '') }, await strangers(manager, crowd))
  const prove = async () => [
    { what: 'a cookie of somebody else is nobody', ok: (await next()) === null },
    await proveNobody(door),
  ]
  return { next, prove }
}
