// The value of `next` comes from the request. nextUrl() must return only a URL of this origin or of an origin in the
// option nextOrigins. Otherwise the login page is an open redirect (CWE-601).
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { commit } from '../../src/adapter'
import { createLoginManager } from '../../src/index'

// The runs need more time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const ORIGIN = 'https://app.test'
const LISTED = 'https://accounts.app.test:8443'
const FALLBACK = '/fallback'
const NAMES = { session: '__Host-session' }

const options = {
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: () => null,
  loginView: '/login',
  nextOrigins: [LISTED],
}
const manager = createLoginManager(options)
const managerWithStoredNext = createLoginManager({ ...options, useSessionForNext: true })

/** Returns characters by their code points, because editors hide or change some of them. */
const u = (...codes: number[]): string => String.fromCodePoint(...codes)

const TAB = '\t'
const LF = '\n'
const CR = '\r'
const NUL = '\0'
const DEL = u(0x7f)
const NBSP = u(0xa0)
const BOM = u(0xfeff)
const SOFT_HYPHEN = u(0xad)
const ZERO_WIDTH_SPACE = u(0x200b)
const WORD_JOINER = u(0x2060)
const RTL_OVERRIDE = u(0x202e)
const LINE_SEPARATOR = u(0x2028)
const PARAGRAPH_SEPARATOR = u(0x2029)
const NEXT_LINE = u(0x85)
const IDEOGRAPHIC_SPACE = u(0x3000)
const FULLWIDTH_SLASH = u(0xff0f)
const FULLWIDTH_BACKSLASH = u(0xff3c)
const FULLWIDTH_COLON = u(0xff1a)
const FULLWIDTH_DOT = u(0xff0e)
const FULLWIDTH_AT = u(0xff20)
const FRACTION_SLASH = u(0x2044)
const DIVISION_SLASH = u(0x2215)
const BIG_SOLIDUS = u(0x29f8)
const SET_MINUS = u(0x2216)
const IDEOGRAPHIC_STOP = u(0x3002)
const HALFWIDTH_STOP = u(0xff61)
const ONE_DOT_LEADER = u(0x2024)
const HIGH_SURROGATE = u(0xd800)
const LOW_SURROGATE = u(0xdc00)

