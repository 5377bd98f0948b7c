// A text that one part of an app hands to another through a place that clients can write to, such as a request header.
import { computeHmac, equalText } from '../../base/bytes'
import type { Key } from './keyring'

/** Returns the text behind its signature by the current key. */
export function signText(keys: readonly Key[], text: string): string {
  return `${computeHmac((keys[0] as Key).bytes, text)}.${text}`
}

/** Returns the text if one of the keys signed it; else null. */
export function verifyText(keys: readonly Key[], signed: string): string | null {
  const end = signed.indexOf('.')
  const [signature, text] = [signed.slice(0, Math.max(end, 0)), signed.slice(end + 1)]
  return keys.some(({ bytes }) => equalText(computeHmac(bytes, text), signature)) ? text : null
}
