// Requests that a browser, or the router of a framework, makes before the visitor decides to see the page.
import type { RequestView } from './request'

const PURPOSES: readonly string[] = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz']
const NEXT_PREFETCHES: readonly string[] = [
  'next-router-prefetch',
  'next-router-segment-prefetch',
  'x-middleware-prefetch',
]

/**
 * Whether the request loads a page that the visitor may never see: a prefetch, a prerender or a preview. `Sec-Purpose` is
 * of the HTML standard; `Purpose`, `X-Purpose` and `X-Moz` are of older browsers; the others are of Next.js.
 */
export function isSpeculative({ headers }: RequestView): boolean {
  return (
    PURPOSES.some((name) => /\b(?:prefetch|prerender|preview)\b/i.test(headers.get(name) ?? '')) ||
    NEXT_PREFETCHES.some((name) => headers.get(name) !== null)
  )
}
