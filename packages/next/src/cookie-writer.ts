// `Set-Cookie` lines for where Next.js takes cookies one by one: server actions, and route handlers that end in an error.
import type { cookies } from 'next/headers'
import { NextResponse } from 'next/server'

type CookieJar = Pick<Awaited<ReturnType<typeof cookies>>, 'set'>
type Cookie = ReturnType<NextResponse['cookies']['getAll']>[number]

/** Puts lines into the jar; a cookie that an earlier call set and this one does not is cleared. */
export function cookieWriter(jar: CookieJar): (lines: readonly string[]) => void {
  let before: readonly Cookie[] = []
  return (lines) => {
    const now = lines.flatMap(parsed)
    const gone = before.filter(({ name }) => !now.some((cookie) => cookie.name === name))
    for (const cookie of gone) jar.set({ ...cookie, value: '', maxAge: 0 })
    for (const cookie of now) jar.set(cookie)
    before = now
  }
}

/** As Next.js reads it, which loses a `Max-Age` of 0: the cookie would be emptied and not cleared. */
function parsed(line: string): Cookie[] {
  const found = new NextResponse(null, { headers: [['set-cookie', line]] }).cookies.getAll()
  return isClearing(line) ? found.map((cookie) => ({ ...cookie, maxAge: 0 })) : found
}

/** Returns whether a `Set-Cookie` line clears its cookie. */
export function isClearing(line: string): boolean {
  return /; Max-Age=0(;|$)/i.test(line)
}
