// Text, bytes, HMAC and HKDF. There is one hash, and it comes with the HMAC from
// `#hmac`: synchronous, the same bytes on every runtime, and no second SHA-256 where the platform has one.

import { constantTimeEqual } from '@oslojs/crypto/subtle'
import { createMac, type Mac } from '#hmac'
import { fromBase64url } from './base64url'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function toUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Whether this is a Uint8Array, of any realm: a test environment brings classes of its own. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]'
}

/** The text of these bytes, or null where they are no UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

const macs = new WeakMap<Uint8Array, Mac>()

/** HMAC-SHA-256 (RFC 2104), as base64url. What a key needs is computed once. */
export function computeHmac(key: Uint8Array, message: string | Uint8Array): string {
  const known = macs.get(key)
  if (known !== undefined) return known(message)
  const mac = createMac(key)
  macs.set(key, mac)
  return mac(message)
}

/** HKDF-SHA-256 (RFC 5869): `length` bytes from a secret, for this purpose and no other. */
export function deriveKey(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const pseudoRandomKey = computeHmacBytes(salt, secret)
  const output = new Uint8Array(Math.ceil(length / 32) * 32)
  let block: Uint8Array = new Uint8Array(0)
  for (let i = 0; i * 32 < length; i++) {
    block = computeHmacBytes(pseudoRandomKey, concatBytes(block, info, Uint8Array.of(i + 1)))
    output.set(block, i * 32)
  }
  return output.slice(0, length)
}

function computeHmacBytes(key: Uint8Array, message: Uint8Array): Uint8Array {
  return fromBase64url(computeHmac(key, message)) as Uint8Array
}

export function concatBytes(...parts: Uint8Array[]): Uint8Array {
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
