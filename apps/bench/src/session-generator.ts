// Creates millions of sessions: copies of one real login, each with its own session id, signed with the key of the codec.
// Logging in a million visitors would take longer than the rest of the run.
import { createHmac } from 'node:crypto'
import { type LoginManager, signed } from '@fetch-login/core'
import { createBenchManager, createCredentials, getToken } from './login-manager'
import type { Credential } from './subject'
import type { User } from './users'

export interface SessionGenerator {
  /** Accepts the generated sessions. */
  readonly manager: LoginManager<User>
  /** Returns a login that is different for each number. */
  generate(number: number): Credential
}

export async function createSessionGenerator(cacheBytes: number): Promise<SessionGenerator> {
  const keys: Uint8Array[] = []
  const manager = createBenchManager(cacheBytes, {
    name: 'signed',
    create: (keyring, cookieName) => {
      keys.push(...keyring.keys('session', cookieName).map(({ bytes }) => bytes))
      return signed().create(keyring, cookieName)
    },
  })
  const [original] = await createCredentials(manager, 1)
  const [key] = keys
  if (original === undefined || key === undefined) throw new Error('The manager did not create a codec.')
  return { manager, generate: createCopier(original, key) }
}

function createCopier({ cookie, user }: Credential, key: Uint8Array): SessionGenerator['generate'] {
  const value = getToken(cookie)
  const name = cookie.slice(0, -value.length)
  const [header = '', payload = ''] = value.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const [before = '', after = ''] = JSON.stringify({ ...claims, sid: '*' }).split('"sid":"*"')
  return (number) => {
    const sid = `copy-${String(number).padStart(17, '0')}`
    const input = `${header}.${Buffer.from(`${before}"sid":"${sid}"${after}`).toString('base64url')}`
    return { cookie: `${name}${input}.${createHmac('sha256', key).update(input).digest('base64url')}`, user }
  }
}
