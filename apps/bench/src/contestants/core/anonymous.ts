// A visitor without a login, of whom somebody asks who it is.
import type { LoginManager } from '@fetch-login/core'
import type { Contestant, Door } from '../../contestant'
import { proveNobody } from '../../proof'
import { PAGE } from '../../request'
import type { User } from '../../users'
import { viewOf } from '../login-manager'
import { answerOf } from './door'

export function anonymous(name: string, manager: LoginManager<User>): Contestant {
  const ask = (_path: string, cookie: string | null) => manager.open(viewOf(cookie)).currentUser()
  const door: Door<User | null> = { ask, read: async (user) => answerOf(user) }
  return {
    name,
    role: 'ours',
    packages: ['@fetch-login/core'],
    next: () => ask(PAGE, null),
    prove: async () => [await proveNobody(door)],
  }
}
