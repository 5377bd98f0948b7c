// Writes `Set-Cookie` lines to the cookie store of Next.js, which server actions and failed route handlers use.
import type { cookies } from 'next/headers'
import { NextResponse } from 'next/server'

type CookieStore = Pick<Awaited<ReturnType<typeof cookies>>, 'set'>
type Cookie = ReturnType<NextResponse['cookies']['getAll']>[number]

/** Returns a function that writes lines to the store, and clears a cookie that an earlier call set and this call does not. */
export function createCookieWriter(store: CookieStore): (lines: readonly string[]) => void {
  let before: readonly Cookie[] = []
  return (lines) => {
    const now = lines.flatMap(parseLine)
    const removed = before.filter(({ name }) => !now.some((cookie) => cookie.name === name))
    for (const cookie of removed) store.set({ ...cookie, value: '', maxAge: 0 })
    for (const cookie of now) store.set(cookie)
    before = now
  }
}

/** Parses a line as Next.js does. Next.js drops a `Max-Age` of 0, which would empty the cookie instead of clearing it. */
function parseLine(line: string): Cookie[] {
  const found = new NextResponse(null, { headers: [['set-cookie', line]] }).cookies.getAll()
  return isClearing(line) ? found.map((cookie) => ({ ...cookie, maxAge: 0 })) : found
}

/** Returns whether a `Set-Cookie` line clears its cookie. */
export function isClearing(line: string): boolean {
  return /; Max-Age=0(;|$)/i.test(line)
}
