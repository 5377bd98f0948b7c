// `Set-Cookie` lines for where Next.js takes cookies one by one: server actions, and route handlers that end in an error.
import type { cookies } from 'next/headers'
import { NextResponse } from 'next/server'

type CookieJar = Pick<Awaited<ReturnType<typeof cookies>>, 'set'>
type Cookies = ReturnType<NextResponse['cookies']['getAll']>

/** Puts lines into the jar; a cookie that an earlier call set and this one does not is cleared. */
export function cookieWriter(jar: CookieJar): (lines: readonly string[]) => void {
  let before: Cookies = []
  return (lines) => {
    const now = parsed(lines)
    const gone = before.filter(({ name }) => !now.some((cookie) => cookie.name === name))
    for (const cookie of gone) jar.set({ ...cookie, value: '', maxAge: 0 })
    for (const cookie of now) jar.set(cookie)
    before = now
  }
}

function parsed(lines: readonly string[]): Cookies {
  const headers = lines.map((line): [string, string] => ['set-cookie', line])
  return new NextResponse(null, { headers }).cookies.getAll()
}
