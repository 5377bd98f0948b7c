// The request that all of them are sent: a browser's, with one cookie of somebody else beside the login.

export const ORIGIN = 'http://127.0.0.1'
export const PAGE = '/page'
export const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36'

const HEADERS = {
  host: '127.0.0.1',
  'user-agent': USER_AGENT,
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'accept-language': 'en',
  'accept-encoding': 'gzip, br',
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'navigate',
}

/** The headers of a request with these cookies, or none. */
export function headersWith(cookie: string | null): Record<string, string> {
  return cookie === null ? { ...HEADERS } : { ...HEADERS, cookie: `theme=dark; ${cookie}` }
}

/** A text as it comes off the wire: new to the engine, so that no lookup profits from a hash that is already known. */
export function offTheWire(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** The Cookie header that a browser makes of lines of Set-Cookie: of two of one name the last counts. */
export function cookieHeader(lines: readonly string[]): string {
  const pairs = lines.map((line) => line.split(';')[0] as string)
  return [...new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair])).values()].join('; ')
}