/** Unsafe values, for which nextUrl() must return the fallback. */
const PAYLOADS: Readonly<Record<string, readonly string[]>> = {
  'another host without a scheme': [
    '//evil.test',
    '//evil.test/',
    '//evil.test/login?next=/x',
    '///evil.test',
    '////evil.test',
    '/////evil.test/a',
    '//////////evil.test',
    '//evil',
    '//evil.test:443',
    '//evil.test#@app.test',
    '//evil.test?@app.test',
    '//evil.test/@app.test',
    '//app.test.evil.test',
    '//app.testevil.test',
    '//1.1.1.1',
    '//16843009',
    '//0x01010101',
    '//0100000401',
    '//[::1]',
    '//[::ffff:1.1.1.1]/x',
    '//.evil.test',
    '//evil.test.',
    '//evil.test..',
    '//',
    '///',
    '//?',
    '//#',
    '//%65vil.test',
  ],
  'backslashes, which browsers treat as slashes': [
    '/\\evil.test',
    '\\/evil.test',
    '\\\\evil.test',
    '\\evil.test',
    '/\\/evil.test',
    '/\\\\evil.test',
    '//\\evil.test',
    '\\\\/evil.test',
    '\\/\\/evil.test',
    '/\\\\\\evil.test',
    '\\\\\\\\evil.test',
    '/\\evil.test\\@app.test',
    'https:\\\\evil.test',
    'https:/\\evil.test',
    'https:\\/evil.test',
    'https://app.test\\@evil.test',
    'https://app.test\\.evil.test',
    'https://evil.test\\app.test',
    'https://evil.test\\@app.test/',
    '/x\\..\\..\\evil.test',
    '/..\\evil.test',
    '/.\\evil.test',
    '/%5c\\evil.test',
  ],
  'tabs and line ends, which browsers remove': [
    `/${TAB}/evil.test`,
    `/${LF}/evil.test`,
    `/${CR}/evil.test`,
    `/${CR}${LF}/evil.test`,
    `${TAB}//evil.test`,
    `${LF}//evil.test`,
    `${CR}${LF}//evil.test`,
    `/${TAB}\\evil.test`,
    `/${TAB}${TAB}${TAB}/evil.test`,
    `ht${TAB}tps://evil.test`,
    `ht${LF}tps://evil.test`,
    `https:${TAB}//evil.test`,
    `https:/${TAB}/evil.test`,
    `https:/${LF}/evil.test`,
    `https://ev${TAB}il.test`,
    `https://app.test${TAB}.evil.test`,
    `https://app.test${LF}@evil.test`,
    `java${TAB}script:alert(1)`,
    `java${LF}script:alert(1)`,
    `java${CR}script:alert(1)`,
    `/${TAB}`,
    `/ok${CR}${LF}Set-Cookie: __Host-session=planted`,
    `/ok${LF}Location: https://evil.test`,
    `/ok${CR}Location: https://evil.test`,
    `/ok${CR}${LF}${CR}${LF}<script>alert(1)</script>`,
  ],
  'spaces and control characters': [
    ' //evil.test',
    '  https://evil.test',
    'https://evil.test ',
    '/ /evil.test/ ',
    ' /ok',
    '/ok ',
    ' ',
    `${NUL}//evil.test`,
    `/${NUL}/evil.test`,
    `//evil.test${NUL}`,
    `https://app.test${NUL}.evil.test`,
    `https://app.test${NUL}@evil.test`,
    `${u(1)}//evil.test`,
    `${u(0x1f)}https://evil.test`,
    `/${u(8)}/evil.test`,
    `/${u(0x0b)}/evil.test`,
    `/${u(0x0c)}/evil.test`,
    `${u(0x0c)}//evil.test`,
    `/${u(0x1b)}/evil.test`,
    `/${DEL}/evil.test`,
    `${DEL}//evil.test`,
    `/${NEXT_LINE}/evil.test`,
    `${NEXT_LINE}//evil.test`,
    `${NBSP}//evil.test`,
    `//evil.test${NBSP}`,
    `${IDEOGRAPHIC_SPACE}//evil.test`,
    `${LINE_SEPARATOR}//evil.test`,
    `${PARAGRAPH_SEPARATOR}https://evil.test`,
    `${BOM}//evil.test`,
    `${BOM}https://evil.test`,
    `https://app.test${BOM}.evil.test`,
  ],
  'user information before an @': [
    'https://app.test@evil.test',
    'https://app.test@evil.test/',
    'https://app.test:443@evil.test',
    'https://app.test:pass@evil.test',
    'https://app.test%40evil.test',
    'https://app.test%2f@evil.test',
    'https://app.test%5c@evil.test',
    'https://app.test%00@evil.test',
    'https://app.test&@evil.test#@app.test',
    'https://user:pass@evil.test',
    'https://@evil.test',
    'https://:@evil.test',
    'https://a@b@evil.test',
    'https://evil.test:80#@app.test/',
    'https://evil.test:80?@app.test/',
    'https://user@app.test/',
    'https://user:pass@app.test/secret',
    'https://evil.test@app.test/',
    'https://user@accounts.app.test:8443/',
    'https://user:pass@accounts.app.test:8443/x',
    'https://app.test@accounts.app.test:8443/',
    '//app.test@evil.test',
    '@evil.test',
    '//@evil.test',
    'app.test@evil.test',
  ],
  'hosts that are similar to the own host': [
    'https://app.test.evil.test',
    'https://app.testevil.test',
    'https://app.test.evil',
    'https://app.test-evil.test',
    'https://app.test_evil.test',
    'https://evil-app.test',
    'https://evilapp.test',
    'https://www.app.test',
    'https://sub.app.test/',
    'https://app.test.',
    'https://app.test./x',
    'https://app.test:444',
    'https://app.test:80/',
    'https://app.test:8443',
    'http://app.test',
    'http://app.test/',
    'http://app.test:443/',
    'https://app',
    'https://test',
    'https://app.tes',
    'https://accounts.app.test',
    'https://accounts.app.test:443/',
    'http://accounts.app.test:8443/',
    'https://accounts.app.test.evil.test:8443/',
    'https://accounts.app.test:84430/',
    'https://evil.test/https://app.test',
    'https://evil.test?https://app.test/',
    'https://evil.test#https://app.test/',
    'https://evil.test;app.test',
    'https://evil.test/.app.test',
    'https://xn--pp-1ia.test',
    `https://${u(0x430)}pp.test`,
    `https://app${IDEOGRAPHIC_STOP}test.evil.test`,
    `https://app${u(0x2025)}test`,
    `https://app.te${u(0x17f)}t.evil.test`,
  ],
  'characters that are encoded once or twice': [
    '%2f%2fevil.test',
    '%2F%2Fevil.test',
    '%5c%5cevil.test',
    '%2f%5cevil.test',
    '%252f%252fevil.test',
    '%68ttps://evil.test',
    'https%3a%2f%2fevil.test',
    'https%3A%2F%2Fevil.test',
    'https:%2f%2fevil.test',
    'https%253a%252f%252fevil.test',
    '%09//evil.test',
    '%0a//evil.test',
    '%0d%0a//evil.test',
    '%00//evil.test',
    '%20//evil.test',
    '%c0%af%c0%afevil.test',
    '%e3%80%82evil.test',
    '%ef%bc%8f%ef%bc%8fevil.test',
    '%u002f%u002fevil.test',
    '&#47;&#47;evil.test',
    '&sol;&sol;evil.test',
    'javascript%3aalert(1)',
    '%6aavascript:alert(1)',
    '%',
    '%2',
    '%zz',
    '%%32%66%%32%66evil.test',
  ],
  'slashes, dots and colons of other scripts': [
    `${FULLWIDTH_SLASH}${FULLWIDTH_SLASH}evil.test`,
    `${FULLWIDTH_BACKSLASH}${FULLWIDTH_BACKSLASH}evil.test`,
    `https${FULLWIDTH_COLON}${FULLWIDTH_SLASH}${FULLWIDTH_SLASH}evil.test`,
    `https:${FULLWIDTH_SLASH}${FULLWIDTH_SLASH}evil.test`,
    `https://app.test${FULLWIDTH_AT}evil.test`,
    `https://app.test${FULLWIDTH_SLASH}.evil.test`,
    `https://evil${FULLWIDTH_DOT}test`,
    `//evil${IDEOGRAPHIC_STOP}test`,
    `//evil${HALFWIDTH_STOP}test`,
    `//evil${FULLWIDTH_DOT}test`,
    `//evil${ONE_DOT_LEADER}test`,
    `${FRACTION_SLASH}${FRACTION_SLASH}evil.test`,
    `${DIVISION_SLASH}${DIVISION_SLASH}evil.test`,
    `${BIG_SOLIDUS}${BIG_SOLIDUS}evil.test`,
    `${SET_MINUS}${SET_MINUS}evil.test`,
    `https://evil.test${FRACTION_SLASH}app.test`,
    `https://app.test${DIVISION_SLASH}@evil.test`,
    `//ev${SOFT_HYPHEN}il.test`,
    `//ev${ZERO_WIDTH_SPACE}il.test`,
    `https://ev${WORD_JOINER}il.test`,
    `${RTL_OVERRIDE}//evil.test`,
    `${ZERO_WIDTH_SPACE}//evil.test`,
    `//${u(0x24d4, 0x24e5, 0x24d8, 0x24db)}.test`,
    `//${u(0x1d41e)}vil.test`,
    `https://${u(0x2460)}.${u(0x2460)}.${u(0x2460)}.${u(0x2460)}`,
    `https://evil.test${HIGH_SURROGATE}`,
    `//${HIGH_SURROGATE}evil.test`,
    `${LOW_SURROGATE}//evil.test`,
    `https://${LOW_SURROGATE}${HIGH_SURROGATE}.test`,
  ],
  'other schemes': [
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'javascript://app.test/%0aalert(1)',
    'javascript:/*//app.test/*/alert(1)',
    'javascript://https://app.test/?z=%0aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'data:text/html;base64,PHNjcmlwdD4=',
    'data://app.test/,x',
    'vbscript:msgbox(1)',
    'file:///etc/passwd',
    'file://evil.test/share',
    'ftp://evil.test',
    'ftp://app.test/',
    'ws://app.test/',
    'wss://app.test/',
    'blob:https://app.test/1',
    'blob:https://evil.test/1',
    'filesystem:https://app.test/temporary/x',
    'about:blank',
    'about:srcdoc',
    'mailto:a@evil.test',
    'tel:123',
    'intent://evil.test#Intent;scheme=https;end',
    'view-source:https://evil.test',
    'jar:https://evil.test!/',
    'chrome://settings',
    'x:y',
    'urn:isbn:1',
    'https:evil.test',
    'https:/evil.test',
    'https:///evil.test',
    'https:////evil.test',
    'http:evil.test',
    'http:/evil.test',
    'http:///evil.test',
    'https:',
    'https:/',
    'https://',
    'https:///',
    'https://?',
    'https://#',
    'https:?x',
    'https:app.test',
    'hTTps://evil.test',
    'HTTPS://EVIL.TEST',
    '://evil.test',
    ':evil.test',
    ':',
  ],
  'dot segments that normalize to two slashes': [
    '/.//evil.test',
    '/..//evil.test',
    '/././/evil.test',
    '/../..//evil.test',
    '/x/..//evil.test',
    '/x/../..//evil.test',
    '/x/y/../..//evil.test',
    '/%2e//evil.test',
    '/%2e%2e//evil.test',
    '/%2E%2E//evil.test',
    '/.%2e//evil.test',
    '/%2e.//evil.test',
    '/x/%2e%2e//evil.test',
    '/.///evil.test',
    '/.//evil.test/..',
    '/..///evil.test/',
    'https://app.test//evil.test',
    'https://app.test/.//evil.test',
    'https://app.test/x/..//evil.test',
    'https://app.test/%2e//evil.test',
  ],
  'numeric hosts and ports': [
    'https://1.1.1.1',
    'https://16843009',
    'https://0x01010101/',
    'https://0100.0.0.1',
    'https://127.1',
    'https://localhost',
    'https://[::1]/',
    'https://[::1]:443/',
    'https://[::ffff:127.0.0.1]/',
    'https://[0:0:0:0:0:0:0:1]',
    'https://[v1.x]/',
    'https://[::1',
    'https://app.test:99999/',
    'https://app.test:0/',
    'https://app.test:x/',
    'https://app.test:-1/',
    'https://evil.test:443',
    'https://evil.test:',
    'https://169.254.169.254/latest/meta-data',
  ],
  'values that are not an absolute path': [
    '',
    'evil.test',
    'evil.test/login',
    'www.evil.test',
    'dashboard',
    './dashboard',
    '../dashboard',
    '.',
    '..',
    '?next=//evil.test',
    '#//evil.test',
    ';//evil.test',
    ',//evil.test',
    '*//evil.test',
    '.evil.test',
    '~//evil.test',
    'null',
    'undefined',
    '[object Object]',
    '0',
  ],
  'values above the maximum length': [
    `/${'a'.repeat(4096)}`,
    `/?${u(0x20ac).repeat(1600)}`,
    `//evil.test/${'/'.repeat(4096)}`,
  ],
}

