// HMAC-SHA-256 (RFC 2104) by @oslojs/crypto, synchronous on every runtime. On Node the import `#hmac` of package.json
// selects hmac-node.ts instead.
import { HMAC } from '@oslojs/crypto/hmac'
import { SHA256 } from '@oslojs/crypto/sha2'
import { toBase64url } from './base64url'

/** Computes the code of a message under one key, as base64url. */
export type Mac = (message: string | Uint8Array) => string

const encoder = new TextEncoder()

/** Creates the HMAC of a key. */
export function createMac(key: Uint8Array): Mac {
  return (message) => {
    const mac = new HMAC(SHA256, key)
    mac.update(typeof message === 'string' ? encoder.encode(message) : message)
    return toBase64url(mac.digest())
  }
}
