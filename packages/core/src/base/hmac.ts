// HMAC-SHA-256 (RFC 2104) by @oslojs/crypto: synchronous, and the same on every runtime. Node has a native one in its place
// (hmac-node.ts), by the import `#hmac` of package.json.
import { HMAC } from '@oslojs/crypto/hmac'
import { SHA256 } from '@oslojs/crypto/sha2'
import { toBase64url } from './base64url'

/** The code of a message under one key, as base64url. */
export type Mac = (message: string | Uint8Array) => string

const encoder = new TextEncoder()

export function createMac(key: Uint8Array): Mac {
  return (message) => {
    const mac = new HMAC(SHA256, key)
    mac.update(typeof message === 'string' ? encoder.encode(message) : message)
    return toBase64url(mac.digest())
  }
}
