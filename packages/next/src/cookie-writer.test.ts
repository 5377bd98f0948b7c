import { NextResponse } from 'next/server'
import { describe, expect, it } from 'vitest'
import { createCookieWriter } from './cookie-writer'

/** A jar as Next.js has it, and the lines that leave. */
function jar(): { write: (lines: readonly string[]) => void; lines: () => string[] } {
  const response = new NextResponse()
  return { write: createCookieWriter(response.cookies), lines: () => response.headers.getSetCookie() }
}

const SET = '__Host-session=a.b-c_d; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Lax'
const SHORT = 'session=a.b; Path=/; HttpOnly; SameSite=Strict'
const CLEARED = '__Host-session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax'

/** Name, value and attributes, whatever the order and the case; Next.js adds the date that Max-Age means. */
function partsOf(line = ''): string[] {
  const [pair = '', ...attributes] = line.split('; ')
  return [pair, ...attributes.map((one) => one.toLowerCase()).filter((one) => !one.startsWith('expires='))].sort()
}

describe('the cookie writer of actions', () => {
  it.each([
    ['with a lifetime', SET],
    ['that ends with the browser', SHORT],
    ['that is cleared', CLEARED],
    ['of a domain', 'session=a; Domain=app.test; Path=/shop; Secure; HttpOnly; SameSite=None; Partitioned'],
  ])('keeps every attribute of a cookie %s', (_, line) => {
    const { write, lines } = jar()
    write([line])
    expect(lines()).toHaveLength(1)
    expect(partsOf(lines()[0])).toEqual(partsOf(line))
  })

  it('replaces a cookie by the next line with its name', () => {
    const { write, lines } = jar()
    write([SET, SHORT])
    write([CLEARED, SHORT])
    expect(lines().map(partsOf)).toEqual([CLEARED, SHORT].map(partsOf))
  })

  it('clears a cookie that the next lines do not contain', () => {
    const { write, lines } = jar()
    write([SET, SHORT])
    write([SHORT])
    expect(lines().map(partsOf)).toEqual([partsOf(CLEARED), partsOf(SHORT)])
  })

  it('sets nothing for no lines', () => {
    const { write, lines } = jar()
    write([])
    expect(lines()).toEqual([])
  })
})
