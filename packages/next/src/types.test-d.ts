// Types of the adapter: every guard returns the app's own user type, and routes and pages keep the parameters of their path.
// Checked by tsc (`pnpm typecheck`). Nothing in this file runs.
import { type AnonymousGuardOptions, type Auth, createLoginManager } from '@fetch-login/core'
import type { NextRequest, NextResponse } from 'next/server'
import type { ReactNode } from 'react'
import { describe, expectTypeOf, it } from 'vitest'
import { nextLogin, type PageProps, type ReadonlyHeaders } from './index'

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

const login = nextLogin(createLoginManager({ loadUser: findUser, secrets }))
const { loginProxy, loginRequired, freshLoginRequired, anonymousRequired, auth } = login
const { withLoginRequired, withFreshLoginRequired, withAnonymousRequired } = login
const { loginRequiredPage, freshLoginRequiredPage, anonymousRequiredPage } = login
const staff = nextLogin(createLoginManager({ loadUser: findStaff, secrets }))

/** The context with which Next.js checks a route: `RouteContext<'/posts/[id]'>`. */
interface PostContext {
  readonly params: Promise<{ id: string }>
}

describe('an awaited guard', () => {
  it('returns exactly the user type of the app, never null and never any', async () => {
    const user = await loginRequired()
    expectTypeOf(user).not.toBeAny()
    expectTypeOf(user).toEqualTypeOf<User>()
    expectTypeOf(await freshLoginRequired({ withinSeconds: 60 })).toEqualTypeOf<User>()
    expectTypeOf(await staff.loginRequired()).toEqualTypeOf<Staff>()
  })

  it('passes the user type of the app to the function allow', async () => {
    await loginRequired({
      allow: (user) => {
        expectTypeOf(user).not.toBeAny()
        expectTypeOf(user).toEqualTypeOf<User>()
        return user.role === 'admin'
      },
    })
    // @ts-expect-error not an option of a guard
    await loginRequired({ role: 'admin' })
    // @ts-expect-error a page has no list of exceptions
    await loginRequired({ except: ['/'] })
    // @ts-expect-error a route handler needs withLoginRequired()
    await loginRequired(() => new Response())
    // @ts-expect-error a page needs loginRequiredPage()
    await loginRequired(() => 'page')
  })
})

describe('a wrapper of pages', () => {
  it('passes the user of the app to a page whose props are not annotated', () => {
    const page = loginRequiredPage(async ({ user, params, searchParams }) => {
      expectTypeOf(user).not.toBeAny()
      expectTypeOf(user).toEqualTypeOf<User>()
      expectTypeOf(params).toEqualTypeOf<PageProps['params']>()
      expectTypeOf((await searchParams).q).toEqualTypeOf<string | string[] | undefined>()
      return user.role
    })
    expectTypeOf(page).parameter(0).toEqualTypeOf<PageProps>()
    expectTypeOf(page).returns.toEqualTypeOf<Promise<ReactNode>>()
    const fresh = freshLoginRequiredPage(({ user }) => user.id, {
      withinSeconds: 60,
      allow: ({ role }) => role === 'admin',
    })
    expectTypeOf(fresh).toEqualTypeOf<typeof page>()
  })

  it('keeps the parameters of the path, and removes the user from the props that Next.js passes', () => {
    const page = loginRequiredPage(async ({ user, params }: PostContext & { user: User }) => [
      user.id,
      (await params).id,
    ])
    expectTypeOf(page).parameter(0).toEqualTypeOf<Omit<PostContext & { user: User }, 'user'>>()
    expectTypeOf<PostContext>().toExtend<Parameters<typeof page>[0]>()
  })

  it('rejects a page that expects another user, and options of route handlers', () => {
    // @ts-expect-error the user of another manager
    loginRequiredPage(({ user }: { user: Staff }) => user.id)
    // @ts-expect-error a narrower user than the one that the guard returns
    loginRequiredPage(({ user }: { user: User & { readonly role: 'admin' } }) => user.id)
    // @ts-expect-error a page has no list of exceptions
    loginRequiredPage(({ user }) => user.id, { except: ['/'] })
    // @ts-expect-error a page must return something that React renders
    loginRequiredPage(() => new Response())
  })

  it('keeps the props of a page for anonymous visitors', () => {
    expectTypeOf(anonymousRequiredPage(() => 'Join us', { home: '/dashboard' })).returns.toEqualTypeOf<
      Promise<ReactNode>
    >()
    const page = anonymousRequiredPage(async ({ params }: PostContext) => (await params).id)
    expectTypeOf(page).parameter(0).toEqualTypeOf<PostContext>()
    expectTypeOf(anonymousRequired({ home: '/' })).toEqualTypeOf<Promise<void>>()
  })
})

