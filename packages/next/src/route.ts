// Route handlers have a request and return a response, which carries the cookies.
import type { AnonymousGuardOptions, Auth, Guard, GuardOptions, GuardOutcome } from '@fetch-login/core'
import { assertFunction, checkRequest, commit, commitHeaders, getAuthMap } from '@fetch-login/core/adapter'
import { cookies, headers } from 'next/headers'
import { unstable_rethrow } from 'next/navigation'
import type { NextRequest } from 'next/server'
import { createCookieWriter } from './cookie-writer'
import { toInterruptResponse } from './interrupt'
import type { PageAuth } from './page'
import type { AdapterConfig, Route, RouteContext, RouteHandler } from './types'

type Handler<Given> = RouteHandler<Given, RouteContext, Response>

/** Creates route handlers of Next.js from handlers that receive the `Auth` object or the user. */
export interface RouteWrapper<User, Guest> {
  wrap(handler: Handler<Auth<User, Guest>>): Route<RouteContext>
  wrapForUser(name: string, handler: Handler<User>, options: GuardOptions<User>): Route<RouteContext>
  wrapForAnonymous(handler: Handler<Auth<User, Guest>>, options: AnonymousGuardOptions): Route<RouteContext>
}

export function createRouteWrapper<User, Guest>(
  { manager, address, reportError = (error) => console.error(error) }: AdapterConfig<User, Guest>,
  { setAuth }: PageAuth<User, Guest>,
): RouteWrapper<User, Guest> {
  /** Returns the same `Auth` object for the whole request, even if a wrapped handler calls another one. */
  const auths = getAuthMap<Auth<User, Guest>>(manager)

  const wrap =
    (handler: Handler<Auth<User, Guest>>): Route<RouteContext> =>
    async (request, context) => {
      await headers() // ends a prerender, which with `cacheComponents` calls the handler twice with one request
      const outer = auths.get(request)
      if (outer !== undefined) return handler(request, outer, context)
      const auth = manager.open(request, { address: address?.(request.headers) })
      auths.set(request, auth)
      await setAuth(auth)
      try {
        const refused = await checkRequest(auth)
        return commit(
          auth,
          assertResponse(await (refused === null ? handler(request, auth, context) : refused.respond())),
        )
      } catch (error) {
        return respondToError(error, request, auth)
      }
    }

  /** Sends the changes that were made before the error. Next.js alone would drop them. */
  const respondToError = async (error: unknown, request: NextRequest, auth: Auth<User, Guest>): Promise<Response> => {
    const interrupt = toInterruptResponse(error, request)
    if (interrupt !== null) return commit(auth, interrupt)
    if (isNextInternal(error)) return rethrowWithCookies(error, auth)
    const response = commit(auth, new Response(null, { status: 500 }))
    if ([...response.headers].length === 0) throw error
    await report(error, request)
    return response
  }

  const report = async (error: unknown, request: NextRequest): Promise<void> => {
    try {
      await reportError(error, request)
    } catch (reportingError) {
      console.error(error, reportingError)
    }
  }

  const wrapWithGuard = (
    guard: Guard<User, Guest>,
    run: (auth: Auth<User, Guest>, user: User) => unknown,
    handler: Handler<never>,
  ) =>
    wrap(async (request, auth, context) => {
      const outcome: GuardOutcome<User> = await guard(auth)
      if (!outcome.ok) return outcome.respond()
      return handler(request, run(auth, outcome.user as User) as never, context)
    })

  return {
    wrap,
    wrapForUser(name, handler, options) {
      assertFunction(
        handler,
        `The first argument of ${name}()`,
        `Write export const GET = ${name}((request, user) => …).`,
      )
      return wrapWithGuard(manager.guard(options), (_auth, user) => user, handler)
    },
    wrapForAnonymous(handler, options) {
      const remedy = 'Write withAnonymousRequired((request, auth) => …).'
      assertFunction(handler, 'The first argument of withAnonymousRequired()', remedy)
      return wrapWithGuard(manager.guardAnonymous(options), (auth) => auth, handler)
    },
  }
}

function assertResponse(result: unknown): Response {
  if (isResponse(result)) return result
  throw new TypeError('A route handler did not return a Response. Return a Response in every branch of the handler.')
}

/** Accepts a response of another realm or package. */
function isResponse(result: unknown): result is Response {
  const { status, headers } = Object(result)
  return typeof status === 'number' && typeof headers?.get === 'function'
}

function isNextInternal(error: unknown): boolean {
  try {
    unstable_rethrow(error)
    return false
  } catch (thrown) {
    return thrown === error
  }
}

/** Leaves the response to an internal error of Next.js to Next.js, with the cookies in its own store. */
async function rethrowWithCookies<User, Guest>(error: unknown, auth: Auth<User, Guest>): Promise<never> {
  const changes = new Headers()
  commitHeaders(auth, changes)
  const lines = changes.getSetCookie()
  if (lines.length > 0) createCookieWriter(await cookies())(lines)
  throw error
}
