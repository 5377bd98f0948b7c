// The two ways to compute an HMAC are one: a cookie that one runtime signed is good on every other.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMac } from './hmac'
import { createMac as createNativeMac } from './hmac-node'

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

describe.each([
  ['@oslojs/crypto', createMac],
  ['Node', createNativeMac],
])('the HMAC of %s', (_, create) => {
  it('is that of RFC 4231', () => {
    expect(hex(create(new TextEncoder().encode('Jefe'))('what do ya want for nothing?'))).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    )
  })

  it('is the same for a text and for its bytes, lone surrogates included', () => {
    const mac = create(new Uint8Array(32).fill(7))
    for (const text of ['', 'session', 'Zoë 佐藤 🦊', '\ud800', 'a\udfffb'])
      expect(hex(mac(text))).toBe(hex(mac(new TextEncoder().encode(text))))
  })

  it('keeps nothing of one message for the next', () => {
    const mac = create(new Uint8Array(32).fill(7))
    const first = hex(mac('one'))
    mac('two')
    expect(hex(mac('one'))).toBe(first)
  })
})

it('is the same in both, for every key and message', () => {
  const inputs = [
    fc.uint8Array({ minLength: 1, maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 500 }),
  ] as const
  fc.assert(
    fc.property(...inputs, (key, message) => {
      expect(hex(createNativeMac(key)(message))).toBe(hex(createMac(key)(message)))
    }),
  )
})
