// The little of Node's crypto that this package uses, so that nothing else of Node is in reach of its sources.
declare module 'node:crypto' {
  interface Hmac {
    update(message: string | Uint8Array): Hmac
    digest(encoding: 'base64url'): string
  }
  interface Crypto {
    createSecretKey(key: Uint8Array): object
    createHmac(algorithm: 'sha256', key: object): Hmac
    /** From Node 20.12 on. */
    readonly hash?: (algorithm: 'sha256', message: Uint8Array, encoding: 'binary' | 'base64url') => string
  }
  const crypto: Crypto
  export default crypto
}
