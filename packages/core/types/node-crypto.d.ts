// As much of `node:crypto` as base/hmac-node.ts uses: core has no types of Node.
declare module 'node:crypto' {
  interface KeyObject {
    readonly type: 'secret'
  }
  interface Hmac {
    update(message: string | Uint8Array): Hmac
    digest(): Uint8Array
  }
  function createSecretKey(key: Uint8Array): KeyObject
  function createHmac(algorithm: 'sha256', key: KeyObject): Hmac
}
