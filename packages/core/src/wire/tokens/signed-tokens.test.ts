import { CompactSign, compactVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '../../base/base64url'
import { computeHmac, toUtf8 } from '../../base/bytes'
import { createKeyring, type Key } from './keyring'
import { createSignedTokens } from './signed-tokens'

const deriveKeys = (...secrets: string[]): readonly Key[] => createKeyring(secrets.map(toUtf8), '').keys('session', 's')
const keys = deriveKeys('the current secret', 'the previous secret')
const tokens = createSignedTokens(keys, 'session+jwt')

function forgeToken(header: object, payload: Uint8Array, key: Uint8Array): string {
  const input = `${toBase64url(toUtf8(JSON.stringify(header)))}.${toBase64url(payload)}`
  return `${input}.${computeHmac(key, toUtf8(input))}`
}

describe('a signed token', () => {
  it('is verified, and opened to its payload', () => {
    expect(tokens.decode(tokens.encode('{"a":"ü"}'))).toEqual({ ok: true, payload: '{"a":"ü"}', old: false })
  })

  it('is a JWS that jose verifies', async () => {
    const { payload, protectedHeader } = await compactVerify(tokens.encode('text'), keys[0]!.bytes)
    expect(new TextDecoder().decode(payload)).toBe('text')
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'session+jwt', kid: keys[0]!.id })
  })

  it('can be created by jose, if its header is exactly the same', async () => {
    const header = { alg: 'HS256', typ: 'session+jwt', kid: keys[0]!.id }
    const token = await new CompactSign(toUtf8('text')).setProtectedHeader(header).sign(keys[0]!.bytes)
    expect(tokens.decode(token)).toEqual({ ok: true, payload: 'text', old: false })
  })

  it('of a previous secret is marked as old, and is rejected after that secret is removed', () => {
    const token = createSignedTokens(deriveKeys('the previous secret'), 'session+jwt').encode('text')
    expect(tokens.decode(token)).toEqual({ ok: true, payload: 'text', old: true })
    expect(createSignedTokens(deriveKeys('the current secret'), 'session+jwt').decode(token)).toEqual({
      ok: false,
      reason: 'bad-signature',
    })
  })
})

describe('a signed token is rejected as bad-format if it is or has', () => {
  const [header, payload, tag] = tokens.encode('text').split('.') as [string, string, string]
  it.each([
    ['an empty string', ''],
    ['one segment', header],
    ['two segments', `${header}.${payload}`],
    ['four segments', `${header}.${payload}.${tag}.`],
    ['no header', `.${payload}.${tag}`],
    ['a padded tag', `${header}.${payload}.${tag}=`],
    ['a payload with a space', `${header}.${payload} .${tag}`],
  ])('%s', (_, token) => {
    expect(tokens.decode(token)).toEqual({ ok: false, reason: 'bad-format' })
  })

  it('a tag with other unused bits in its encoding', () => {
    const last = tag.slice(-1)
    const otherLast = String.fromCharCode(last.charCodeAt(0) + 1)
    const result = tokens.decode(`${header}.${payload}.${tag.slice(0, -1)}${otherLast}`)
    expect(result.ok).toBe(false)
  })

  it('a signed payload that is not UTF-8', () => {
    const { id, bytes } = keys[0]!
    const token = forgeToken({ alg: 'HS256', typ: 'session+jwt', kid: id }, Uint8Array.of(0xff), bytes)
    expect(tokens.decode(token)).toEqual({ ok: false, reason: 'bad-format' })
  })
})

describe('a signed token is rejected as bad-signature, although its key is correct, if it has', () => {
  const { id, bytes } = keys[0]!
  it.each([
    ['no algorithm', { alg: 'none', typ: 'session+jwt', kid: id }],
    ['another algorithm', { alg: 'HS512', typ: 'session+jwt', kid: id }],
    ['another type', { alg: 'HS256', typ: 'remember+jwt', kid: id }],
    ['no key ID', { alg: 'HS256', typ: 'session+jwt' }],
    ['the same header in another order', { typ: 'session+jwt', alg: 'HS256', kid: id }],
    ['an additional field', { alg: 'HS256', typ: 'session+jwt', kid: id, crit: [] }],
  ])('%s', (_, header) => {
    expect(tokens.decode(forgeToken(header, toUtf8('text'), bytes))).toEqual({ ok: false, reason: 'bad-signature' })
  })

  it('the signature of a previous key and the ID of the current one', () => {
    const token = forgeToken({ alg: 'HS256', typ: 'session+jwt', kid: id }, toUtf8('text'), keys[1]!.bytes)
    expect(tokens.decode(token)).toEqual({ ok: false, reason: 'bad-signature' })
  })
})
