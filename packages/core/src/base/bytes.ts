// Text, bytes, HMAC and HKDF. The HMAC is imported from `#hmac`. It is synchronous and returns the same bytes on every
// runtime.

import { constantTimeEqual } from '@oslojs/crypto/subtle'
import { createMac, type Mac } from '#hmac'
import { fromBase64url } from './base64url'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Encodes text as UTF-8. */
export function toUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Returns whether a value is a Uint8Array of any realm. Test environments such as jsdom have a realm of their own. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]'
}

/** Decodes UTF-8. Returns null if the bytes are not valid UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

const macs = new WeakMap<Uint8Array, Mac>()

/** Returns the HMAC-SHA-256 (RFC 2104) as base64url. The state of a key is computed once. */
export function computeHmac(key: Uint8Array, message: string | Uint8Array): string {
  const known = macs.get(key)
  if (known !== undefined) return known(message)
  const mac = createMac(key)
  macs.set(key, mac)
  return mac(message)
}

/**
 * Derives a key by HKDF-SHA-256 (RFC 5869).
 *
 * @param info The purpose of the key. Keys of different purposes are independent.
 * @param length The length of the key in bytes.
 */
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

/** Joins byte arrays to one. */
export function concatBytes(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Compares bytes in constant time. */
export function equalBytes(one: Uint8Array, two: Uint8Array): boolean {
  return constantTimeEqual(one, two)
}

/** Compares strings of the same length in constant time, without encoding them. */
export function equalText(one: string, two: string): boolean {
  if (one.length !== two.length) return false
  let difference = 0
  for (let i = 0; i < one.length; i++) difference |= one.charCodeAt(i) ^ two.charCodeAt(i)
  return difference === 0
}
