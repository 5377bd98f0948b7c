// The types of the adapter.
import type { AnonymousGuardOptions, Auth, GuardOptions, LoginManager, Policy, Refused } from '@fetch-login/core'
import type { NextRequest } from 'next/server'
import type { ReactNode } from 'react'

/** The part of the request headers that is readable in pages, actions, route handlers and the proxy. */
export interface ReadonlyHeaders {
  /**
   * Returns the value of a header, or null.
   *
   * @param name - The name of the header, in any case.
   * @returns The value, or null if the request does not have the header.
   */
  get(name: string): string | null
}

/** Options of {@link nextLogin}. */
export interface NextLoginOptions {
  /**
   * Returns the client's address, for a fingerprint that includes it. Read a header that your own proxy or platform
   * overwrites: Next.js itself passes on the headers that clients send.
   *
   * @param headers - The headers of the request.
   * @returns The IP address, or undefined if it is unknown.
   * @default undefined, no address
   */
  readonly address?: ((headers: ReadonlyHeaders) => string | undefined) | undefined
  /**
   * Ends a page or an action whose refusal is not a redirect (`allow` returned false, or no view is configured). With
   * `experimental.authInterrupts` it may call `forbidden()` and `unauthorized()`.
   *
   * @param refused - The refusal of the guard, with its reason.
   * @returns Never, because it must throw.
   * @default calls `notFound()`
   */
  readonly onRefusal?: ((refused: Refused) => never) | undefined
  /**
   * Receives an error of a wrapped route handler if the response has headers of this library (the cookies of a logout, or
   * `Vary`). The adapter then responds 500 itself, and `onRequestError` of `instrumentation.ts` does not receive the error.
   * Without such headers the error is rethrown to Next.js.
   *
   * @param error - The thrown value.
   * @param request - The request of the route handler.
   * @default console.error
   */
  readonly reportError?: ((error: unknown, request: NextRequest) => void | Promise<void>) | undefined
}

/** The manager and the options, shared by the parts of the adapter. */
export interface AdapterConfig<User, Guest> extends NextLoginOptions {
  readonly manager: LoginManager<User, Guest, string>
}

/** The second argument with which Next.js calls a route handler. */
export interface RouteContext {
  /** The promise of the route's parameters. */
  // biome-ignore lint/suspicious/noExplicitAny: the route's own parameters
  readonly params: Promise<any>
}

/**
 * A route handler that receives a value of this library between request and context.
 *
 * @param request - The request.
 * @param given - The user, or the `Auth` object.
 * @param context - The second argument of Next.js, with the parameters of the path.
 * @returns The response.
 */
export type RouteHandler<Given, Context extends RouteContext, Result extends Response> = (
  request: NextRequest,
  given: Given,
  context: Context,
) => Result | Promise<Result>

/**
 * A route handler as Next.js calls it: `export const GET = …`.
 *
 * @param request - The request.
 * @param context - The parameters of the path.
 * @returns The response, with the cookies of the login.
 */
export type Route<Context extends RouteContext> = (request: NextRequest, context: Context) => Promise<Response>

/** The props with which Next.js calls a page that has no parameters in its path. */
export interface PageProps {
  /** The parameters of the path. */
  // biome-ignore lint/complexity/noBannedTypes: Next.js types a route without parameters in this way
  readonly params: Promise<{}>
  /** The query. */
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>
}

/** A server component that is a page. */
export type Page<Props> = (props: Props) => ReactNode | Promise<ReactNode>

/** A page as Next.js calls it: `export default …`. */
export type GuardedPage<Props> = (props: Props) => Promise<ReactNode>

/** A guard that pages, layouts and server actions await. */
export type NextGuard<User> =
  /**
   * Returns the user that the guard authenticated. Redirects all other visitors. Without `await` it does not protect
   * the page: use {@link NextPageGuard} for a whole page.
   *
   * @example const user = await loginRequired()
   * @param policy - The conditions of the guard. Without it, every logged-in user passes.
   * @returns The user. For other visitors the promise rejects, and Next.js redirects.
   * @throws UsageError `invalid-argument` if the argument is not a policy, for example a route handler.
   * @throws StoreError `store-unavailable` if the session store cannot be read.
   */
  (policy?: Policy<User>) => Promise<User>

