// Credentials in headers and queries: the Authorization header (RFC 9110 §11), Basic (RFC 7617), Bearer (RFC 6750),
// API keys. What was sent twice is no credential.
import { fromUtf8 } from '../base/bytes'
import { isAmbiguous, type RequestView } from './request'

/** A credential, nothing, or a reason why what was sent is none. */
export type Credential<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: 'no-credential' | 'ambiguous-header' | 'bad-format' }

const NONE = { ok: false, reason: 'no-credential' } as const
const TWICE = { ok: false, reason: 'ambiguous-header' } as const
const BROKEN = { ok: false, reason: 'bad-format' } as const

/** A header that may come once. */
export function singleHeader(request: RequestView, name: string): Credential<string> {
  const value = request.headers.get(name)
  if (value === null || value === '') return NONE
  return isAmbiguous(value) || request.headers.isAmbiguous?.(name) ? TWICE : { ok: true, value }
}

/** What follows the scheme in the Authorization header. */
export function authorization(request: RequestView, scheme: string): Credential<string> {
  const header = singleHeader(request, 'authorization')
  if (!header.ok) return header
  const [, name = '', value = ''] = /^(\S+) +(\S+) *$/.exec(header.value) ?? []
  return name.toLowerCase() === scheme.toLowerCase() ? { ok: true, value } : NONE
}

/** User and password by HTTP Basic, in UTF-8. */
export function basicCredentials(request: RequestView): Credential<{ username: string; password: string }> {
  const encoded = authorization(request, 'Basic')
  if (!encoded.ok) return encoded
  const text = decodedBase64(encoded.value)
  const colon = text === null ? -1 : text.indexOf(':')
  if (text === null || colon < 0) return BROKEN
  return { ok: true, value: { username: text.slice(0, colon), password: text.slice(colon + 1) } }
}

function decodedBase64(encoded: string): string | null {
  try {
    return fromUtf8(Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0)))
  } catch {
    return null
  }
}
