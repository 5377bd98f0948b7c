import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CookieJar } from './cookie-jar'

const hosts = fc.constantFrom(
  'app.test',
  'a.app.test',
  'b.a.app.test',
  'myapp.test',
  'other.test',
  'localhost',
  '127.0.0.1',
)
const paths = fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/a/b/c')
const urls = fc
  .tuple(fc.constantFrom('http', 'https'), hosts, paths)
  .map(([scheme, host, path]) => new URL(`${scheme}://${host}${path}`))

const lines = fc.record({
  from: urls,
  name: fc.constantFrom('a', 'b', '__Host-a', '__Secure-a'),
  domain: fc.option(hosts),
  path: fc.option(paths),
  isSecure: fc.boolean(),
  isPartitioned: fc.boolean(),
  maxAge: fc.option(fc.integer({ min: -1, max: 3 })),
})

/** Returns whether a URL can receive a cookie. It follows the text of RFC 6265bis, and not the code of the jar. */
function canReceive(line: Line, url: URL, age: number): boolean {
  const { from, domain, path, isSecure, maxAge, name } = line
  const isLocal = url.hostname === 'localhost' || url.hostname === '127.0.0.1'
  const isHost = domain === null ? url.hostname === from.hostname : `.${url.hostname}`.endsWith(`.${domain}`)
  const isOwner = domain === null || `.${from.hostname}`.endsWith(`.${domain}`)
  const base = path ?? (from.pathname.replace(/\/[^/]*$/, '') || '/')
  const isPath = `${url.pathname}/`.startsWith(base.endsWith('/') ? base : `${base}/`) && url.pathname.startsWith(base)
  const isScheme = !isSecure || url.protocol === 'https:' || isLocal
  const isPrefixed = !name.startsWith('__Host-') || (url.hostname === from.hostname && path === '/' && domain === null)
  return isHost && isOwner && isPath && isScheme && isPrefixed && (maxAge === null || maxAge > age)
}

interface Line {
  readonly from: URL
  readonly name: string
  readonly domain: string | null
  readonly path: string | null
  readonly isSecure: boolean
  readonly isPartitioned: boolean
  readonly maxAge: number | null
}

function toSetCookie({ name, domain, path, isSecure, isPartitioned, maxAge }: Line, value: number): string {
  const parts = [
    `${name}=${value}`,
    domain !== null && `Domain=${domain}`,
    path !== null && `Path=${path}`,
    maxAge !== null && `Max-Age=${maxAge}`,
    isSecure && 'Secure',
    isPartitioned && 'Partitioned',
  ]
  return parts.filter((part) => part !== false).join('; ')
}

it('a cookie jar never sends a cookie to another host, path or scheme, and never after its expiry', () => {
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 12 }), urls, fc.nat(4), (set, url, age) => {
      let now = 1_800_000_000
      const jar = new CookieJar(() => now)
      set.forEach((line, index) => void jar.store(toSetCookie(line, index), line.from))
      now += age
      const sent = jar.getHeader(url).split('; ').filter(Boolean)
      for (const pair of sent) {
        const line = set[Number(pair.split('=')[1])] as Line
        expect([pair, canReceive(line, url, age)]).toEqual([pair, true])
      }
    }),
    { numRuns: 1000 },
  )
})

it('a cookie jar sends two cookies of one name only if their path, domain or partition differs', () => {
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 12 }), urls, (set, url) => {
      const jar = new CookieJar(() => 1_800_000_000)
      set.forEach((line, index) => void jar.store(toSetCookie(line, index), line.from))
      const places = jar
        .getHeader(url)
        .split('; ')
        .filter(Boolean)
        .map((pair) => set[Number(pair.split('=')[1])] as Line)
        .map(({ name, domain, path, from, isPartitioned }) =>
          [name, domain ?? '', path ?? (from.pathname.replace(/\/[^/]*$/, '') || '/'), isPartitioned].join(' '),
        )
      expect(new Set(places).size).toBe(places.length)
    }),
  )
})

it('a cookie jar reads any Set-Cookie header without an error', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), urls, urls, (line, from, url) => {
      const jar = new CookieJar(() => 1_800_000_000)
      jar.store(line, from)
      expect(jar.getHeader(url)).not.toMatch(/[\r\n;]/)
    }),
  )
})