/**
 * A guard that wraps route handlers.
 *
 * @typeParam Exempt - The methods that the manager exempts. If there are any, the handler may run without a user.
 */
export interface NextRouteGuard<User, Exempt extends string = never> {
  /**
   * Returns a route handler for logged-in users. All other requests receive a redirect, 401 or 403.
   *
   * @example export const GET = withLoginRequired((request, user) => Response.json({ name: user.name }))
   * @param handler - Receives the request, the user and the parameters.
   * @param options - The policy of the guard.
   * @returns A route handler for Next.js.
   * @throws OptionsError `invalid-options` if an option is wrong.
   * @throws UsageError `invalid-argument` if `handler` is not a function.
   */
  // biome-ignore lint/complexity/noBannedTypes: Next.js types a route without parameters in this way
  <Context extends RouteContext = { params: Promise<{}> }, Result extends Response = Response>(
    handler: RouteHandler<[Exempt] extends [never] ? User : User | undefined, Context, Result>,
    options?: GuardOptions<User> & { readonly except?: undefined },
  ): Route<Context>
  /**
   * Returns a route handler for logged-in users. For the paths in `except` the handler runs without a user.
   *
   * @example export const GET = withLoginRequired((request, user) => Response.json({ name: user?.name }), { except: ['/api/v1'] })
   * @param handler - Receives the request, the user or undefined, and the parameters.
   * @param options - The policy of the guard, and its exceptions.
   * @returns A route handler for Next.js.
   * @throws OptionsError `invalid-options` if an option is wrong.
   * @throws UsageError `invalid-argument` if `handler` is not a function.
   */
  // biome-ignore lint/complexity/noBannedTypes: Next.js types a route without parameters in this way
  <Context extends RouteContext = { params: Promise<{}> }, Result extends Response = Response>(
    handler: RouteHandler<User | undefined, Context, Result>,
    options: GuardOptions<User>,
  ): Route<Context>
}

/** A guard that wraps pages. */
export interface NextPageGuard<User> {
  /**
   * Returns a page that renders only for logged-in users and receives the user as the prop `user`. All other visitors are
   * redirected before the page is called.
   *
   * @example export default loginRequiredPage(({ user }) => <h1>Hello {user.name}</h1>)
   * @param page - A server component that receives the user and the props of Next.js.
   * @param policy - The conditions of the guard. Without it, every logged-in user passes.
   * @returns A page for Next.js.
   * @throws OptionsError `invalid-options` if an option is wrong.
   * @throws UsageError `invalid-argument` if `page` is not a function, or is a client component.
   */
  (page: Page<PageProps & { readonly user: User }>, policy?: Policy<User>): GuardedPage<PageProps>
  /**
   * Returns such a page with the parameters of its path.
   *
   * @example
   * export default loginRequiredPage(async ({ user, params }: { user: User; params: Promise<{ id: string }> }) => (
   *   <p>{user.name} reads {(await params).id}</p>
   * ))
   * @param page - A server component that receives the user and its other props.
   * @param policy - The conditions of the guard. Without it, every logged-in user passes.
   * @returns A page for Next.js, without the prop `user`.
   * @throws OptionsError `invalid-options` if an option is wrong.
   * @throws UsageError `invalid-argument` if `page` is not a function, or is a client component.
   */
  <Props extends object>(
    page: Page<Props> & Page<Omit<Props, 'user'> & { readonly user: User }>,
    policy?: Policy<User>,
  ): GuardedPage<Omit<Props, 'user'>>
}

/** A guard for anonymous visitors that pages and server actions await. */
export type NextAnonymousGuard =
  /**
   * Resolves for anonymous visitors. Redirects logged-in users to the query's `next` if it is safe, else to `home`.
   *
   * @example await anonymousRequired({ home: '/dashboard' })
   * @param options - The path `home`.
   * @returns A promise that rejects for logged-in users, whom Next.js redirects.
   * @throws OptionsError `invalid-options` if an option is wrong.
   */
  (options?: AnonymousGuardOptions) => Promise<void>

