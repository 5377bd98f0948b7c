// Compares paths of options (exceptions of guards, views) with the path of a request. Routers decode paths differently, so
// only a path that every parser reads alike can match.

/** A character that RFC 3986 does not allow in a path. Express trims a no-break space and routes `/users/\xa0` to `/users`. */
const UNUSUAL = /[^\w/.~!$&'()*+,=:@-]/
/** Empty segments and dot segments. */
const AMBIGUOUS = /\/\/|\/\.{1,2}(?:\/|$)/
/** A segment of characters that need no encoding, spaces, and letters of all alphabets. */
const ENCODED = /^(?:[\w.~!$&'()*+,=:@-]| |[^\p{ASCII}\p{C}\p{Z}])*$/u
const ASCII_PUNCTUATION = /[^\w\s]/

/** The remedy for a path that {@link encodePath} rejects. */
export const ONE_READING = 'leave out ?, #, ;, \\, //, dot segments and escapes such as %2f'

/** Returns whether every parser reads the path alike, and no router decodes anything in it. */
export function isPlainPath(path: string): boolean {
  return !UNUSUAL.test(path) && !AMBIGUOUS.test(path)
}

/**
 * Returns a path as browsers send it: `/log in`, `/log%20in` and `/über`, `/%c3%bcber` have one form each. Returns null
 * if two parsers can read it as two paths: with `%2f`, `%5c`, `%25`, `;`, a dot segment, an empty segment and the like.
 */
export function encodePath(path: string): string | null {
  const segments = path.split('/').map(encodeSegment)
  const encoded = segments.join('/')
  return segments.includes(null) || AMBIGUOUS.test(encoded) ? null : encoded
}

function encodeSegment(segment: string): string | null {
  const text = decodeSegment(segment)
  if (text === null || text.trim() !== text || !ENCODED.test(text) || isCompatible(text)) return null
  const encoded = text.replace(/[^\w.~!$&'()*+,=:@-]+/g, encodeURIComponent)
  // A router that does not decode `%61` selects another page than one that does.
  return encoded === toUpperEscapes(segment.replace(/[^!-~]+/g, encodeURIComponent)) ? encoded : null
}

/** Returns whether the compatibility form of a character is ASCII punctuation, such as that of a fullwidth slash. */
function isCompatible(text: string): boolean {
  return text.match(/[^\p{ASCII}]/gu)?.some((one) => ASCII_PUNCTUATION.test(toAscii(one.normalize('NFKC')))) === true
}

function toAscii(text: string): string {
  return text.replace(/[^\p{ASCII}]/gu, '')
}

function decodeSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment)
  } catch {
    return null
  }
}

/** Returns whether the path of a request is one of these, in either case of its escapes. */
export function isPathOf(path: string, encoded: ReadonlySet<string>): boolean {
  return encoded.has(toUpperEscapes(path))
}

/** Returns whether the path is below the prefix, which ends with a slash, and plain from there on. */
export function isPathBelow(path: string, prefix: string): boolean {
  const upper = toUpperEscapes(path)
  return upper.startsWith(prefix) && upper.length > prefix.length && isPlainPath(`/${upper.slice(prefix.length)}`)
}

function toUpperEscapes(path: string): string {
  return path.includes('%') ? path.replace(/%[\da-f]{2}/gi, (one) => one.toUpperCase()) : path
}

/** Returns the base path of an app, encoded and without a slash at the end; null if it is not a path. */
export function parseBasePath(path: string): string | null {
  const base = path.replace(/\/$/, '')
  // Two slashes before the path of a view would make it a host.
  if (base === '' || base.endsWith('/')) return base === '' ? '' : null
  return base.startsWith('/') ? encodePath(base) : null
}

/** Returns the public address of a path of the app. An address with a host is public already. */
export function withBase(base: string, address: string): string {
  return isAppPath(address) ? base + address : address
}

/** Returns the same for a path that can be public already. */
export function withBaseOnce(base: string, address: string): string {
  return address === base || address.startsWith(`${base}/`) ? address : withBase(base, address)
}

/** Returns whether the address is a path, and not one with a host. */
export function isAppPath(address: string): boolean {
  return address.startsWith('/') && !address.startsWith('//')
}
