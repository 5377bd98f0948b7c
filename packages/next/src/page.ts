// The door of pages and server actions, where there is no request and no response to hold: Next.js shows headers and
// takes cookies. A page is rendered, and cannot set any; an action is not, and can.
import { type Auth, type Policy, type Refused, StoreError } from '@fetch-login/core'
import { checkRequest, cookiesAfter } from '@fetch-login/core/adapter'
import { cookies, headers } from 'next/headers'
import { notFound } from 'next/navigation'
import { cache } from 'react'
import { cookieWriter } from './cookie-writer'
import { redirectAfter } from './interrupt'
import type { NextHouse, ReadonlyHeaders } from './types'
import { methodOf, pageView } from './view'

/** What a page and an action can do. */
export interface PageDoor<User, Guest> {
  auth(): Promise<Auth<User, Guest>>
  pass(policy: Policy<User>): Promise<User>
  /** Lets a route handler's own handle be found by what it calls. */
  keep(handle: Auth<User, Guest>): Promise<void>
}

/** What acts in a request, and what it has made of the cookies. */
interface Acting<User, Guest> {
  readonly handle: Promise<Auth<User, Guest>>
  lines: readonly string[]
}

export function pageDoor<User, Guest>(house: NextHouse<User, Guest>): PageDoor<User, Guest> {
  // Next.js shows the same headers object to an action and to the page that is rendered after it, and to no other request.
  const acting = new WeakMap<object, Acting<User, Guest>>()

  const reading = cache(async (): Promise<Auth<User, Guest>> => {
    const given = await headers()
    const lines = acting.get(given)?.lines ?? []
    const cookie = lines.length === 0 ? given.get('cookie') : cookiesAfter(given.get('cookie'), lines)
    return house.manager.open(pageView('GET', given, cookie, house.manager.verifyUrl), {
      address: house.address?.(given),
      readOnly: true,
    })
  })

  const writing = async (): Promise<Auth<User, Guest>> => {
    const given = await headers()
    const known = acting.get(given) ?? openForAction(house, given)
    acting.set(given, known)
    return known.handle
  }

  // What React remembers it would also hand into `unstable_cache`, for everybody to come: Next.js is asked each time, and throws there.
  const auth = async (): Promise<Auth<User, Guest>> => {
    if (!isRendering()) return writing()
    await headers()
    return reading()
  }

  return {
    auth,
    pass: async (policy) => {
      const decision = await (await auth()).require(policy)
      return decision.ok ? decision.user : refuse(house, decision)
    },
    keep: async (handle) => void acting.set(await headers(), { handle: Promise.resolve(handle), lines: [] }),
  }
}

/** React remembers while it renders, and at no other time: nothing has to be written to find out. */
const rendering = cache(() => ({}))

function isRendering(): boolean {
  const first = rendering()
  return first === rendering()
}

function openForAction<User, Guest>(house: NextHouse<User, Guest>, given: ReadonlyHeaders): Acting<User, Guest> {
  const open = async (): Promise<Auth<User, Guest>> => {
    const write = cookieWriter(await cookies())
    const handle = house.manager.open(pageView(methodOf(given), given, given.get('cookie'), house.manager.verifyUrl), {
      address: house.address?.(given),
      onCookies: (lines) => {
        write(lines)
        acting.lines = lines
      },
    })
    const refused = await checkRequest(handle)
    return refused === null ? handle : refuse(house, refused)
  }
  const acting: Acting<User, Guest> = { handle: open(), lines: [] }
  return acting
}

/** Ends the page: a redirect, or what the app says. */
async function refuse<User, Guest>({ onRefusal }: NextHouse<User, Guest>, refused: Refused): Promise<never> {
  if (refused.reason === 'unavailable') throw new StoreError('Who is there cannot be looked up right now.')
  const location = (await refused.respond()).headers.get('location')
  if (location !== null) redirectAfter(methodOf(await headers()), location)
  onRefusal?.(refused)
  notFound()
}
