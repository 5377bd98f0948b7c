// HMAC-SHA-256 by `node:crypto`, which Bun and Deno have as well. It is about ten times as fast as hmac.ts. Only this file
// imports `node:crypto`, and other runtimes do not load it.
import crypto from 'node:crypto'
import type { Mac } from './hmac'

/** Creates the HMAC of a key. Two calls of `crypto.hash` cost half of an `Hmac` object, so they are used if they work. */
export function createMac(key: Uint8Array): Mac {
  const [mac, fast] = [createMacOfOneObject(key), createMacOfTwoHashes(key)]
  if (fast === null) return mac
  isHashUsable ??= isEqualMac(fast, mac)
  return isHashUsable ? fast : mac
}

/** Whether `crypto.hash` works on this runtime. It is tested with the first key. */
let isHashUsable: boolean | null = null

/** Returns whether both compute the same codes. Other runtimes implement `node:crypto` in part. */
export function isEqualMac(fast: Mac, mac: Mac): boolean {
  try {
    return PROBES.every((probe) => fast(probe) === mac(probe))
  } catch {
    return false
  }
}

const PROBES = ['Zoë 佐藤', 'a text of more than one block: '.repeat(8), Uint8Array.of(0, 128, 255)]

/** Creates an HMAC that uses one `Hmac` object per message. */
export function createMacOfOneObject(key: Uint8Array): Mac {
  const secret = crypto.createSecretKey(key)
  return (message) => crypto.createHmac('sha256', secret).update(message).digest('base64url')
}

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
const BUFFER_BYTES = 16_384
const encoder = new TextEncoder()
/** Buffers that all messages share. A message is written and hashed synchronously, so calls do not overlap. */
const inner = new Uint8Array(BLOCK_BYTES + BUFFER_BYTES)
const outer = new Uint8Array(BLOCK_BYTES + DIGEST_BYTES)
const text = inner.subarray(BLOCK_BYTES)

/**
 * Creates an HMAC as RFC 2104 defines it: H(K ⊕ opad, H(K ⊕ ipad, text)). Returns null if the runtime does not have
 * `crypto.hash`.
 */
export function createMacOfTwoHashes(key: Uint8Array): Mac | null {
  const { hash } = crypto
  if (hash === undefined || key.length > BLOCK_BYTES) return null
  const [innerPad, outerPad] = [padKey(key, 0x36), padKey(key, 0x5c)]
  const large = createMacOfOneObject(key)
  return (message) => {
    if (message.length * 3 > BUFFER_BYTES) return large(message)
    inner.set(innerPad)
    const digest = hash('sha256', inner.subarray(0, BLOCK_BYTES + writeMessage(message)), 'binary')
    outer.set(outerPad)
    for (let i = 0; i < DIGEST_BYTES; i++) outer[BLOCK_BYTES + i] = digest.charCodeAt(i)
    return hash('sha256', outer, 'base64url')
  }
}

/** Writes a message into the buffer. Returns its length in bytes. */
function writeMessage(message: string | Uint8Array): number {
  if (typeof message === 'string') return encoder.encodeInto(message, text).written
  text.set(message)
  return message.length
}

function padKey(key: Uint8Array, pad: number): Uint8Array {
  return Uint8Array.from({ length: BLOCK_BYTES }, (_, index) => (key[index] ?? 0) ^ pad)
}
