import { createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fromBase64url, toBase64url } from './base64url'
import { computeHmac, concatBytes, deriveKey, equalBytes, equalText, fromUtf8, toUtf8 } from './bytes'

const LENGTHS = [0, 1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 255]

function sample(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 37 + length) % 256)
}

describe('text and bytes', () => {
  it.each(['', 'plain', 'Zoë', '日本語', '😀', '\ufeffmark', '\u0000'])(
    'decodes the UTF-8 of %j to the same text',
    (text) => {
      expect(fromUtf8(toUtf8(text))).toBe(text)
    },
  )

  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['a character cut short', [0xe2, 0x82]],
  ])('decodes %s to null', (_, bytes) => {
    expect(fromUtf8(Uint8Array.from(bytes))).toBeNull()
  })
})

describe('base64url', () => {
  it.each(LENGTHS)('encodes %i bytes as the platform does, and decodes them again', (length) => {
    const bytes = sample(length)
    expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
    expect(fromBase64url(toBase64url(bytes))).toEqual(bytes)
  })

  it.each([
    ['padding', 'QQ=='],
    ['the other alphabet', '+/+/'],
    ['a blank', 'QU E'],
    ['a line break', 'QUFB\n'],
    ['a character beyond ASCII', 'QUFé'],
    ['one left over character', 'QUFBQ'],
    ['unused bits after one byte', 'QR'],
    ['unused bits after two bytes', 'QUF'],
    ['a second spelling of one byte', 'Qf'],
  ])('rejects %s, so that each value has one encoding', (_, text) => {
    expect(fromBase64url(text)).toBeNull()
  })
})

describe('keyed hashes', () => {
  it.each(LENGTHS)('give the same HMAC of %i bytes as the platform', (length) => {
    const bytes = sample(length)
    const key = sample(length + 1)
    expect(computeHmac(key, bytes)).toBe(createHmac('sha256', key).update(bytes).digest('base64url'))
  })

  it.each([1, 12, 32, 33, 64, 100])('derive %i bytes as RFC 5869 defines it', (length) => {
    const [secret, salt, info] = [toUtf8('secret'), toUtf8('salt'), toUtf8('info')]
    expect(Buffer.from(deriveKey(secret, salt, info, length))).toEqual(
      Buffer.from(hkdfSync('sha256', secret, salt, info, length)),
    )
  })
})

describe('byte functions', () => {
  it('compare bytes and texts, also of different lengths', () => {
    expect(equalBytes(sample(32), sample(32))).toBe(true)
    expect(equalBytes(sample(32), sample(31))).toBe(false)
    expect(equalText('naïve', 'naïve')).toBe(true)
    expect(equalText('naïve', 'naive')).toBe(false)
    expect(equalText('', '')).toBe(true)
  })

  it('join byte arrays in their order', () => {
    expect(concatBytes(toUtf8('a'), toUtf8(''), toUtf8('bc'))).toEqual(toUtf8('abc'))
    expect(concatBytes()).toEqual(new Uint8Array(0))
  })
})
