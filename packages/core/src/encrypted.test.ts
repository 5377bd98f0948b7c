import { compactDecrypt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { createManager, SECRET } from '../test/setup'
import { commit } from './adapter'
import { encrypted } from './encrypted'

const manager = createManager({ session: { codec: encrypted() } })

async function createCookie(data: unknown): Promise<string> {
  const auth = manager.open(new Request('https://app.test/'))
  await auth.session.set('diagnosis', data)
  await auth.loginUser({ id: 'alice' })
  return commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

function openWith(cookie: string) {
  return manager.open(new Request('https://app.test/', { headers: { cookie } }))
}

describe('an encrypted session', () => {
  it('can be read only with the secret', async () => {
    const cookie = await createCookie('a secret of the user')
    expect(await openWith(cookie).session.get('diagnosis')).toBe('a secret of the user')
    const parts = cookie.split('=')[1]?.split('.') ?? []
    for (const part of parts) expect(Buffer.from(part, 'base64url').toString('latin1')).not.toContain('secret of')
    await expect(compactDecrypt(parts.join('.'), new Uint8Array(64))).rejects.toThrow()
  })

  it('is a JWE with the cookie name and the purpose, and differs each time', async () => {
    const [one, two] = [await createCookie(1), await createCookie(1)]
    const token = one.split('=')[1] ?? ''
    expect(decodeProtectedHeader(token)).toMatchObject({
      alg: 'dir',
      enc: 'A256CBC-HS512',
      typ: 'session+jwt',
      ctx: '__Host-session',
    })
    expect(one).not.toBe(two)
  })

  it('is rejected with another cookie name, secret or audience', async () => {
    const cookie = await createCookie(1)
    for (const options of [
      { secrets: `${SECRET} or another` },
      { secrets: SECRET, audience: 'other' },
      { secrets: SECRET, session: { cookie: { name: '__Host-other' } } },
    ]) {
      const other = createManager({ ...options, session: { ...options.session, codec: encrypted() } })
      const renamed = options.session === undefined ? cookie : cookie.replace('__Host-session', '__Host-other')
      const auth = other.open(new Request('https://app.test/', { headers: { cookie: renamed } }))
      expect(await auth.whyAnonymous()).toBe('bad-signature')
    }
  })

  it('is readable by parallel operations of one request', async () => {
    const auth = openWith(await createCookie(1))
    expect(await Promise.all([auth.currentUser(), auth.session.get('diagnosis'), auth.currentUser()])).toEqual([
      { id: 'alice' },
      1,
      { id: 'alice' },
    ])
  })
})
