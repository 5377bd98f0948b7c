// Text, bytes, base64url (RFC 4648 §5, canonical only), HMAC and HKDF. There is one hash, and it comes with the HMAC from
// `#hmac`: synchronous, the same bytes on every runtime, and no second SHA-256 where the platform has one.

import { constantTimeEqual } from '@oslojs/crypto/subtle'
import { createMac, type Mac } from '#hmac'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The text of these bytes, or null where they are no UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const VALUES = new Int8Array(128).fill(-1)
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i

export function base64url(bytes: Uint8Array): string {
  let text = ''
  let i = 0
  for (; i + 2 < bytes.length; i += 3) text += quad(at(bytes, i), at(bytes, i + 1), at(bytes, i + 2))
  const rest = bytes.length - i
  if (rest === 1) text += quad(at(bytes, i), 0, 0).slice(0, 2)
  if (rest === 2) text += quad(at(bytes, i), at(bytes, i + 1), 0).slice(0, 3)
  return text
}

function quad(one: number, two: number, three: number): string {
  return (
    ALPHABET.charAt(one >> 2) +
    ALPHABET.charAt(((one & 3) << 4) | (two >> 4)) +
    ALPHABET.charAt(((two & 15) << 2) | (three >> 6)) +
    ALPHABET.charAt(three & 63)
  )
}

/** The bytes, or null: only the one canonical spelling counts (no padding, no other alphabet, unused bits zero). */
export function fromBase64url(text: string): Uint8Array | null {
  const rest = text.length % 4
  if (rest === 1) return null
  const bytes = new Uint8Array((text.length * 3) >> 2)
  let filled = 0
  let buffer = 0
  let bits = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const value = code < 128 ? at(VALUES, code) : -1
    if (value < 0) return null
    buffer = ((buffer << 6) | value) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[filled++] = buffer >> bits
    }
  }
  return (buffer & ((1 << bits) - 1)) === 0 ? bytes : null
}

function at(array: Uint8Array | Int8Array, index: number): number {
  return array[index] as number
}

const macs = new WeakMap<Uint8Array, Mac>()

/** HMAC-SHA-256 (RFC 2104). What a key needs is computed once. */
export function hmac(key: Uint8Array, message: string | Uint8Array): Uint8Array {
  const known = macs.get(key)
  if (known !== undefined) return known(message)
  const mac = createMac(key)
  macs.set(key, mac)
  return mac(message)
}

/** HKDF-SHA-256 (RFC 5869): `length` bytes from a secret, for this purpose and no other. */
export function hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const pseudoRandomKey = hmac(salt, secret)
  const output = new Uint8Array(Math.ceil(length / 32) * 32)
  let block: Uint8Array = new Uint8Array(0)
  for (let i = 0; i * 32 < length; i++) {
    block = hmac(pseudoRandomKey, concat(block, info, Uint8Array.of(i + 1)))
    output.set(block, i * 32)
  }
  return output.slice(0, length)
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Whether both are the same, in a time that does not tell where they differ. */
export function equalBytes(one: Uint8Array, two: Uint8Array): boolean {
  return constantTimeEqual(one, two)
}

/** As {@link equalBytes}, for texts, without making bytes of them. */
export function equalText(one: string, two: string): boolean {
  if (one.length !== two.length) return false
  let difference = 0
  for (let i = 0; i < one.length; i++) difference |= one.charCodeAt(i) ^ two.charCodeAt(i)
  return difference === 0
}
