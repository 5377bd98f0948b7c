// Writes the cookies and cache headers of an Auth object to the response of Hono.
import type { Auth } from '@fetch-login/core'
import { commit, commitRemaining } from '@fetch-login/core/adapter'
import type { AnyContext } from './types'

/** Headers that describe the response that is not sent. */
const STALE_HEADERS = ['content-encoding', 'content-length', 'etag', 'last-modified', 'location', 'transfer-encoding']

/**
 * Writes the headers to `c.res`. If the app has not awaited a change, it throws for `onError`. Hono copies the headers of
 * `c.res` to the response of `onError`, so `c.res` then has only those that fit another body, and the cookies of the changes that remain.
 */
export function commitResponse<User, Guest>(c: AnyContext, auth: Auth<User, Guest>): void {
  try {
    replaceResponse(c, commit(auth, c.res))
  } catch (error) {
    const headers = new Headers(c.res.headers)
    for (const name of STALE_HEADERS) headers.delete(name)
    replaceResponse(c, commitRemaining(auth, new Response(null, { status: 500, headers })))
    throw error
  }
}

/** Removes the old response first, because a plain assignment would keep its headers. */
function replaceResponse(c: AnyContext, response: Response): void {
  if (response === c.res) return
  c.res = undefined
  c.res = response
}
