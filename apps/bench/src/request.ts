// The request that every subject receives: the headers of a browser, with one unrelated cookie beside the login.

export const ORIGIN = 'http://127.0.0.1'
export const PAGE = '/page'

const HEADERS = {
  host: '127.0.0.1',
  'user-agent': 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'accept-language': 'en',
  'accept-encoding': 'gzip, br',
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'navigate',
}

export function createHeaders(cookie: string | null): Record<string, string> {
  return cookie === null ? { ...HEADERS } : { ...HEADERS, cookie: `theme=dark; ${cookie}` }
}

/** Copies a text, so that the engine computes its hash again, as for a text from a socket. */
export function copyText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** Returns the Cookie header that a browser makes of Set-Cookie lines. The last cookie of a name counts. */
export function toCookieHeader(lines: readonly string[]): string {
  const pairs = lines.map((line) => line.split(';')[0] as string)
  return [...new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair])).values()].join('; ')
}
