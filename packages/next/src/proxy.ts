// The proxy: pages cannot set cookies, so what a login needs set is set in front of them, and the page behind it sees
// the cookies that were set. A first line against forged requests, and no guard.
import {
  checkRequest,
  commit,
  commitHeaders,
  cookiesAfter,
  createArgumentError,
  describeValue,
  renew,
} from '@fetch-login/core/adapter'
import { type NextRequest, NextResponse } from 'next/server'
import { isClearing } from './cookie-writer'
import type { NextHouse } from './types'
import { URL_HEADER } from './view'

export function proxyDoor<User, Guest>({ manager, address }: NextHouse<User, Guest>) {
  const proxied = async (request: NextRequest): Promise<Response> => {
    const handle = manager.open(request, { address: address?.(request.headers) })
    const refused = await checkRequest(handle)
    if (refused !== null) return commit(handle, await refused.respond())
    await renew(handle)
    const changes = new Headers()
    commitHeaders(handle, changes)
    const response = NextResponse.next({
      request: { headers: handedOn(request, manager.signUrl(request.url), changes) },
    })
    for (const [name, value] of changes) response.headers.append(name, value)
    return response
  }
  /** No async function: called in the place of a proxy, it throws there, and leaves no rejected promise. */
  return (request: NextRequest): Promise<Response> => {
    if (typeof request === 'object' && request !== null && 'headers' in request) return proxied(request)
    const remedy = 'Write export const proxy = loginProxy.'
    throw createArgumentError(
      `loginProxy must receive the request of Next.js, but received ${describeValue(request)}. ${remedy}`,
    )
  }
}

/** A cleared cookie stays in the request: the page finds by itself why it does not count, and can revoke its user. */
function handedOn(request: NextRequest, signedUrl: string, changes: Headers): Headers {
  const headers = new Headers(request.headers)
  headers.set(URL_HEADER, signedUrl)
  const lines = changes.getSetCookie().filter((line) => !isClearing(line))
  if (lines.length > 0) headers.set('cookie', cookiesAfter(request.headers.get('cookie'), lines))
  return headers
}
