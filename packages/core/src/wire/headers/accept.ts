// Decides between a page and data. A browser that navigates is redirected to the login view, and a program receives 401
// with a reason. After a wrong decision a program receives the login page with status 200, or a person sees JSON.
import { restoresPage } from './fragment'
import type { RequestView } from './request'

/** Returns whether the request is for a page: a browser navigates, or `Accept` prefers HTML. */
export function wantsPage(request: RequestView): boolean {
  const { headers } = request
  if (isXmlHttpRequest(headers) || headers.get('rsc') !== null) return false
  if (headers.get('sec-fetch-mode') === 'navigate' || restoresPage(request)) return true
  return prefersPage(headers.get('accept') ?? '')
}

/**
 * Returns whether a script or a sub-resource of a page caused the request. A Basic challenge would make the browser open
 * its own password dialog over that page.
 */
export function isFromScript({ headers }: RequestView): boolean {
  if (isXmlHttpRequest(headers) || headers.get('hx-request') !== null) return true
  const mode = headers.get('sec-fetch-mode')
  // A web view of Android names its app in X-Requested-With of navigations.
  return mode === null ? headers.get('x-requested-with') !== null : mode !== 'navigate'
}

function isXmlHttpRequest(headers: RequestView['headers']): boolean {
  return headers.get('x-requested-with')?.trim().toLowerCase() === 'xmlhttprequest'
}

const HTML = 'text/html'
const XHTML = 'application/xhtml+xml'

/**
 * HTML must have the highest quality. Browsers list images, XML or any type with the same quality, and so does Java's
 * HttpURLConnection. Only browsers list XHTML beside HTML. JSON of the same quality is a program's preference.
 */
function prefersPage(accept: string): boolean {
  const ranges = accept.split(',').map(parseRange)
  const page = getBestQuality(ranges.filter(({ type }) => type === HTML || type === XHTML))
  const rivals = ranges.filter(({ type, quality }) => type !== HTML && type !== XHTML && quality >= page)
  if (page === 0 || rivals.length === 0) return page > 0
  const namesBoth = [HTML, XHTML].every((name) => ranges.some(({ type, quality }) => type === name && quality > 0))
  return namesBoth && rivals.every(({ type, quality }) => quality === page && !/[/+]json$/.test(type))
}

interface MediaRange {
  readonly type: string
  /** From 0 to 1; 0 if it is not a number. */
  readonly quality: number
}

function parseRange(range: string): MediaRange {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))
  const quality = weight === undefined ? 1 : Number(weight.slice(weight.indexOf('=') + 1))
  return { type, quality: quality > 0 ? Math.min(quality, 1) : 0 }
}

function getBestQuality(ranges: readonly MediaRange[]): number {
  return Math.max(0, ...ranges.map(({ quality }) => quality))
}

/** The header that {@link wantsPage} reads, for `Vary`. */
export const NEGOTIATED_BY = 'Accept'