/** Unusual but safe values, which stay on this origin and keep their meaning. */
const SAFE: readonly (readonly [string, string])[] = [
  ['/', '/'],
  ['/dashboard', '/dashboard'],
  ['/dashboard?tab=1&x=%2f#part', '/dashboard?tab=1&x=%2f#part'],
  ['/a//b', '/a//b'],
  ['/%2f%2fevil.test', '/%2f%2fevil.test'],
  ['/%5cevil.test', '/%5cevil.test'],
  ['/%09/evil.test', '/%09/evil.test'],
  ['/%0d%0aSet-Cookie:x=y', '/%0d%0aSet-Cookie:x=y'],
  ['/@evil.test', '/@evil.test'],
  ['/:evil.test', '/:evil.test'],
  ['/https://evil.test', '/https://evil.test'],
  ['/javascript:alert(1)', '/javascript:alert(1)'],
  ['/?next=//evil.test', '/?next=//evil.test'],
  ['/#//evil.test', '/#//evil.test'],
  ['/a/../b', '/b'],
  [`/caf${u(0xe9)}`, '/caf%C3%A9'],
  [`/${FULLWIDTH_SLASH}evil.test`, '/%EF%BC%8Fevil.test'],
  [`/${LINE_SEPARATOR}/evil.test`, '/%E2%80%A8/evil.test'],
  [`/${BOM}/evil.test`, '/%EF%BB%BF/evil.test'],
  [`/${HIGH_SURROGATE}`, '/%EF%BF%BD'],
  ['https://app.test', '/'],
  ['https://app.test/x?y#z', '/x?y#z'],
  ['HTTPS://APP.TEST/x', '/x'],
  ['https://app.test:443/x', '/x'],
  [`${LISTED}/x`, `${LISTED}/x`],
]

