// The errors with which Next.js ends a handler: redirect(), permanentRedirect(), notFound(), forbidden(), unauthorized().
// Next.js itself would respond without the headers of this library. Their digest is the only way to recognise them; the
// conformance app compares these responses with those of Next.js.

import { redirect } from 'next/navigation'

const REDIRECT = /^NEXT_REDIRECT;(?:push|replace);(.*);(30[378]);$/s
const STATUS = /^NEXT_HTTP_ERROR_FALLBACK;(40[134])$/

/**
 * Ends a page, an action or a route handler with a redirect. The status is 303 for methods other than GET and HEAD.
 * Next.js itself redirects with 307, and the client would repeat a POST, PUT or DELETE.
 */
export function redirectAfter(method: string, location: string): never {
  try {
    redirect(location)
  } catch (error) {
    if (method !== 'GET' && method !== 'HEAD') setStatus(error, 303)
    throw error
  }
}

function setStatus(error: unknown, status: number): void {
  const interrupt = error as { digest: string }
  interrupt.digest = getDigest(error).replace(/;307;$/, `;${status};`)
}

/** Returns the response that Next.js would send, or null for every other error. */
export function toInterruptResponse(error: unknown, request: Request): Response | null {
  const digest = getDigest(error)
  const status = STATUS.exec(digest)?.[1]
  if (status !== undefined) return new Response(null, { status: Number(status) })
  const [, location, code] = REDIRECT.exec(digest) ?? []
  if (location === undefined) return null
  return new Response(null, {
    status: isForm(request) ? 303 : Number(code),
    headers: { location: toHeaderValue(location) },
  })
}

/** Percent-encodes the characters that a header must not contain, because Next.js would fail and lose the cookies. */
function toHeaderValue(location: string): string {
  const wellFormed = location.replace(/\p{Surrogate}/gu, '\ufffd')
  return wellFormed.replace(/[^\x21-\x7e]+/gu, (text) => encodeURIComponent(text))
}

function getDigest(error: unknown): string {
  return typeof error === 'object' && error !== null && 'digest' in error ? String(error.digest) : ''
}

/** Returns whether the request is a form or may be a server action, which a redirect must not repeat. */
function isForm({ method, headers }: Request): boolean {
  const type = headers.get('content-type') ?? ''
  const isBody = type === 'application/x-www-form-urlencoded' || type.startsWith('multipart/form-data')
  return method === 'POST' && (isBody || headers.get('next-action') !== null)
}
