// A request that nobody asks about: the handle is there, and the answer goes out as it is.
import type { LoginManager } from '@fetch-login/core'
import type { Contestant, Credential, Door } from '../../contestant'
import { visits } from '../../guarded-page'
import { provePage } from '../../proof'
import type { User } from '../../users'
import { viewOf } from '../login-manager'
import { guardDoor } from './door'

export function unasked(name: string, manager: LoginManager<User>, credentials: readonly Credential[]): Contestant {
  const answer = new Response()
  const ask = async (_path: string, cookie: string | null) => {
    const auth = manager.open(viewOf(cookie))
    await auth.admit()
    return auth.commit(answer)
  }
  const door: Door<Response> = { ask, read: () => Promise.reject(new Error('It is only let through.')) }
  const next = visits(door, credentials)
  const prove = async () => [
    { what: 'the answer is the very same object', ok: (await next()) === answer },
    ...(await provePage(guardDoor(manager), credentials)),
  ]
  return { name, role: 'ours', packages: ['@fetch-login/core'], next, prove }
}
