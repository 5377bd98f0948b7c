// Does this request want a page, or data? A browser that navigates is redirected to a login form; a program is told
// 401 and why. Guessing wrong the one way shows a form to a script, the other way JSON to a person.
import type { RequestView } from './request'

export function wantsPage({ headers }: RequestView): boolean {
  if (headers.get('x-requested-with')?.toLowerCase() === 'xmlhttprequest' || headers.get('rsc') !== null) return false
  if (headers.get('sec-fetch-mode') === 'navigate') return true
  const accept = headers.get('accept')
  return accept === null || accept.split(',').some(isPageRange)
}

function isPageRange(range: string): boolean {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
  if (type !== 'text/html' && type !== 'application/xhtml+xml') return false
  const quality = parameters.find((parameter) => parameter.startsWith('q='))
  return quality === undefined || Number(quality.slice(2)) > 0
}

/** The headers that {@link wantsPage} looked at, for `Vary`. */
export const NEGOTIATED_BY = 'Accept'