/** Replaces lone surrogates as a browser does. */
const toWellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, u(0xfffd))

const payloads = Object.entries(PAYLOADS).flatMap(([kind, list]) => list.map((payload) => [kind, payload] as const))

/** Returns the result of nextUrl() for a next in the query, in the form and in the session. */
async function getNextUrls(candidate: string): Promise<string[]> {
  const query = `${ORIGIN}/login?next=${encodeURIComponent(toWellFormed(candidate))}`
  const headers = { host: 'app.test', accept: 'text/html' }
  return [
    await manager.open(new Request(query, { headers })).nextUrl(FALLBACK),
    await manager.open(new Request(`${ORIGIN}/login`, { headers })).nextUrl(FALLBACK, { next: candidate }),
    await getNextUrlFromSession(candidate),
  ]
}

async function getNextUrlFromSession(candidate: string): Promise<string> {
  const headers = { host: 'app.test', accept: 'text/html' }
  const refused = managerWithStoredNext.open(new Request(`${ORIGIN}/secret`, { headers }))
  const decision = await refused.require({ next: candidate })
  if (decision.ok) throw new Error('The request must be anonymous.')
  const [line = ''] = commit(refused, await decision.respond()).headers.getSetCookie()
  const cookie = line.slice(0, line.indexOf(';'))
  expect(cookie).toMatch(new RegExp(`^${NAMES.session}=.`))
  return managerWithStoredNext
    .open(new Request(`${ORIGIN}/login`, { headers: { ...headers, cookie } }))
    .nextUrl(FALLBACK)
}

