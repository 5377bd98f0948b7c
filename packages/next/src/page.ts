// Pages and server actions have no request and no response object: Next.js provides read access to the headers, and a
// cookie store. A page is rendered and cannot set cookies. An action can.
import { type Auth, type Guard, type GuardOutcome, type Policy, type Refused, StoreError } from '@fetch-login/core'
import { checkRequest, cookiesAfter, reportNotAwaited } from '@fetch-login/core/adapter'
import { cookies, headers } from 'next/headers'
import { notFound } from 'next/navigation'
import { cache } from 'react'
import { createCookieWriter } from './cookie-writer'
import { redirectAfter } from './interrupt'
import { runAfterResponse } from './missing-await'
import type { AdapterConfig, ReadonlyHeaders } from './types'
import { createPageView, guessMethod } from './view'

/** The login of pages and actions. */
export interface PageAuth<User, Guest> {
  getAuth(): Promise<Auth<User, Guest>>
  /** Returns the user, or ends the page. */
  requireUser(policy: Policy<User>): Promise<User>
  /** Resolves if the guard passes, or ends the page. */
  requireAnonymous(guard: Guard<User, Guest>): Promise<void>
  /** Makes the functions that a wrapped route handler calls find its `Auth` object. */
  setAuth(auth: Auth<User, Guest>): Promise<void>
}

/** The `Auth` object that may write in a request, and the `Set-Cookie` lines so far. */
interface WritableAuth<User, Guest> {
  readonly auth: Promise<Auth<User, Guest>>
  lines: readonly string[]
}

export function createPageAuth<User, Guest>(config: AdapterConfig<User, Guest>): PageAuth<User, Guest> {
  // Next.js passes the same headers object to an action and to the page that it renders afterwards, and to no other request.
  const writable = new WeakMap<object, WritableAuth<User, Guest>>()

  const openForPage = cache(async (): Promise<Auth<User, Guest>> => {
    const requestHeaders = await headers()
    const lines = writable.get(requestHeaders)?.lines ?? []
    const cookie = lines.length === 0 ? requestHeaders.get('cookie') : cookiesAfter(requestHeaders.get('cookie'), lines)
    return config.manager.open(createPageView('GET', requestHeaders, cookie, config.manager.verifyUrl), {
      address: config.address?.(requestHeaders),
      readOnly: true,
    })
  })

  const getWritableAuth = async (): Promise<Auth<User, Guest>> => {
    const requestHeaders = await headers()
    const opened = writable.get(requestHeaders) ?? openForAction(config, requestHeaders)
    writable.set(requestHeaders, opened)
    return opened.auth
  }

  // `headers()` is called each time because it throws inside `unstable_cache`, where a result cached by React would be
  // stored for all visitors.
  const getAuth = async (): Promise<Auth<User, Guest>> => {
    if (!isRendering()) return getWritableAuth()
    await headers()
    return openForPage()
  }

  return {
    getAuth,
    requireUser: async (policy) => {
      const decision = await (await getAuth()).require(policy)
      return decision.ok ? decision.user : refuse(config, decision)
    },
    requireAnonymous: async (guard) => {
      const outcome: GuardOutcome<User> = await guard(await getAuth())
      if (!outcome.ok) await refuse(config, outcome)
    },
    setAuth: async (auth) => void writable.set(await headers(), { auth: Promise.resolve(auth), lines: [] }),
  }
}

/** `cache` returns the same object twice during a render, and at no other time. */
const createMarker = cache(() => ({}))

function isRendering(): boolean {
  const first = createMarker()
  return first === createMarker()
}

function openForAction<User, Guest>(
  config: AdapterConfig<User, Guest>,
  requestHeaders: ReadonlyHeaders,
): WritableAuth<User, Guest> {
  const open = async (): Promise<Auth<User, Guest>> => {
    const write = createCookieWriter(await cookies())
    const cookie = requestHeaders.get('cookie')
    const view = createPageView(guessMethod(requestHeaders), requestHeaders, cookie, config.manager.verifyUrl)
    const auth = config.manager.open(view, {
      address: config.address?.(requestHeaders),
      onCookies: (lines) => {
        write(lines)
        opened.lines = lines
      },
    })
    reportNotAwaited(auth, runAfterResponse)
    const refused = await checkRequest(auth)
    return refused === null ? auth : refuse(config, refused)
  }
  const opened: WritableAuth<User, Guest> = { auth: open(), lines: [] }
  return opened
}

/** Ends the page or action with a redirect, or with the option `onRefusal`. */
async function refuse<User, Guest>({ onRefusal }: AdapterConfig<User, Guest>, refused: Refused): Promise<never> {
  if (refused.reason === 'unavailable')
    throw new StoreError('The login could not be read because the session store is unavailable.')
  const location = (await refused.respond()).headers.get('location')
  if (location !== null) redirectAfter(guessMethod(await headers()), location)
  onRefusal?.(refused)
  notFound()
}
