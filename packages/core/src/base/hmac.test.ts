// All implementations of HMAC compute the same codes, so each runtime accepts a cookie that another one signed.
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMac, type Mac } from './hmac'
import { createMacOfOneObject, createMacOfTwoHashes, createMac as createNativeMac, isEqualMac } from './hmac-node'

const IMPLEMENTATIONS: readonly (readonly [string, (key: Uint8Array) => Mac])[] = [
  ['@oslojs/crypto', createMac],
  ['Node', createNativeMac],
  ['Node, by an object', createMacOfOneObject],
  ['Node, by two hashes', (key) => createMacOfTwoHashes(key) ?? createMacOfOneObject(key)],
]

describe.each(IMPLEMENTATIONS)('the HMAC of %s', (_, create) => {
  it('equals the test vector of RFC 4231', () => {
    const code = create(new TextEncoder().encode('Jefe'))('what do ya want for nothing?')
    expect(Buffer.from(code, 'base64url').toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })

  it('is the same for a string and its UTF-8 bytes, including lone surrogates', () => {
    const mac = create(new Uint8Array(32).fill(7))
    for (const text of ['', 'session', 'Zoë 佐藤 🦊', '\ud800', 'a\udfffb'])
      expect(mac(text)).toBe(mac(new TextEncoder().encode(text)))
  })

  it('does not depend on earlier messages or keys', () => {
    const [mac, other] = [create(new Uint8Array(32).fill(7)), create(new Uint8Array(32).fill(8))]
    const first = mac('one')
    expect([mac('a much longer message'), other('one')]).not.toContain(first)
    expect(mac('one')).toBe(first)
  })

  it.each([0, 63, 64, 5461, 5462, 16_384, 100_000])('equals the HMAC of node:crypto for %i characters', (length) => {
    const [key, message] = [new Uint8Array(32).fill(7), '佐'.repeat(length)]
    expect(create(key)(message)).toBe(createHmac('sha256', key).update(message).digest('base64url'))
  })
})

it('all HMAC implementations compute the same code for every key and message', () => {
  const inputs = [
    fc.uint8Array({ minLength: 1, maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 500 }),
  ] as const
  fc.assert(
    fc.property(...inputs, (key, message) => {
      expect(new Set(IMPLEMENTATIONS.map(([, create]) => create(key)(message))).size).toBe(1)
    }),
  )
})

it('the HMAC of two hashes is used only if it computes the codes of the Hmac object', () => {
  const mac = createMacOfOneObject(new Uint8Array(32))
  expect(isEqualMac(mac, mac)).toBe(true)
  expect(isEqualMac(() => 'wrong', mac)).toBe(false)
  const partial: Mac = (message) => {
    if (typeof message !== 'string') throw new Error('only strings')
    return mac(message)
  }
  expect(isEqualMac(partial, mac)).toBe(false)
})

it('this runtime uses the HMAC of two hashes, so the tests above cover it', () => {
  expect(createMacOfTwoHashes(new Uint8Array(32))).not.toBeNull()
})
