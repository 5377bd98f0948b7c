import { CompactEncrypt, compactDecrypt } from 'jose'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '../../base/base64url'
import { toUtf8 } from '../../base/bytes'
import { createEncryptedTokens, ENCRYPTION_KEY_BYTES } from './encrypted-tokens'
import { createKeyring, type Key } from './keyring'

const deriveKeys = (...secrets: string[]): readonly Key[] =>
  createKeyring(secrets.map(toUtf8), '').keys('session-encryption', 's', ENCRYPTION_KEY_BYTES)
const keys = deriveKeys('the current secret', 'the previous secret')
const tokens = createEncryptedTokens(keys, 'session+jwt', 's')
const header = { alg: 'dir', enc: 'A256CBC-HS512', typ: 'session+jwt', kid: keys[0]!.id, ctx: 's' } as const

function encryptWith(
  key: Uint8Array,
  protectedHeader: { alg: string; enc: string },
  payload: Uint8Array,
): Promise<string> {
  return new CompactEncrypt(payload).setProtectedHeader(protectedHeader).encrypt(key)
}

describe('an encrypted token', () => {
  it('is decrypted to its payload, and does not reveal it', async () => {
    const token = await tokens.encode('{"secret":"ü"}')
    expect(await tokens.decode(token)).toEqual({ ok: true, payload: '{"secret":"ü"}', old: false })
    expect(Buffer.from(token.split('.')[3]!, 'base64url').toString()).not.toContain('secret')
    expect(await tokens.encode('{"secret":"ü"}')).not.toBe(token)
  })

  it('is a JWE that jose decrypts', async () => {
    const { plaintext, protectedHeader } = await compactDecrypt(await tokens.encode('text'), keys[0]!.bytes)
    expect(new TextDecoder().decode(plaintext)).toBe('text')
    expect(protectedHeader).toEqual(header)
  })

  it('of a previous secret is marked as old, and is rejected after that secret is removed', async () => {
    const token = await createEncryptedTokens(deriveKeys('the previous secret'), 'session+jwt', 's').encode('text')
    expect(await tokens.decode(token)).toEqual({ ok: true, payload: 'text', old: true })
    const current = createEncryptedTokens(deriveKeys('the current secret'), 'session+jwt', 's')
    expect(await current.decode(token)).toEqual({ ok: false, reason: 'bad-signature' })
  })
})

describe('an encrypted token is rejected if it', () => {
  it.each(['', 'a.b.c', 'a.b.c.d', 'a.b.c.d.e', 'a..c.d.e.f', 'a...e'])('has the invalid form %j', async (token) => {
    expect(await tokens.decode(token)).toMatchObject({ ok: false })
  })

  it('contains an encrypted key', async () => {
    const [head, , ...rest] = (await tokens.encode('text')).split('.')
    expect(await tokens.decode([head, 'QUFB', ...rest].join('.'))).toEqual({ ok: false, reason: 'bad-format' })
  })

  it('contains a segment that is not canonical', async () => {
    expect(await tokens.decode(`${await tokens.encode('text')}=`)).toEqual({ ok: false, reason: 'bad-format' })
  })

  it.each([
    ['another type', { ...header, typ: 'remember+jwt' }],
    ['another cookie', { ...header, ctx: 'other' }],
    ['another key ID', { ...header, kid: 'other' }],
    ['no type', { alg: 'dir', enc: 'A256CBC-HS512' }],
    ['compression', { ...header, zip: 'none' }],
  ])('has %s, although the key is correct', async (_, protectedHeader) => {
    const token = await encryptWith(keys[0]!.bytes, protectedHeader, toUtf8('text')).catch(() => null)
    const given = token ?? `${toBase64url(toUtf8(JSON.stringify(protectedHeader)))}..QUFB.QUFB.QUFB`
    expect(await tokens.decode(given)).toEqual({ ok: false, reason: 'bad-signature' })
  })

  it('has a changed ciphertext, tag or initialization vector', async () => {
    const segments = (await tokens.encode('some text')).split('.')
    for (const index of [2, 3, 4]) {
      const segment = segments[index]!
      const changed = segments.with(index, (segment.startsWith('A') ? 'B' : 'A') + segment.slice(1))
      expect(await tokens.decode(changed.join('.'))).toEqual({ ok: false, reason: 'bad-signature' })
    }
  })

  it('contains bytes that are not UTF-8', async () => {
    const token = await encryptWith(keys[0]!.bytes, header, Uint8Array.of(0xff))
    expect(await tokens.decode(token)).toEqual({ ok: false, reason: 'bad-format' })
  })
})
