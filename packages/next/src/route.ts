// The door of route handlers: a request comes in, a response goes out, and the cookies stand on it.
import type { AnonymousGuardOptions, Auth, GuardOptions, GuardOutcome } from '@fetch-login/core'
import { checkRequest, commit, commitHeaders, getAuthMap } from '@fetch-login/core/adapter'
import { cookies, headers } from 'next/headers'
import { unstable_rethrow } from 'next/navigation'
import type { NextRequest } from 'next/server'
import { cookieWriter } from './cookie-writer'
import { interruptAnswer } from './interrupt'
import type { PageDoor } from './page'
import type { NextHouse, Route, RouteContext, RouteHandler } from './types'

type Handler<Given> = RouteHandler<Given, RouteContext, Response>

export interface RouteDoor<User, Guest> {
  open(handler: Handler<Auth<User, Guest>>): Route<RouteContext>
  guarded(handler: Handler<User>, options: GuardOptions<User>): Route<RouteContext>
  anonymous(handler: Handler<Auth<User, Guest>>, options: AnonymousGuardOptions): Route<RouteContext>
}

export function routeDoor<User, Guest>(
  { manager, address, reportError = (error) => console.error(error) }: NextHouse<User, Guest>,
  { keep }: PageDoor<User, Guest>,
): RouteDoor<User, Guest> {
  /** One handle a request, also where a wrapped handler calls another. */
  const handles = getAuthMap<Auth<User, Guest>>(manager)

  const open =
    (handler: Handler<Auth<User, Guest>>): Route<RouteContext> =>
    async (request, context) => {
      await headers() // a build that tries a handler ends here; with `cacheComponents` it does so twice with one request
      const outer = handles.get(request)
      if (outer !== undefined) return handler(request, outer, context)
      const handle = manager.open(request, { address: address?.(request.headers) })
      handles.set(request, handle)
      await keep(handle)
      try {
        const refused = await checkRequest(handle)
        return commit(
          handle,
          responseOf(await (refused === null ? handler(request, handle, context) : refused.respond())),
        )
      } catch (error) {
        return failed(error, request, handle)
      }
    }

  /** What was done before the error stands, and is sent along; Next.js by itself would lose it. */
  const failed = async (error: unknown, request: NextRequest, handle: Auth<User, Guest>): Promise<Response> => {
    const interrupt = interruptAnswer(error, request)
    if (interrupt !== null) return commit(handle, interrupt)
    if (isOfNext(error)) return leave(error, handle)
    const answer = commit(handle, new Response(null, { status: 500 }))
    if ([...answer.headers].length === 0) throw error
    await report(error, request)
    return answer
  }

  const report = async (error: unknown, request: NextRequest): Promise<void> => {
    try {
      await reportError(error, request)
    } catch (another) {
      console.error(error, another)
    }
  }

  const guarded = (handler: Handler<User>, options: GuardOptions<User>): Route<RouteContext> => {
    const decide = manager.guard(options)
    return open(async (request, handle, context) => {
      const outcome: GuardOutcome<User> = await decide(handle)
      return outcome.ok ? handler(request, outcome.user as User, context) : outcome.respond()
    })
  }

  const anonymous = (handler: Handler<Auth<User, Guest>>, options: AnonymousGuardOptions): Route<RouteContext> => {
    const decide = manager.guardAnonymous(options)
    return open(async (request, handle, context) => {
      const outcome = await decide(handle)
      return outcome.ok ? handler(request, handle, context) : outcome.respond()
    })
  }

  return { open, guarded, anonymous }
}

function responseOf(answer: unknown): Response {
  if (isResponse(answer)) return answer
  throw new TypeError('A route handler returned no Response: return one in every branch of it.')
}

/** Also one of another realm, or of a package that brings its own. */
function isResponse(answer: unknown): answer is Response {
  const { status, headers } = Object(answer)
  return typeof status === 'number' && typeof headers?.get === 'function'
}

function isOfNext(error: unknown): boolean {
  try {
    unstable_rethrow(error)
    return false
  } catch (thrown) {
    return thrown === error
  }
}

/** Something else that Next.js throws for itself: it answers, with what is in its jar. */
async function leave<User, Guest>(error: unknown, handle: Auth<User, Guest>): Promise<never> {
  const changes = new Headers()
  commitHeaders(handle, changes)
  const lines = changes.getSetCookie()
  if (lines.length > 0) cookieWriter(await cookies())(lines)
  throw error
}
