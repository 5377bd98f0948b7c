// The proxy sets the cookies that pages cannot set, and passes the changed cookies on to the page. It refuses forged
// requests. It is not a guard.
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
import type { AdapterConfig } from './types'
import { URL_HEADER } from './view'

export function createProxy<User, Guest>({
  manager,
  address,
}: AdapterConfig<User, Guest>): (request: NextRequest) => Promise<Response> {
  const run = async (request: NextRequest): Promise<Response> => {
    const auth = manager.open(request, { address: address?.(request.headers) })
    const refused = await checkRequest(auth)
    if (refused !== null) return commit(auth, await refused.respond())
    await renew(auth)
    const changes = new Headers()
    commitHeaders(auth, changes)
    const response = NextResponse.next({
      request: { headers: createRequestHeaders(request, manager.signUrl(request.url), changes) },
    })
    for (const [name, value] of changes) response.headers.append(name, value)
    return response
  }
  // The function is not async: a wrong call throws at once instead of leaving a rejected promise.
  return (request) => {
    if (typeof request === 'object' && request !== null && 'headers' in request) return run(request)
    const remedy = 'Write export const proxy = loginProxy.'
    throw createArgumentError(
      `loginProxy must receive the request of Next.js, but received ${describeValue(request)}. ${remedy}`,
    )
  }
}

/** Keeps a cleared cookie in the request, so that the page finds the reason and can revoke the user. */
function createRequestHeaders(request: NextRequest, signedUrl: string, changes: Headers): Headers {
  const headers = new Headers(request.headers)
  headers.set(URL_HEADER, signedUrl)
  const lines = changes.getSetCookie().filter((line) => !isClearing(line))
  if (lines.length > 0) headers.set('cookie', cookiesAfter(request.headers.get('cookie'), lines))
  return headers
}
