// What Next.js throws to leave a handler: redirect(), permanentRedirect(), notFound(), forbidden(), unauthorized(). It
// would answer them by itself, without the headers of the response, and all but the redirects without the cookies.
// There is no public way to read them but their digest; the contract app holds ours against Next.js' own answers.

import { redirect } from 'next/navigation'

const REDIRECT = /^NEXT_REDIRECT;(?:push|replace);(.*);(30[378]);$/s
const STATUS = /^NEXT_HTTP_ERROR_FALLBACK;(40[134])$/

/**
 * Ends a page, an action or a route handler with a redirect. Next.js itself redirects with 307, and a client repeats a
 * POST, PUT or DELETE there: after any method but GET and HEAD it is 303.
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
  interrupt.digest = digestOf(error).replace(/;307;$/, `;${status};`)
}

/** The answer that Next.js would give; null for every other error. */
export function interruptAnswer(error: unknown, request: Request): Response | null {
  const digest = digestOf(error)
  const status = STATUS.exec(digest)?.[1]
  if (status !== undefined) return new Response(null, { status: Number(status) })
  const [, location, code] = REDIRECT.exec(digest) ?? []
  if (location === undefined) return null
  return new Response(null, {
    status: isForm(request) ? 303 : Number(code),
    headers: { location: headerSafe(location) },
  })
}

/** Everything that may not stand in a header, percent-encoded: Next.js would fail there, and the cookies with it. */
function headerSafe(location: string): string {
  const wellFormed = location.replace(/\p{Surrogate}/gu, '\ufffd')
  return wellFormed.replace(/[^\x21-\x7e]+/gu, (text) => encodeURIComponent(text))
}

function digestOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'digest' in error ? String(error.digest) : ''
}

/** A form, and what may be a server action, is not sent a second time to where a redirect leads. */
function isForm({ method, headers }: Request): boolean {
  const type = headers.get('content-type') ?? ''
  const isBody = type === 'application/x-www-form-urlencoded' || type.startsWith('multipart/form-data')
  return method === 'POST' && (isBody || headers.get('next-action') !== null)
}
