// A login, from the handle to the lines of Set-Cookie.
import type { LoginManager } from '@fetch-login/core'
import type { Contestant } from '../../contestant'
import { provePage } from '../../proof'
import { cookieHeader } from '../../request'
import { type User, userAt } from '../../users'
import { targetOf, viewOf } from '../login-manager'
import { guardDoor } from './door'

export function login(name: string, manager: LoginManager<User>): Contestant {
  let turn = 0
  const next = async () => {
    const user = userAt(turn++)
    const auth = manager.open(viewOf(null))
    await auth.loginUser(user)
    const lines: string[] = []
    auth.commitHeaders(targetOf(lines))
    return { user, lines }
  }
  const prove = async () => {
    const { user, lines } = await next()
    return provePage(guardDoor(manager), [{ cookie: cookieHeader(lines), user }])
  }
  return { name, role: 'ours', packages: ['@fetch-login/core'], next, prove }
}