describe('a wrapper of route handlers', () => {
  it('types the request, the user and the parameters', () => {
    const GET = withLoginRequired((request, user, context: PostContext) => {
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

  it('types the parameters of a route without parameters as an empty object', () => {
    withLoginRequired(async (_request, user, context) => {
      expectTypeOf(user).toEqualTypeOf<User>()
      expectTypeOf(context).not.toBeAny()
      const params = await context.params
      expectTypeOf(params).not.toBeAny()
      // @ts-expect-error the route has no parameters
      params.id
      return Response.json({})
    })
  })

  it('accepts options, and a handler that returns a NextResponse', () => {
    const GET = withFreshLoginRequired(
      (_request, user): NextResponse<{ id: string }> => {
        expectTypeOf(user).toEqualTypeOf<User>()
        throw new Error(user.id)
      },
      { withinSeconds: 60, allow: (user) => user.role === 'admin' },
    )
    expectTypeOf(GET).returns.toEqualTypeOf<Promise<Response>>()
    withLoginRequired(
      (_request, user) => {
        expectTypeOf(user).toEqualTypeOf<User | undefined>()
        return Response.json({})
      },
      { except: ['/public/*'], allow: (user) => user.role === 'admin' },
    )
    const exempting = nextLogin(createLoginManager({ loadUser: findUser, secrets, exemptMethods: ['OPTIONS'] }))
    exempting.withLoginRequired((_request, user) => {
      expectTypeOf(user).toEqualTypeOf<User | undefined>()
      return Response.json({})
    })
    // @ts-expect-error a route handler must return a response
    withLoginRequired(() => 'text')
  })
})

describe('a wrapper of route handlers for anonymous requests', () => {
  it('passes the request, the Auth object and the parameters to the handler, and returns a route handler', () => {
    const GET = withAnonymousRequired(
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

  it('has one option, home, and needs a handler that returns a response', () => {
    expectTypeOf(withAnonymousRequired).parameter(1).toEqualTypeOf<AnonymousGuardOptions | undefined>()
    // @ts-expect-error area is not an option of this guard
    withAnonymousRequired(() => new Response(), { area: 'staff' })
    // @ts-expect-error the handler is missing
    withAnonymousRequired({ home: '/dashboard' })
    // @ts-expect-error the handler must return a response
    withAnonymousRequired(() => 'text')
  })
})

describe('auth()', () => {
  it('returns the Auth object if it is awaited, and passes it to a route handler', async () => {
    const current = await auth()
    expectTypeOf(current).not.toBeAny()
    expectTypeOf(current).toEqualTypeOf<Auth<User, null>>()
    expectTypeOf(await current.currentUser()).toEqualTypeOf<User | null>()
    auth(async (request, given, context: PostContext) => {
      expectTypeOf(request).toEqualTypeOf<NextRequest>()
      expectTypeOf(given).toEqualTypeOf<Auth<User, null>>()
      expectTypeOf((await context.params).id).toEqualTypeOf<string>()
      return new Response()
    })
  })

  it('types the current user as the user or the guest of the app', async () => {
    class Guest {
      readonly cart: readonly string[] = []
    }
    const guests = nextLogin(createLoginManager({ loadUser: findUser, anonymousUser: () => new Guest(), secrets }))
    expectTypeOf(await (await guests.auth()).currentUser()).toEqualTypeOf<User | Guest>()
    expectTypeOf(await guests.loginRequired()).toEqualTypeOf<User>()
  })
})

describe('the proxy and the options', () => {
  it('type loginProxy as a proxy of Next.js', () => {
    expectTypeOf(loginProxy).parameter(0).toEqualTypeOf<NextRequest>()
    expectTypeOf(loginProxy).returns.toEqualTypeOf<Promise<Response>>()
  })

  it('pass readable headers to the option address', () => {
    nextLogin(createLoginManager({ loadUser: findUser, secrets }), {
      address: (headers) => {
        expectTypeOf(headers).toEqualTypeOf<ReadonlyHeaders>()
        return headers.get('x-real-ip') ?? undefined
      },
    })
  })
})

describe('a manager whose users have no ID', () => {
  interface Doc {
    readonly _id: string
  }
  const findDoc = async (id: string): Promise<Doc | null> => ({ _id: id })

  it('requires the option userId', () => {
    // @ts-expect-error the users have neither id nor getId()
    nextLogin(createLoginManager({ loadUser: findDoc, secrets }))
  })

  it('is accepted with the option userId, and keeps the user type', () => {
    const docs = nextLogin(createLoginManager({ loadUser: findDoc, secrets, userId: (user) => user._id }))
    expectTypeOf(docs.loginRequired()).toEqualTypeOf<Promise<Doc>>()
  })
})
