// HMAC-SHA-256 by Node's own OpenSSL, which Bun and Deno offer too: the same code as hmac.ts in a tenth of the time. The only
// file that names `node:crypto`; no other runtime gets to see it.
import crypto from 'node:crypto'
import type { Mac } from './hmac'

/** By two hashes where the platform has them and they are right: a hash at once costs half of an object that waits for more. */
export function createMac(key: Uint8Array): Mac {
  const [mac, fast] = [createMacOfOneObject(key), createMacOfTwoHashes(key)]
  if (fast === null) return mac
  isTrusted ??= isRight(fast, mac)
  return isTrusted ? fast : mac
}

/** Found out with the first key; null before. */
let isTrusted: boolean | null = null

/** Whether it is there as a whole: other runtimes offer parts of Node's crypto. */
export function isRight(fast: Mac, mac: Mac): boolean {
  try {
    return PROBES.every((probe) => fast(probe) === mac(probe))
  } catch {
    return false
  }
}

const PROBES = ['Zoë 佐藤', 'a text of more than one block: '.repeat(8), Uint8Array.of(0, 128, 255)]

export function createMacOfOneObject(key: Uint8Array): Mac {
  const secret = crypto.createSecretKey(key)
  return (message) => crypto.createHmac('sha256', secret).update(message).digest('base64url')
}

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
const ROOM_BYTES = 16_384
const encoder = new TextEncoder()
/** Room for one message after the other: it is written and hashed before anybody else can write. */
const inner = new Uint8Array(BLOCK_BYTES + ROOM_BYTES)
const outer = new Uint8Array(BLOCK_BYTES + DIGEST_BYTES)
const text = inner.subarray(BLOCK_BYTES)

/** RFC 2104 as it is written there: H(K ⊕ opad, H(K ⊕ ipad, text)). Null where there is no such hash. */
export function createMacOfTwoHashes(key: Uint8Array): Mac | null {
  const { hash } = crypto
  if (hash === undefined || key.length > BLOCK_BYTES) return null
  const [innerPad, outerPad] = [padKey(key, 0x36), padKey(key, 0x5c)]
  const large = createMacOfOneObject(key)
  return (message) => {
    if (message.length * 3 > ROOM_BYTES) return large(message)
    inner.set(innerPad)
    const digest = hash('sha256', inner.subarray(0, BLOCK_BYTES + writeMessage(message)), 'binary')
    outer.set(outerPad)
    for (let i = 0; i < DIGEST_BYTES; i++) outer[BLOCK_BYTES + i] = digest.charCodeAt(i)
    return hash('sha256', outer, 'base64url')
  }
}

/** Puts a message where it is hashed; how many bytes it is. */
function writeMessage(message: string | Uint8Array): number {
  if (typeof message === 'string') return encoder.encodeInto(message, text).written
  text.set(message)
  return message.length
}

function padKey(key: Uint8Array, pad: number): Uint8Array {
  return Uint8Array.from({ length: BLOCK_BYTES }, (_, index) => (key[index] ?? 0) ^ pad)
}
