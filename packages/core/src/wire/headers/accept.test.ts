import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFromScript, wantsPage } from './accept'

type SentHeaders = Record<string, string>

function isForPage(headers: SentHeaders): boolean {
  return wantsPage({ method: 'GET', url: '/', headers: new Headers(headers) })
}

const CHROME =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-ctx;v=b3;q=0.7'

describe('a request is for a page', () => {
  it.each<[string, SentHeaders]>([
    ['a browser navigates with any Accept header', { 'sec-fetch-mode': 'navigate', accept: '*/*' }],
    ['a browser navigates and sends no Accept', { 'sec-fetch-mode': 'navigate' }],
    ['Chrome sends no fetch metadata over plain http', { accept: CHROME }],
    [
      'Firefox sends no fetch metadata over plain http',
      { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8' },
    ],
    ['Safari sends no fetch metadata', { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }],
    [
      'an old WebKit prefers XHTML and XML',
      { accept: 'application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5' },
    ],
    ['Internet Explorer accepts HTML and any type', { accept: 'text/html, application/xhtml+xml, */*' }],
    [
      'Lynx accepts HTML and several text types',
      { accept: 'text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01' },
    ],
    ['Turbo fetches a page', { accept: 'text/html, application/xhtml+xml', 'sec-fetch-mode': 'cors' }],
    ['Turbo sends a form', { accept: 'text/vnd.turbo-stream.html, text/html, application/xhtml+xml' }],
    ['only HTML is accepted', { accept: 'text/html' }],
    ['only XHTML is accepted', { accept: 'application/xhtml+xml' }],
    ['HTML is preferred to any type', { accept: 'text/html, */*;q=0.8' }],
    ['HTML is preferred to JSON', { accept: 'application/json;q=0.9, text/html' }],
    ['HTML has a slightly higher quality than any type', { accept: '*/*;q=0.801, text/html;q=0.802' }],
    ['HTML is written in capitals with parameters', { accept: 'TEXT/HTML; LEVEL=1; Q=0.5' }],
    ['a web view of Android names its app', { 'x-requested-with': 'com.example.app', accept: CHROME }],
  ])('if %s', (_, headers) => {
    expect(isForPage(headers)).toBe(true)
  })
})

describe('a request is for data', () => {
  it.each<[string, SentHeaders]>([
    ['it has no Accept header', {}],
    ['it accepts any type', { accept: '*/*' }],
    ['it accepts any text', { accept: 'text/*' }],
    ['it accepts JSON', { accept: 'application/json' }],
    ['it accepts any application type', { accept: 'application/*' }],
    ['it accepts HTML with the lowest quality', { accept: 'application/json, text/html;q=0.1' }],
    ['it accepts JSON and HTML with equal quality', { accept: 'text/html, application/json' }],
    [
      'it accepts JSON, HTML and XHTML with equal quality',
      { accept: 'text/html, application/xhtml+xml, application/json' },
    ],
    [
      'it accepts problem+json and HTML with equal quality',
      { accept: 'text/html, application/xhtml+xml, application/problem+json' },
    ],
    ['it prefers any type to HTML', { accept: 'text/html;q=0.8, application/xhtml+xml;q=0.8, */*' }],
    ['it accepts any type and HTML with equal quality', { accept: 'text/html, */*' }],
    ['HttpURLConnection of Java sends it', { accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2' }],
    ['HttpURLConnection of a newer Java sends it', { accept: 'text/html, image/gif, image/jpeg, */*; q=0.2' }],
    ['axios sends it', { accept: 'application/json, text/plain, */*' }],
    ['it rejects HTML', { accept: 'text/html;q=0, */*' }],
    ['the quality of HTML is not a number', { accept: 'text/html;q=much' }],
    ['the quality of HTML is negative', { accept: 'text/html;q=-1' }],
    ['its Accept header is empty', { accept: '' }],
    ['XMLHttpRequest sends it', { 'x-requested-with': 'XMLHttpRequest', accept: 'text/html' }],
    [
      'XMLHttpRequest sends it with sec-fetch-mode: navigate',
      { 'x-requested-with': 'xmlhttprequest', 'sec-fetch-mode': 'navigate' },
    ],
    ['the router of React Server Components sends it', { rsc: '1', accept: 'text/html' }],
    ['a script fetches it', { 'sec-fetch-mode': 'cors', accept: '*/*' }],
    [
      'an image loads it',
      { 'sec-fetch-mode': 'no-cors', accept: 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8' },
    ],
  ])('if %s', (_, headers) => {
    expect(isForPage(headers)).toBe(false)
  })

  it('for any Accept header that prefers JSON to HTML', () => {
    const quality = fc.integer({ min: 1, max: 999 }).map((value) => value / 1000)
    const others = fc.subarray(['*/*;q=0.001', 'image/png;q=0.5', 'text/plain', 'application/xml'])
    fc.assert(
      fc.property(quality, others, fc.boolean(), (q, more, withXhtml) => {
        const pages = [`text/html;q=${q}`, ...(withXhtml ? [`application/xhtml+xml;q=${q}`] : [])]
        expect(isForPage({ accept: ['application/json', ...pages, ...more].join(', ') })).toBe(false)
      }),
    )
  })
})

it('wantsPage() returns a boolean for any Accept header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (accept) => {
      expect(typeof wantsPage({ method: 'GET', url: '/', headers: { get: () => accept } })).toBe('boolean')
    }),
  )
})

describe('isFromScript()', () => {
  it.each<[boolean, SentHeaders]>([
    [true, { 'sec-fetch-mode': 'cors' }],
    [true, { 'sec-fetch-mode': 'no-cors' }],
    [true, { 'sec-fetch-mode': 'same-origin' }],
    [true, { 'sec-fetch-mode': 'websocket' }],
    [true, { 'x-requested-with': 'XMLHttpRequest' }],
    [true, { 'x-requested-with': 'fetch' }],
    [true, { 'hx-request': 'true' }],
    [true, { 'x-requested-with': 'XMLHttpRequest', 'sec-fetch-mode': 'navigate' }],
    [false, { 'x-requested-with': 'com.example.app', 'sec-fetch-mode': 'navigate' }],
    [false, { 'sec-fetch-mode': 'navigate' }],
    [false, {}],
    [false, { accept: '*/*' }],
  ])('returns %s for the headers %j', (expected, headers) => {
    expect(isFromScript({ method: 'GET', url: '/', headers: new Headers(headers) })).toBe(expected)
  })
})