/** Asserts that a browser resolves the address to this origin or a listed one, by the URL Standard. */
function expectAllowedOrigin(address: string): void {
  expect([ORIGIN, LISTED]).toContain(new URL(address, `${ORIGIN}/login`).origin)
  expect(address).toMatch(/^[\x21-\x7e]+$/)
  expect(address).not.toMatch(/^\/[/\\]/)
  expect(address).not.toContain('\\')
  expect(address.startsWith('/') || address === LISTED || address.startsWith(`${LISTED}/`)).toBe(true)
}

describe('nextUrl()', () => {
  it('is tested with at least 200 different known payloads', () => {
    expect(payloads.length).toBeGreaterThanOrEqual(200)
    expect(new Set(payloads.map(([, payload]) => payload)).size).toBe(payloads.length)
  })

  for (const [kind, list] of Object.entries(PAYLOADS)) {
    it(`returns the fallback for ${kind}`, async () => {
      for (const payload of list) {
        for (const address of await getNextUrls(payload)) {
          expectAllowedOrigin(address)
          expect(address, JSON.stringify(payload)).toBe(FALLBACK)
        }
      }
    })
  }

  it('returns the requested page if it is safe', async () => {
    for (const [candidate, address] of SAFE) {
      expect(await getNextUrls(candidate), JSON.stringify(candidate)).toEqual([address, address, address])
      expectAllowedOrigin(address)
    }
  })

  const piece = fc.constantFrom(
    ...[
      '/',
      '//',
      '\\',
      '.',
      '..',
      '/./',
      '/../',
      '%2e',
      '%2f',
      '%5c',
      '%09',
      '%00',
      ':',
      '@',
      '?',
      '#',
      ';',
      '&',
      '=',
    ],
    ...['http:', 'https:', 'HTTPS:', 'javascript:', 'data:', 'app.test', 'evil.test', 'accounts.app.test:8443', ':443'],
    ...[TAB, LF, CR, NUL, DEL, ' ', NBSP, BOM, FULLWIDTH_SLASH, FULLWIDTH_DOT, IDEOGRAPHIC_STOP, ZERO_WIDTH_SPACE],
    ...['[::1]', '127.1', 'x', '0', HIGH_SURROGATE, LOW_SURROGATE, `${ORIGIN}/`, LISTED],
  )
  const joined = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))
  const anything = fc.string({ unit: 'binary', maxLength: 40 })
  const prefixed = fc.tuple(fc.constantFrom('/', ORIGIN, LISTED, `${ORIGIN}/`), anything).map((parts) => parts.join(''))

  it('returns a URL of this origin or a listed one for any combination of URL parts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(joined, anything, prefixed, fc.webUrl()), async (candidate) => {
        for (const address of await getNextUrls(candidate)) expectAllowedOrigin(address)
      }),
      { numRuns: 1000 },
    )
  })

  it('returns a URL of this origin for any Host header', async () => {
    const host = fc.oneof(joined, anything)
    await fc.assert(
      fc.asyncProperty(host, joined, async (hostHeader, candidate) => {
        const headers = { get: (name: string) => (name === 'host' ? hostHeader : null) }
        const auth = manager.open({ method: 'GET', url: `${ORIGIN}/login`, headers })
        const address = await auth.nextUrl(FALLBACK, { next: candidate })
        expectAllowedOrigin(address)
      }),
      { numRuns: 500 },
    )
  })
})

