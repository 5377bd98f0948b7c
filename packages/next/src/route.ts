// The door of route handlers: a request comes in, a response goes out, and the cookies stand on it.
import type { Auth, GuardOptions, GuardOutcome } from '@fetch-login/core'
import { cookies } from 'next/headers'
import { unstable_rethrow } from 'next/navigation'
import { cookieWriter } from './cookie-writer'
import type { PageDoor } from './page'
import type { NextHouse, Route, RouteContext, RouteHandler } from './types'

type Handler<Given> = RouteHandler<Given, RouteContext, Response>

export interface RouteDoor<User, Guest> {
  open(handler: Handler<Auth<User, Guest>>): Route<RouteContext>
  guarded(handler: Handler<User>, options: GuardOptions<User>): Route<RouteContext>
}

export function routeDoor<User, Guest>(
  { manager, address }: NextHouse<User, Guest>,
  { keep }: PageDoor<User, Guest>,
): RouteDoor<User, Guest> {
  const open =
    (handler: Handler<Auth<User, Guest>>): Route<RouteContext> =>
    async (request, context) => {
      const handle = manager.open(request, { address: address?.(request.headers) })
      await keep(handle)
      try {
        const refused = await handle.admit()
        return handle.commit(await (refused === null ? handler(request, handle, context) : refused.respond()))
      } catch (error) {
        return failed(error, handle)
      }
    }

  const guarded = (handler: Handler<User>, options: GuardOptions<User>): Route<RouteContext> => {
    const decide = manager.guard(options)
    return open(async (request, handle, context) => {
      const outcome: GuardOutcome<User> = await decide(handle)
      return outcome.ok ? handler(request, outcome.user as User, context) : outcome.respond()
    })
  }

  return { open, guarded }
}

/** What was done before the error stands, and is sent along; Next.js by itself would lose it. */
async function failed<User, Guest>(error: unknown, handle: Auth<User, Guest>): Promise<Response> {
  const changes = new Headers()
  handle.commitHeaders(changes)
  const lines = changes.getSetCookie()
  if (lines.length === 0) throw error
  cookieWriter(await cookies())(lines)
  unstable_rethrow(error)
  console.error(error)
  return new Response('Internal Server Error', { status: 500, headers: changes })
}
