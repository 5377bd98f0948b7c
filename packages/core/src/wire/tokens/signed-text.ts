// Signed texts, which one part of an app sends to another in a place that clients can write to, such as a request header.
import { computeHmac, equalText } from '../../base/bytes'
import type { Key } from './keyring'

/** Returns the text after its signature by the current key. */
export function signText(keys: readonly Key[], text: string): string {
  return `${computeHmac((keys[0] as Key).bytes, text)}.${text}`
}

/** Returns the text if one of the keys signed it, or null. */
export function verifyText(keys: readonly Key[], signed: string): string | null {
  const end = signed.indexOf('.')
  const [signature, text] = [signed.slice(0, Math.max(end, 0)), signed.slice(end + 1)]
  return keys.some(({ bytes }) => equalText(computeHmac(bytes, text), signature)) ? text : null
}