describe('loginUrl()', () => {
  it('returns the path of the login view for any next', () => {
    const anyText = fc.string({ unit: fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 30 })
    const auth = manager.open(new Request(`${ORIGIN}/page`, { headers: { host: 'app.test' } }))
    fc.assert(
      fc.property(anyText, (next) => {
        const address = auth.loginUrl(undefined, next)
        expectAllowedOrigin(address)
        const url = new URL(address, ORIGIN)
        expect(url.pathname).toBe('/login')
        expect([...url.searchParams.keys()]).toEqual(['next'])
        expect(url.searchParams.get('next')).toBe(toWellFormed(next))
      }),
    )
  })
})

describe('loginUrl() with hostile input', () => {
  const HEADERS = { host: 'app.test', accept: 'text/html' }

  it('returns a URL of this origin or a listed one, or throws a UsageError, for any result of a view function', () => {
    const piece = fc.constantFrom(
      '/',
      '//',
      '\\',
      '..',
      '/./',
      ':',
      '@',
      'http:',
      'https:',
      'evil.test',
      'app.test',
      TAB,
      CR,
      LF,
    )
    const joined = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
    const anything = fc.oneof(joined, fc.string({ unit: 'binary', maxLength: 20 }), fc.webUrl())
    fc.assert(
      fc.property(anything, fc.constantFrom(ORIGIN, 'http://app.test'), (view, origin) => {
        const login = createLoginManager({ ...options, loginView: () => view })
        const auth = login.open(new Request(`${origin}/page`, { headers: HEADERS }))
        const address = getAddress(() => auth.loginUrl())
        if (address === null) return
        expect(address).toMatch(/^[\x21-\x7e]+$/)
        for (const base of [ORIGIN, 'http://app.test'])
          expect([base, LISTED]).toContain(new URL(address, `${base}/page`).origin)
      }),
      { numRuns: 300 },
    )
  })

  it('returns a URL of this origin for any next of a request for the login view', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string({ unit: 'binary', maxLength: 40 })), (next) => {
        const url = `${ORIGIN}/Login/?next=${encodeURIComponent(toWellFormed(next))}`
        const address = manager.open(new Request(url, { headers: HEADERS })).loginUrl()
        expectAllowedOrigin(address)
        expectAllowedOrigin(new URL(address, ORIGIN).searchParams.get('next') ?? '/')
      }),
      { numRuns: 300 },
    )
  })

  it('returns a URL of this origin for any Referer of a refused POST', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.webUrl(), fc.string({ unit: 'binary', maxLength: 40 })), async (referer) => {
        const get = (name: string) => ({ ...HEADERS, referer: `${ORIGIN}/${referer}` })[name] ?? null
        for (const headers of [{ get }, { get: (name: string) => (name === 'referer' ? referer : get(name)) }]) {
          const address = manager.open({ method: 'POST', url: `${ORIGIN}/page`, headers }).loginUrl()
          expectAllowedOrigin(address)
          expectAllowedOrigin(new URL(address, ORIGIN).searchParams.get('next') ?? '/')
        }
      }),
      { numRuns: 300 },
    )
  })
})

function getAddress(get: () => string): string | null {
  try {
    return get()
  } catch (error) {
    expect(error).toMatchObject({ code: 'off-origin-view' })
    return null
  }
}
