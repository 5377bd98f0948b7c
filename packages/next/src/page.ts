// The door of pages and server actions, where there is no request and no response to hold: Next.js shows headers and
// takes cookies. A page is rendered, and cannot set any; an action is not, and can.
import { type Auth, type Policy, type Refused, type RequestView, StoreError } from '@fetch-login/core'
import { cookies, headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import { NextResponse } from 'next/server'
import { cache } from 'react'
import { URL_HEADER } from './proxy'
import type { NextHouse, ReadonlyHeaders } from './types'

/** What a page and an action can do. */
export interface PageDoor<User, Guest> {
  auth(): Promise<Auth<User, Guest>>
  pass(policy: Policy<User>): Promise<User>
  /** Lets a route handler's own handle be found by what it calls. */
  keep(handle: Auth<User, Guest>): Promise<void>
}

export function pageDoor<User, Guest>(house: NextHouse<User, Guest>): PageDoor<User, Guest> {
  const handles = new WeakMap<object, Promise<Auth<User, Guest>>>()

  const reading = cache(async (): Promise<Auth<User, Guest>> => {
    const given = await headers()
    const hasActed = handles.has(given)
    const cookie = hasActed ? (await cookies()).toString() : given.get('cookie')
    return house.manager.open(view('GET', given, cookie), { address: house.address?.(given), readOnly: true })
  })

  const writing = async (): Promise<Auth<User, Guest>> => {
    const given = await headers()
    const handle = handles.get(given) ?? openForAction(house, given)
    handles.set(given, handle)
    return handle
  }

  const auth = (): Promise<Auth<User, Guest>> => (isRendering() ? reading() : writing())

  return {
    auth,
    pass: async (policy) => {
      const decision = await (await auth()).require(policy)
      return decision.ok ? decision.user : refuse(house, decision)
    },
    keep: async (handle) => void handles.set(await headers(), Promise.resolve(handle)),
  }
}

/** React remembers while it renders, and at no other time: nothing has to be written to find out. */
const rendering = cache(() => ({}))

function isRendering(): boolean {
  const first = rendering()
  return first === rendering()
}

async function openForAction<User, Guest>(
  house: NextHouse<User, Guest>,
  given: ReadonlyHeaders,
): Promise<Auth<User, Guest>> {
  const onCookies = cookieWriter(await cookies())
  const method = given.get('content-type') === null && given.get('content-length') === null ? 'GET' : 'POST'
  const handle = house.manager.open(view(method, given, given.get('cookie')), {
    address: house.address?.(given),
    onCookies,
  })
  const refused = await handle.admit()
  return refused === null ? handle : refuse(house, refused)
}

/** A page is for people, whatever the router's own request for it accepts. */
function view(method: string, given: ReadonlyHeaders, cookie: string | null): RequestView {
  const own: Readonly<Record<string, string | null>> = { cookie, accept: 'text/html', 'sec-fetch-mode': 'navigate' }
  const get = (name: string): string | null => {
    const value = own[name.toLowerCase()]
    return value === undefined ? given.get(name) : value
  }
  return { method, url: given.get(URL_HEADER) ?? '/', headers: { get } }
}

type CookieJar = Awaited<ReturnType<typeof cookies>>

/** Puts `Set-Cookie` lines where Next.js wants them; what an earlier call set and this one does not is cleared. */
export function cookieWriter(jar: CookieJar): (lines: readonly string[]) => void {
  let before: ReturnType<typeof parsed> = []
  return (lines) => {
    const now = parsed(lines)
    const gone = before.filter(({ name }) => !now.some((cookie) => cookie.name === name))
    for (const cookie of gone) jar.set({ ...cookie, value: '', maxAge: 0 })
    for (const cookie of now) jar.set(cookie)
    before = now
  }
}

function parsed(lines: readonly string[]): ReturnType<NextResponse['cookies']['getAll']> {
  const headers = lines.map((line): [string, string] => ['set-cookie', line])
  return new NextResponse(null, { headers }).cookies.getAll()
}

/** Ends the page: a redirect, or what the app says. */
async function refuse<User, Guest>({ onRefusal }: NextHouse<User, Guest>, refused: Refused): Promise<never> {
  if (refused.reason === 'unavailable') throw new StoreError('Who is there cannot be looked up right now.')
  const location = (await refused.respond()).headers.get('location')
  if (location !== null) redirect(location)
  onRefusal?.(refused)
  notFound()
}
