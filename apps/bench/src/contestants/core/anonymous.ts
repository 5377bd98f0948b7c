// A visitor without a login, of whom somebody asks who it is.
import type { SessionCodec } from '@fetch-login/core'
import type { Door, Work } from '../../contestant'
import type { Crowd } from '../../crowd'
import { proveNobody } from '../../proof'
import { PAGE } from '../../request'
import type { User } from '../../users'
import { createBenchManager, viewOf } from '../login-manager'
import { answerOf } from './door'

export async function anonymous(codec: SessionCodec, { cacheBytes }: Crowd): Promise<Work> {
  const manager = createBenchManager(cacheBytes, codec)
  const ask = (_path: string, cookie: string | null) => manager.open(viewOf(cookie)).currentUser()
  const door: Door<User | null> = { ask, read: async (user) => answerOf(user) }
  return { next: () => ask(PAGE, null), prove: async () => [await proveNobody(door)] }
}