/** A guard that wraps route handlers for anonymous requests. */
export type NextAnonymousRouteGuard<User, Guest> =
  /**
   * Returns a route handler for anonymous requests. Logged-in users are redirected, and programs receive 403.
   *
   * @example export const POST = withAnonymousRequired(async (request, auth) => Response.json({ url: await auth.nextUrl() }))
   * @param handler - Receives the request, the `Auth` object and the parameters.
   * @param options - The path `home`.
   * @returns A route handler for Next.js.
   * @throws OptionsError `invalid-options` if an option is wrong.
   * @throws UsageError `invalid-argument` if `handler` is not a function.
   */
  // biome-ignore lint/complexity/noBannedTypes: Next.js types a route without parameters in this way
  <Context extends RouteContext = { params: Promise<{}> }, Result extends Response = Response>(
    handler: RouteHandler<Auth<User, Guest>, Context, Result>,
    options?: AnonymousGuardOptions,
  ) => Route<Context>

/** A guard that wraps pages for anonymous visitors. */
export type NextAnonymousPageGuard =
  /**
   * Returns a page that renders only for anonymous visitors. Logged-in users are redirected before the page is called.
   *
   * @example export default anonymousRequiredPage(() => <LoginForm />, { home: '/dashboard' })
   * @param page - A server component that receives the props of Next.js.
   * @param options - The path `home`.
   * @returns A page for Next.js.
   * @throws OptionsError `invalid-options` if an option is wrong.
   * @throws UsageError `invalid-argument` if `page` is not a function, or is a client component.
   */
  <Props extends object = PageProps>(page: Page<Props>, options?: AnonymousGuardOptions) => GuardedPage<Props>

/** Returns the `Auth` object if it is awaited, and a route handler if it receives one. */
export interface NextAuth<User, Guest> {
  /**
   * Returns the `Auth` object of this request. In a page or layout it is read-only. In a server action each operation
   * writes its cookies before it resolves.
   *
   * @returns The `Auth` object, the same for the whole request.
   * @throws UsageError `read-only` from operations that write, in a page or layout.
   */
  (): Promise<Auth<User, Guest>>
  /**
   * Returns a route handler that receives the `Auth` object, for every request.
   *
   * @example export const POST = auth(async (request, auth) => { await auth.logoutUser(); return Response.json({}) })
   * @param handler - Receives the request, the `Auth` object and the parameters.
   * @returns A route handler for Next.js.
   * @throws UsageError `invalid-argument` if the argument is not a function.
   */
  // biome-ignore lint/complexity/noBannedTypes: Next.js types a route without parameters in this way
  <Context extends RouteContext = { params: Promise<{}> }, Result extends Response = Response>(
    handler: RouteHandler<Auth<User, Guest>, Context, Result>,
  ): Route<Context>
}

/** The result of {@link nextLogin}: `const { loginProxy, loginRequired, loginRequiredPage, auth } = nextLogin(manager)`. */
export interface NextLogin<User, Guest = null, Exempt extends string = never> {
  /**
   * The proxy: `export const proxy = loginProxy` in `proxy.ts`. It renews and restores logins for the pages behind it, and
   * refuses forged requests. It does not guard pages: each page, action and route handler needs its own guard.
   *
   * @param request - The request of Next.js.
   * @returns The response for the browser, or the request for the page with the changed cookies.
   * @throws UsageError `invalid-argument` if the argument is not a request.
   */
  readonly loginProxy: (request: NextRequest) => Promise<Response>
  /** Returns the logged-in user to a page, layout or action that awaits it. */
  readonly loginRequired: NextGuard<User>
  /** Returns the user if the login is fresh, and at most `withinSeconds` old if that is set. */
  readonly freshLoginRequired: NextGuard<User>
  /** Resolves for anonymous visitors only. */
  readonly anonymousRequired: NextAnonymousGuard
  /** Wraps a route handler for logged-in users. */
  readonly withLoginRequired: NextRouteGuard<User, Exempt>
  /** Wraps a route handler for users whose login is fresh. */
  readonly withFreshLoginRequired: NextRouteGuard<User, Exempt>
  /** Wraps a route handler for anonymous requests. */
  readonly withAnonymousRequired: NextAnonymousRouteGuard<User, Guest>
  /** Wraps a page for logged-in users. */
  readonly loginRequiredPage: NextPageGuard<User>
  /** Wraps a page for users whose login is fresh. */
  readonly freshLoginRequiredPage: NextPageGuard<User>
  /** Wraps a page for anonymous visitors. */
  readonly anonymousRequiredPage: NextAnonymousPageGuard
  /** Returns the `Auth` object of this request. */
  readonly auth: NextAuth<User, Guest>
}
