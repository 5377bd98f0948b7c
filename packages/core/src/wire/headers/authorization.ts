// Credentials in headers and queries: the Authorization header (RFC 9110 §11), Basic (RFC 7617), Bearer (RFC 6750),
// API keys. A duplicated header is rejected, because two servers could read two different users from it.
import { fromUtf8 } from '../../base/bytes'
import type { RequestView } from './request'

/** A credential, or the reason why there is none. */
export type Credential<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: 'no-credential' | 'ambiguous-header' | 'bad-format' | 'bad-encoding' }

const NONE = { ok: false, reason: 'no-credential' } as const
const TWICE = { ok: false, reason: 'ambiguous-header' } as const
const BROKEN = { ok: false, reason: 'bad-format' } as const
const NOT_UTF8 = { ok: false, reason: 'bad-encoding' } as const

/** Reads a header. A duplicated one is rejected. */
export function readSingleHeader(request: RequestView, name: string): Credential<string> {
  const value = request.headers.get(name)
  if (value === null || value === '') return NONE
  return isDuplicated(request, name, value) ? TWICE : { ok: true, value }
}

/**
 * Returns whether a header was sent twice. Servers that keep the separate lines count them. Fetch API headers contain
 * all lines joined by a comma and a space, as a proxy may join them.
 */
export function isDuplicated(request: RequestView, name: string, value: string): boolean {
  const lines = request.headers.countLines?.(name) ?? null
  if ((lines !== null && lines > 1) || request.headers.isAmbiguous?.(name) === true) return true
  if (name.toLowerCase() === 'authorization') return hasSecondCredential(value)
  return lines === null && value.includes(', ')
}

/** A quoted value of a parameter. A comma inside it is not a separator. */
const QUOTED = /=\s*"(?:[^"\\]|\\.)*"/g
/** A comma, a scheme and its credentials. A parameter with blanks before its `=` does not match. */
const SECOND = /,\s*[!#$%&'*+.^_`|~\w-]+[ \t]+[^\s=,]/
/** A registered scheme without credentials. */
const SECOND_SCHEME =
  /,\s*(?:basic|bearer|concealed|digest|dpop|gnap|hoba|mutual|negotiate|ntlm|oauth|privatetoken|scram-sha-1|scram-sha-256|vapid)\s*(?:,|$)/i

/** A key without a scheme has no parameters either. */
const KEY_ALONE = /^\s*[^\s,]+\s*,\s/

/** Returns whether a value of `Authorization` reads as two credentials, and not as one with several parameters. */
function hasSecondCredential(value: string): boolean {
  if (!value.includes(',')) return false
  const bare = value.replace(QUOTED, '=')
  return SECOND.test(bare) || SECOND_SCHEME.test(bare) || KEY_ALONE.test(bare)
}

/** Returns the scheme of a credential or a challenge in lower case; null if there is none. */
export function parseScheme(value: string | null): string | null {
  return /^\s*([!#$%&'*+.^_`|~\w-]+)(?:\s|$)/.exec(value ?? '')?.[1]?.toLowerCase() ?? null
}

const NEXT_CHALLENGE = /,\s*(?=[!#$%&'*+.^_`|~\w-]+(?:[ \t]+[^\s=,]|\s*(?:,|$)))/g

/** Returns the challenges of a `WWW-Authenticate` value without those of Basic. */
export function removeBasic(value: string): string {
  const bare = value.replace(QUOTED, (quoted) => '='.repeat(quoted.length))
  const challenges: string[] = []
  let start = 0
  for (const { index, 0: comma } of bare.matchAll(NEXT_CHALLENGE)) {
    challenges.push(value.slice(start, index))
    start = index + comma.length
  }
  return [...challenges, value.slice(start)].filter((one) => parseScheme(one) !== 'basic').join(', ')
}

/** Reads the credentials after a scheme in the `Authorization` header. */
export function readAuthorization(request: RequestView, scheme: string): Credential<string> {
  const header = readSingleHeader(request, 'authorization')
  if (!header.ok) return header
  const [, name = '', value = ''] = /^(\S+) +(\S+) *$/.exec(header.value) ?? []
  return name.toLowerCase() === scheme.toLowerCase() ? { ok: true, value } : NONE
}

/** Reads user name and password of HTTP Basic, in UTF-8. */
export function readBasicCredentials(request: RequestView): Credential<{ username: string; password: string }> {
  const encoded = readAuthorization(request, 'Basic')
  if (!encoded.ok) return encoded
  const bytes = decodeBase64(encoded.value)
  if (bytes === null) return BROKEN
  const text = fromUtf8(bytes)
  if (text === null) return NOT_UTF8
  const colon = text.indexOf(':')
  if (colon < 0) return BROKEN
  return { ok: true, value: { username: text.slice(0, colon), password: text.slice(colon + 1) } }
}

function decodeBase64(encoded: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
  } catch {
    return null
  }
}
