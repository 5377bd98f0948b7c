import { NextResponse } from 'next/server'
import { describe, expect, it } from 'vitest'
import { createCookieWriter } from './cookie-writer'

/** Creates a cookie store of Next.js, with a function that returns its `Set-Cookie` lines. */
function createStore(): { write: (lines: readonly string[]) => void; lines: () => string[] } {
  const response = new NextResponse()
  return { write: createCookieWriter(response.cookies), lines: () => response.headers.getSetCookie() }
}

const SET = '__Host-session=a.b-c_d; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Lax'
const SHORT = 'session=a.b; Path=/; HttpOnly; SameSite=Strict'
const CLEARED = '__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax'

/** Parses a line into its pair and its sorted lower-case attributes, without `Expires`, which Next.js adds. */
function parseLine(line = ''): string[] {
  const [pair = '', ...attributes] = line.split('; ')
  return [pair, ...attributes.map((one) => one.toLowerCase()).filter((one) => !one.startsWith('expires='))].sort()
}

describe('the cookie writer of actions', () => {
  it.each([
    ['with a lifetime', SET],
    ['that ends with the browser session', SHORT],
    ['that is cleared', CLEARED],
    ['of a domain', 'session=a; Domain=app.test; Path=/shop; Secure; HttpOnly; SameSite=None; Partitioned'],
  ])('keeps every attribute of a cookie %s', (_, line) => {
    const { write, lines } = createStore()
    write([line])
    expect(lines()).toHaveLength(1)
    expect(parseLine(lines()[0])).toEqual(parseLine(line))
  })

  it('replaces a cookie by a later line with the same name', () => {
    const { write, lines } = createStore()
    write([SET, SHORT])
    write([CLEARED, SHORT])
    expect(lines().map(parseLine)).toEqual([CLEARED, SHORT].map(parseLine))
  })

  it('clears a cookie that the next call does not contain', () => {
    const { write, lines } = createStore()
    write([SET, SHORT])
    write([SHORT])
    expect(lines().map(parseLine)).toEqual([parseLine(CLEARED), parseLine(SHORT)])
  })

  it('does not set a cookie if it does not receive a line', () => {
    const { write, lines } = createStore()
    write([])
    expect(lines()).toEqual([])
  })
})
