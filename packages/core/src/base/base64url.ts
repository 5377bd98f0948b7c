// base64url without padding (RFC 4648 §5). Only the canonical encoding is accepted.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const VALUES = new Int8Array(128).fill(-1)
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i

/** Encodes bytes as base64url without padding. */
export function toBase64url(bytes: Uint8Array): string {
  let text = ''
  let i = 0
  for (; i + 2 < bytes.length; i += 3) text += toQuad(getAt(bytes, i), getAt(bytes, i + 1), getAt(bytes, i + 2))
  const rest = bytes.length - i
  if (rest === 1) text += toQuad(getAt(bytes, i), 0, 0).slice(0, 2)
  if (rest === 2) text += toQuad(getAt(bytes, i), getAt(bytes, i + 1), 0).slice(0, 3)
  return text
}

function toQuad(one: number, two: number, three: number): string {
  return (
    ALPHABET.charAt(one >> 2) +
    ALPHABET.charAt(((one & 3) << 4) | (two >> 4)) +
    ALPHABET.charAt(((two & 15) << 2) | (three >> 6)) +
    ALPHABET.charAt(three & 63)
  )
}

/** Decodes base64url. Returns null for padding, another alphabet, or unused bits that are not zero. */
export function fromBase64url(text: string): Uint8Array | null {
  const rest = text.length % 4
  if (rest === 1) return null
  const bytes = new Uint8Array((text.length * 3) >> 2)
  let filled = 0
  let buffer = 0
  let bits = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const value = code < 128 ? getAt(VALUES, code) : -1
    if (value < 0) return null
    buffer = ((buffer << 6) | value) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[filled++] = buffer >> bits
    }
  }
  return (buffer & ((1 << bits) - 1)) === 0 ? bytes : null
}

function getAt(array: Uint8Array | Int8Array, index: number): number {
  return array[index] as number
}
