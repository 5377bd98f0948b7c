import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isListed, isSendingOrigin } from './origin-list'

const WILDCARD = ['https://*.example.org']

describe('a wildcard in a list of origins', () => {
  it.each([
    'https://a.example.org',
    'https://a-b.example.org',
    'https://xn--bcher-kva.example.org',
    'https://9.example.org',
  ])('matches an origin whose host has one more label: %s', (origin) => expect(isListed(origin, WILDCARD)).toBe(true))

  it.each([
    'https://example.org',
    'https://.example.org',
    'https://a.b.example.org',
    'https://evilexample.org',
    'https://evil.test/.example.org',
    'https://evil.test#.example.org',
    'https://evil.test:1@a.example.org',
    'https://a.example.org:8443',
    'http://a.example.org',
    'https://a.example.org.evil.test',
    'https://a.example.org, https://b.example.org',
    'https://*.example.org',
    'https://*.example.org.evil.test',
    'null',
    '',
  ])('does not match the origin %j', (origin) => expect(isListed(origin, WILDCARD)).toBe(false))

  it('compares the port', () => {
    expect(isListed('https://a.example.org:8443', ['https://*.example.org:8443'])).toBe(true)
    expect(isListed('https://a.example.org', ['https://*.example.org:8443'])).toBe(false)
  })

  it('matches exactly the origins whose host is one label and the suffix, for any label', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const isLabel = /^[a-z0-9_-]+$/.test(text)
        expect(isListed(`https://${text}.example.org`, WILDCARD)).toBe(isLabel)
      }),
    )
  })
})

describe('an origin that may send requests', () => {
  it.each([
    'https://example.org',
    'http://localhost:3000',
    'https://[::1]',
    'https://*.example.org',
    'https://*.example.org:8443',
    'http://*.localhost:3000',
    'capacitor://localhost',
    'ionic://localhost',
    'tauri://localhost',
    'http://tauri.localhost',
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    'moz-extension://6a6ff5e7-6a5f-4f1e-9f2b-000000000000',
    'safari-web-extension://6A6FF5E7-6A5F-4F1E-9F2B-000000000000',
    'app://obsidian.md',
  ])('can be %s', (origin) => expect(isSendingOrigin(origin)).toBe(true))

  it.each([
    'null',
    '*',
    'https://*',
    'https://*.org',
    'https://*.*.example.org',
    'https://a*.example.org',
    'https://a.*.example.org',
    'https://*.example.org/',
    'https://*.example.org/a',
    'https://*.EXAMPLE.org',
    'https://*.example.org:443',
    'https://*.example.org:*',
    'capacitor://*.localhost',
    'capacitor://localhost/',
    'Capacitor://localhost',
    'capacitor:localhost',
    'capacitor://',
    'capacitor://a@b',
    'file://',
    'file://localhost',
    'wss://example.org',
    'javascript://x',
    'https://example.org/',
    'HTTPS://example.org',
    'example.org',
  ])('cannot be %s, because no page sends it', (origin) => expect(isSendingOrigin(origin)).toBe(false))
})
