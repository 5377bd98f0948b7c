// Requests that a browser, or the router of a framework, makes before the visitor decides to see the page.
import type { RequestView } from './request'

const PURPOSES: readonly string[] = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz']
const NEXT_PREFETCHES: readonly string[] = [
  'next-router-prefetch',
  'next-router-segment-prefetch',
  'x-middleware-prefetch',
]

/**
 * Returns whether the browser may never show the response: for a prefetch, a prerender or a preview. The HTML standard
 * defines `Sec-Purpose`. Older browsers send `Purpose`, `X-Purpose` and `X-Moz`, and Next.js sends the others.
 */
export function isSpeculative({ headers }: RequestView): boolean {
  return (
    PURPOSES.some((name) => /\b(?:prefetch|prerender|preview)\b/i.test(headers.get(name) ?? '')) ||
    NEXT_PREFETCHES.some((name) => headers.get(name) !== null)
  )
}
