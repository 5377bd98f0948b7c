// Sessions by the million: copies of one real login, each with a session id of its own, signed by Node with the key that a
// codec is handed. Logging a million visitors in would take longer than all that is to be measured.
import { createHmac } from 'node:crypto'
import { type LoginManager, signed } from '@fetch-login/core'
import type { Credential } from './contestant'
import { createBenchManager, logIn, tokenOf } from './contestants/login-manager'
import type { User } from './users'

export interface SessionPress {
  /** Accepts what the press makes. */
  readonly manager: LoginManager<User>
  /** A login that no other number gives. */
  mint(number: number): Credential
}

export async function createSessionPress(cacheBytes: number): Promise<SessionPress> {
  const keys: Uint8Array[] = []
  const manager = createBenchManager(cacheBytes, {
    name: 'signed',
    create: (keyring, cookieName) => {
      keys.push(...keyring.keys('session', cookieName).map(({ bytes }) => bytes))
      return signed().create(keyring, cookieName)
    },
  })
  const [original] = await logIn(manager, 1)
  const [key] = keys
  if (original === undefined || key === undefined) throw new Error('The manager asked for no codec.')
  return { manager, mint: pressOf(original, key) }
}

function pressOf({ cookie, user }: Credential, key: Uint8Array): (number: number) => Credential {
  const value = tokenOf(cookie)
  const name = cookie.slice(0, -value.length)
  const [header = '', payload = ''] = value.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const [before = '', after = ''] = JSON.stringify({ ...claims, sid: '*' }).split('"sid":"*"')
  return (number) => {
    const sid = `press-${String(number).padStart(16, '0')}`
    const input = `${header}.${Buffer.from(`${before}"sid":"${sid}"${after}`).toString('base64url')}`
    return { cookie: `${name}${input}.${createHmac('sha256', key).update(input).digest('base64url')}`, user }
  }
}
