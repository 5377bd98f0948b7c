// A login, from the handle to the lines of Set-Cookie.
import type { SessionCodec } from '@fetch-login/core'
import { commitHeaders } from '@fetch-login/core/adapter'
import type { Work } from '../../contestant'
import type { Crowd } from '../../crowd'
import { provePage } from '../../proof'
import { cookieHeader } from '../../request'
import { userAt } from '../../users'
import { createBenchManager, targetOf, viewOf } from '../login-manager'
import { guardDoor } from './door'

export async function login(codec: SessionCodec, { cacheBytes }: Crowd): Promise<Work> {
  const manager = createBenchManager(cacheBytes, codec)
  let turn = 0
  const next = async () => {
    const user = userAt(turn++)
    const auth = manager.open(viewOf(null))
    await auth.loginUser(user)
    const lines: string[] = []
    commitHeaders(auth, targetOf(lines))
    return { user, lines }
  }
  const prove = async () => {
    const { user, lines } = await next()
    return provePage(guardDoor(manager), [{ cookie: cookieHeader(lines), user }])
  }
  return { next, prove }
}
