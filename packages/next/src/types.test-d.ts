// What the compiler knows: the user as the app's own type behind each form of a guard, and the parameters of a route as
// Next.js has them. Checked by tsc (`pnpm typecheck`); nothing here runs.
import { type AnonymousGuardOptions, type Auth, createLoginManager } from '@fetch-login/core'
import type { NextRequest, NextResponse } from 'next/server'
import { describe, expectTypeOf, it } from 'vitest'
import { nextLogin, type ReadonlyHeaders } from './index'

interface User {
  readonly id: string
  readonly role: 'admin' | 'reader'
}

interface Staff {
  readonly id: number
  readonly badge: symbol
}

declare const secrets: string
declare const findUser: (id: string) => Promise<User | null>
declare const findStaff: (id: string) => Staff | undefined

const { loginProxy, loginRequired, freshLoginRequired, anonymousRequired, auth } = nextLogin(
  createLoginManager({ loadUser: findUser, secrets }),
)
const staff = nextLogin(createLoginManager({ loadUser: findStaff, secrets }))

/** As Next.js checks a route: `RouteContext<'/posts/[id]'>`. */
interface PostContext {
  readonly params: Promise<{ id: string }>
}

describe('a guard that is awaited', () => {
  it('gives exactly the user of the app, never null and never any', async () => {
    const user = await loginRequired()
    expectTypeOf(user).not.toBeAny()
    expectTypeOf(user).toEqualTypeOf<User>()
    expectTypeOf(await freshLoginRequired({ withinSeconds: 60 })).toEqualTypeOf<User>()
    expectTypeOf(await staff.loginRequired()).toEqualTypeOf<Staff>()
  })

  it('gives the user to the predicate for roles', async () => {
    await loginRequired({
      allow: (user) => {
        expectTypeOf(user).not.toBeAny()
        expectTypeOf(user).toEqualTypeOf<User>()
        return user.role === 'admin'
      },
    })
    // @ts-expect-error no option of a guard
    await loginRequired({ role: 'admin' })
    // @ts-expect-error a page has no list of exceptions
    await loginRequired({ except: ['/'] })
  })
})

describe('a guard around a route handler', () => {
  it('knows request, user and parameters', () => {
    const GET = loginRequired((request, user, context: PostContext) => {
      expectTypeOf(request).toEqualTypeOf<NextRequest>()
      expectTypeOf(user).not.toBeAny()
      expectTypeOf(user).toEqualTypeOf<User>()
      expectTypeOf(context.params).toEqualTypeOf<Promise<{ id: string }>>()
      return Response.json({})
    })
    expectTypeOf(GET).parameter(0).toEqualTypeOf<NextRequest>()
    expectTypeOf(GET).parameter(1).toEqualTypeOf<PostContext>()
    expectTypeOf(GET).returns.toEqualTypeOf<Promise<Response>>()
  })

  it('knows that a route without parameters has none', () => {
    loginRequired(async (_request, user, context) => {
      expectTypeOf(user).toEqualTypeOf<User>()
      expectTypeOf(context).not.toBeAny()
      const params = await context.params
      expectTypeOf(params).not.toBeAny()
      // @ts-expect-error there is no parameter of this name
      params.id
      return Response.json({})
    })
  })

  it('takes options, and what NextResponse gives', () => {
    const GET = freshLoginRequired(
      (_request, user): NextResponse<{ id: string }> => {
        expectTypeOf(user).toEqualTypeOf<User>()
        throw new Error(user.id)
      },
      { withinSeconds: 60, allow: (user) => user.role === 'admin' },
    )
    expectTypeOf(GET).returns.toEqualTypeOf<Promise<Response>>()
    loginRequired(
      (_request, user) => {
        expectTypeOf(user).toEqualTypeOf<User | undefined>()
        return Response.json({})
      },
      { except: ['/public/*'], allow: (user) => user.role === 'admin' },
    )
    const exempting = nextLogin(createLoginManager({ loadUser: findUser, secrets, exemptMethods: ['OPTIONS'] }))
    exempting.loginRequired((_request, user) => {
      expectTypeOf(user).toEqualTypeOf<User | undefined>()
      return Response.json({})
    })
    // @ts-expect-error a route handler answers
    loginRequired(() => 'text')
  })
})

describe('a guard for anonymous requests', () => {
  it('gives the handler the request, the Auth object and the parameters, and returns a route handler', () => {
    const GET = anonymousRequired(
      async (request, given, context: PostContext) => {
        expectTypeOf(request).toEqualTypeOf<NextRequest>()
        expectTypeOf(given).not.toBeAny()
        expectTypeOf(given).toEqualTypeOf<Auth<User, null>>()
        expectTypeOf((await context.params).id).toEqualTypeOf<string>()
        return new Response()
      },
      { home: '/dashboard' },
    )
    expectTypeOf(GET).parameter(0).toEqualTypeOf<NextRequest>()
    expectTypeOf(GET).parameter(1).toEqualTypeOf<PostContext>()
    expectTypeOf(GET).returns.toEqualTypeOf<Promise<Response>>()
  })

  it('has no option but home, and needs a handler that returns a response', () => {
    expectTypeOf(anonymousRequired).parameter(1).toEqualTypeOf<AnonymousGuardOptions | undefined>()
    // @ts-expect-error area is not an option of this guard
    anonymousRequired(() => new Response(), { area: 'staff' })
    // @ts-expect-error a page has no guard for anonymous requests
    anonymousRequired({ home: '/dashboard' })
    // @ts-expect-error the handler must return a response
    anonymousRequired(() => 'text')
  })
})

describe('the handle', () => {
  it('is awaited, or given to a route handler', async () => {
    const handle = await auth()
    expectTypeOf(handle).not.toBeAny()
    expectTypeOf(handle).toEqualTypeOf<Auth<User, null>>()
    expectTypeOf(await handle.currentUser()).toEqualTypeOf<User | null>()
    auth(async (request, given, context: PostContext) => {
      expectTypeOf(request).toEqualTypeOf<NextRequest>()
      expectTypeOf(given).toEqualTypeOf<Auth<User, null>>()
      expectTypeOf((await context.params).id).toEqualTypeOf<string>()
      return new Response()
    })
  })

  it('asks for the user or the guest of the app, where it has one', async () => {
    class Guest {
      readonly cart: readonly string[] = []
    }
    const guests = nextLogin(createLoginManager({ loadUser: findUser, anonymousUser: () => new Guest(), secrets }))
    expectTypeOf(await (await guests.auth()).currentUser()).toEqualTypeOf<User | Guest>()
    expectTypeOf(await guests.loginRequired()).toEqualTypeOf<User>()
  })
})

describe('the proxy and the options', () => {
  it('is a proxy of Next.js', () => {
    expectTypeOf(loginProxy).parameter(0).toEqualTypeOf<NextRequest>()
    expectTypeOf(loginProxy).returns.toEqualTypeOf<Promise<Response>>()
  })

  it('shows headers to whoever names the address', () => {
    nextLogin(createLoginManager({ loadUser: findUser, secrets }), {
      address: (headers) => {
        expectTypeOf(headers).toEqualTypeOf<ReadonlyHeaders>()
        return headers.get('x-real-ip') ?? undefined
      },
    })
  })
})
