// The types of the adapter: a guard is awaited in pages and actions, and wraps route handlers.
import type { AnonymousGuardOptions, Auth, GuardOptions, LoginManager, Policy, Refused } from '@fetch-login/core'
import type { NextRequest } from 'next/server'

/** What can be read of a request wherever Next.js shows one. */
export interface ReadonlyHeaders {
  /** The value of a header, or null. */
  get(name: string): string | null
}

/** What the adapter has to be told of the app. */
export interface NextLoginOptions {
  /**
   * The client's address, for a fingerprint that looks at it: a header that your own proxy or platform overwrites. Next.js
   * itself lets through what clients send. Default none.
   */
  readonly address?: ((headers: ReadonlyHeaders) => string | undefined) | undefined
  /**
   * Ends a page or an action that a refusal without a redirect is for (`forbidden`, or no view to lead to). Default:
   * `notFound()`; with `experimental.authInterrupts` it may call `forbidden()` and `unauthorized()`.
   */
  readonly onRefusal?: ((refused: Refused) => never) | undefined
  /**
   * Told of an error of a wrapped route handler that is answered here, with 500, because headers have to go along (the
   * cookies of a logout before it, `Vary`): the `onRequestError` of your `instrumentation.ts` does not see such a one. Where
   * nobody was asked for, the error is thrown on. Default `console.error`.
   */
  readonly reportError?: ((error: unknown, request: NextRequest) => void | Promise<void>) | undefined
}

/** All that the doors of the adapter share. */
export interface NextHouse<User, Guest> extends NextLoginOptions {
  readonly manager: LoginManager<User, Guest, string>
}

/** What Next.js hands to a route handler beside the request. */
export interface RouteContext {
  /** The parameters of the route, as Next.js promises them. */
  // biome-ignore lint/suspicious/noExplicitAny: the route's own parameters
  readonly params: Promise<any>
}

/** A route handler that gets something of ours between request and context. */
export type RouteHandler<Given, Context extends RouteContext, Answer extends Response> = (
  request: NextRequest,
  given: Given,
  context: Context,
) => Answer | Promise<Answer>

/** A route handler as Next.js calls it: `export const GET = …`. */
export type Route<Context extends RouteContext> = (request: NextRequest, context: Context) => Promise<Response>

/**
 * A guard: the user where it is awaited (pages, layouts, actions), a route handler where it is given one.
 *
 * @typeParam Exempt The methods that the manager exempts: with any, a route handler may run without a user.
 */
export interface NextGuard<User, Exempt extends string = never> {
  /**
   * The user; others are redirected. For pages, layouts and server actions.
   *
   * @example const user = await loginRequired()
   */
  (policy?: Policy<User>): Promise<User>
  /**
   * A route handler for logged-in users; others get a redirect, 401 or 403.
   *
   * @example export const GET = loginRequired((request, user) => Response.json({ name: user.name }))
   */
  // biome-ignore lint/complexity/noBannedTypes: Next.js' own way to say that a route has no parameters
  <Context extends RouteContext = { params: Promise<{}> }, Answer extends Response = Response>(
    handler: RouteHandler<[Exempt] extends [never] ? User : User | undefined, Context, Answer>,
    options?: GuardOptions<User> & { readonly except?: undefined },
  ): Route<Context>
  /**
   * A route handler for logged-in users; at the paths in `except` it runs without a user.
   *
   * @example export const GET = loginRequired((request, user) => Response.json({ name: user?.name }), { except: ['/api/v1'] })
   */
  // biome-ignore lint/complexity/noBannedTypes: Next.js' own way to say that a route has no parameters
  <Context extends RouteContext = { params: Promise<{}> }, Answer extends Response = Response>(
    handler: RouteHandler<User | undefined, Context, Answer>,
    options: GuardOptions<User>,
  ): Route<Context>
}

/** A wrapper of route handlers that lets only anonymous requests pass. */
export type NextAnonymousGuard<User, Guest> =
  /**
   * Returns a route handler for anonymous requests. Logged-in users are redirected, and programs receive 403.
   *
   * @example export const POST = anonymousRequired(async (request, auth) => Response.json({ url: await auth.nextUrl() }))
   */
  // biome-ignore lint/complexity/noBannedTypes: Next.js' own way to say that a route has no parameters
  <Context extends RouteContext = { params: Promise<{}> }, Answer extends Response = Response>(
    handler: RouteHandler<Auth<User, Guest>, Context, Answer>,
    options?: AnonymousGuardOptions,
  ) => Route<Context>

/** The handle where it is awaited (to be read in pages, to write in actions), a route handler where it is given one. */
export interface NextAuth<User, Guest> {
  /**
   * The handle of this request. In a page or layout it can only be read; in a server action it writes at once.
   *
   * @throws UsageError `read-only` from what writes, in a page or layout.
   */
  (): Promise<Auth<User, Guest>>
  /**
   * A route handler that gets the handle, for everybody.
   *
   * @example export const POST = auth(async (request, auth) => { await auth.logoutUser(); return Response.json({}) })
   */
  // biome-ignore lint/complexity/noBannedTypes: Next.js' own way to say that a route has no parameters
  <Context extends RouteContext = { params: Promise<{}> }, Answer extends Response = Response>(
    handler: RouteHandler<Auth<User, Guest>, Context, Answer>,
  ): Route<Context>
}

/** What an app takes apart: `const { loginProxy, loginRequired, freshLoginRequired, auth } = nextLogin(manager)`. */
export interface NextLogin<User, Guest = null, Exempt extends string = never> {
  /**
   * The proxy: `export const proxy = loginProxy` in `proxy.ts`. It renews and restores logins for the pages behind it,
   * and refuses forged requests. It guards nothing: each page, action and route handler does that itself.
   */
  readonly loginProxy: (request: NextRequest) => Promise<Response>
  /** Lets only logged-in users pass. */
  readonly loginRequired: NextGuard<User, Exempt>
  /** Lets only users pass who proved who they are in this session, perhaps `{ withinSeconds: 600 }` seconds ago. */
  readonly freshLoginRequired: NextGuard<User, Exempt>
  /** Lets only anonymous requests reach a route handler. Logged-in users are redirected to the query's `next`, or to `home`. */
  readonly anonymousRequired: NextAnonymousGuard<User, Guest>
  /** The handle of this request. */
  readonly auth: NextAuth<User, Guest>
}
