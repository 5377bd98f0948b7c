import { createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fromBase64url, toBase64url } from './base64url'
import { computeHmac, concatBytes, deriveKey, equalBytes, equalText, fromUtf8, toUtf8 } from './bytes'

const LENGTHS = [0, 1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 255]

function createBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 37 + length) % 256)
}

describe('UTF-8', () => {
  it.each(['', 'plain', 'Zoë', '日本語', '😀', '\ufeffmark', '\u0000'])(
    'decodes the bytes of %j to the same string',
    (text) => {
      expect(fromUtf8(toUtf8(text))).toBe(text)
    },
  )

  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['an incomplete character', [0xe2, 0x82]],
  ])('decodes %s to null', (_, bytes) => {
    expect(fromUtf8(Uint8Array.from(bytes))).toBeNull()
  })
})

describe('base64url', () => {
  it.each(LENGTHS)('encodes %i bytes as Node does, and decodes them again', (length) => {
    const bytes = createBytes(length)
    expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
    expect(fromBase64url(toBase64url(bytes))).toEqual(bytes)
  })

  it.each([
    ['padding', 'QQ=='],
    ['the alphabet of plain base64', '+/+/'],
    ['a space', 'QU E'],
    ['a line break', 'QUFB\n'],
    ['a character beyond ASCII', 'QUFé'],
    ['one character too many', 'QUFBQ'],
    ['unused bits after one byte', 'QR'],
    ['unused bits after two bytes', 'QUF'],
    ['a second encoding of one byte', 'Qf'],
  ])('rejects %s, so that each value has one encoding', (_, text) => {
    expect(fromBase64url(text)).toBeNull()
  })
})

describe('HMAC and HKDF functions', () => {
  it.each(LENGTHS)('compute the same HMAC of %i bytes as Node', (length) => {
    const bytes = createBytes(length)
    const key = createBytes(length + 1)
    expect(computeHmac(key, bytes)).toBe(createHmac('sha256', key).update(bytes).digest('base64url'))
  })

  it.each([1, 12, 32, 33, 64, 100])('derive the same %i bytes as the HKDF of Node', (length) => {
    const [secret, salt, info] = [toUtf8('secret'), toUtf8('salt'), toUtf8('info')]
    expect(Buffer.from(deriveKey(secret, salt, info, length))).toEqual(
      Buffer.from(hkdfSync('sha256', secret, salt, info, length)),
    )
  })
})

describe('byte functions', () => {
  it('compare bytes and strings, also of different lengths', () => {
    expect(equalBytes(createBytes(32), createBytes(32))).toBe(true)
    expect(equalBytes(createBytes(32), createBytes(31))).toBe(false)
    expect(equalText('naïve', 'naïve')).toBe(true)
    expect(equalText('naïve', 'naive')).toBe(false)
    expect(equalText('', '')).toBe(true)
  })

  it('join byte arrays in their order', () => {
    expect(concatBytes(toUtf8('a'), toUtf8(''), toUtf8('bc'))).toEqual(toUtf8('abc'))
    expect(concatBytes()).toEqual(new Uint8Array(0))
  })
})
