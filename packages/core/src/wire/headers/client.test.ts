import { describe, expect, it } from 'vitest'
import { toUtf8 } from '../../base/bytes'
import { createKeyring } from '../tokens/keyring'
import { type ClientPart, createFingerprint, findFingerprintKey, getClientText, normalizeAddress } from './client'

function readText(parts: ClientPart[], address?: string, userAgent?: string): string {
  const headers = new Headers(userAgent === undefined ? {} : { 'user-agent': userAgent })
  return getClientText({ method: 'GET', url: '/', headers, address }, parts)
}

describe('the normalized form of the address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    [' 192.0.2.1 ', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['::1', '::1'],
    ['::', '::'],
    ['', ''],
    ['not:an:address', 'not:an:address'],
    ['NOT:an:address', 'not:an:address'],
  ])('%j is %j', (given, canonical) => {
    expect(normalizeAddress(given)).toBe(canonical)
  })
})

describe('the network of a client', () => {
  it.each([
    ['two addresses of an IPv4 /24', '192.0.2.1', '192.0.2.254'],
    ['a mapped and a plain address of an IPv4 /24', '::ffff:192.0.2.1', '192.0.2.9'],
    ['two addresses of an IPv6 /64', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::9'],
    ['addresses with omitted zeros', '2001:db8::1', '2001:db8:0:0:ffff::'],
    ['addresses with omitted zeros at the end', '2001:db8:1:2::', '2001:db8:1:2:a:b:c:d'],
    ['addresses with omitted zeros at the beginning', '::1', '::a:0:1'],
  ])('is the same for %s', (_, one, two) => {
    expect(readText(['network'], one)).toBe(readText(['network'], two))
    expect(readText(['address'], one)).not.toBe(readText(['address'], two))
  })

  it.each([
    ['192.0.2.1', '192.0.3.1'],
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['2001:db8::1', '2001:db8:0:1::1'],
    ['::1', '192.0.2.1'],
  ])('differs for %s and %s', (one, two) => {
    expect(readText(['network'], one)).not.toBe(readText(['network'], two))
  })
})

describe('the fingerprint text of a client', () => {
  it('contains the selected parts only', () => {
    expect(readText(['userAgent'], '192.0.2.1', 'a')).toBe(readText(['userAgent'], '192.0.2.2', 'a'))
    expect(readText(['address'], '192.0.2.1', 'a')).toBe(readText(['address'], '192.0.2.1', 'b'))
    expect(readText([], '192.0.2.1', 'a')).toBe(readText([], '192.0.2.2', 'b'))
  })

  it('is the same for a missing and an empty user agent, and for a missing and an empty address', () => {
    expect(readText(['userAgent', 'address'])).toBe(readText(['userAgent', 'address'], '', ''))
  })

  it('differs if text moves from one part to the next', () => {
    expect(readText(['userAgent', 'address'], '1', 'a,2')).not.toBe(readText(['userAgent', 'address'], '2","1', 'a'))
  })
})

describe('a fingerprint', () => {
  const [current, other] = ['one secret', 'another'].map(
    (secret) => createKeyring([toUtf8(secret)], '').keys('client', 's')[0]!,
  )

  it('has 132 bits, and does not contain the text', () => {
    expect(createFingerprint(current!, 'Mozilla')).toMatch(/^[\w-]{22}$/)
  })

  it('matches each of its keys, and no other key', () => {
    const given = createFingerprint(other!, 'Mozilla')
    expect(findFingerprintKey([current!, other!], 'Mozilla', given)).toBeGreaterThanOrEqual(0)
    expect(findFingerprintKey([current!], 'Mozilla', given)).toBe(-1)
    expect(findFingerprintKey([other!], 'Opera', given)).toBe(-1)
    expect(findFingerprintKey([other!], 'Mozilla', '')).toBe(-1)
  })
})
