// Requests of scripts that replace a part of a page: htmx, and frames of Turbo. Their address cannot be `next`, and htmx
// follows a redirect only by the header `HX-Redirect`.
import type { RequestView } from './request'

/** Returns whether htmx sent the request and acts on `HX-Redirect`. A page restored from the history is swapped in whole. */
export function isOfHtmx({ headers }: RequestView): boolean {
  return headers.get('hx-request') === 'true' && headers.get('hx-history-restore-request') !== 'true'
}

/** Returns whether htmx restores a whole page from the history. It then follows redirects, for any `Accept` header. */
export function restoresPage({ headers }: RequestView): boolean {
  return headers.get('hx-history-restore-request') === 'true'
}

/** Returns whether the request is for a part of a page. */
export function isFragment(request: RequestView): boolean {
  const { headers } = request
  if (headers.get('turbo-frame') !== null) return true
  return isOfHtmx(request) && headers.get('hx-boosted') !== 'true'
}

/** Returns whether the request is a navigation of the whole page, by the browser itself or by htmx or Turbo in its place. */
export function isWholePage(request: RequestView): boolean {
  const { headers } = request
  if (isFragment(request)) return false
  if (isOfHtmx(request) || restoresPage(request) || headers.get('x-turbo-request-id') !== null) return true
  const isNavigation = (headers.get('sec-fetch-mode') ?? 'navigate') === 'navigate'
  return isNavigation && (headers.get('sec-fetch-dest') ?? 'document') === 'document'
}

/** Returns the address of the page that sent the request, as the client states it; null if it does not. */
export function getSendingPage({ headers }: RequestView): string | null {
  return headers.get('hx-current-url') ?? headers.get('referer')
}
