// The adapter for runtimes whose handlers use the Fetch API: Workers, Bun.serve, Deno.serve.
import type { Auth } from './auth'
import { checkRequest, commit } from './auth-operations'
import { assertFunction } from './base/argument'
import { UsageError } from './base/errors'
import type { LoginManager, LoginManagerOptions } from './manager'
import { type ManagerSource, managerResolver } from './manager-resolver'
import { getAuthMap } from './request/request-map'

/** Options of `withLogin()`. */
export interface WithLoginOptions<Rest extends readonly unknown[]> {
  /**
   * Returns the address of the client from the arguments of the runtime, for a fingerprint that includes it.
   *
   * @default none: the address is unknown
   */
  readonly address?: (request: Request, ...rest: Rest) => string | undefined
  /**
   * Creates the response if the handler throws. Completed operations, such as a login, still set their cookies on it.
   *
   * @default none: the error is thrown to the runtime
   */
  readonly onError?: ((error: unknown, request: Request) => Response | Promise<Response>) | undefined
}

/**
 * Wraps a Fetch API handler. The handler receives the `Auth` object of the request, and its response gets the cookies.
 *
 * @param source - The login manager.
 * @param handler - Receives the request, the `Auth` object, and further arguments of the runtime.
 * @param options - The address of the client, and a handler of errors.
 * @returns A handler for the runtime.
 * @example export default { fetch: withLogin(manager, async (request, auth) => new Response(`Hello ${(await
 *   auth.currentUser())?.name}`)) }
 * @throws OptionsError `invalid-options` if the fingerprint includes the address and `options.address` is missing.
 */
export function withLogin<User, Guest, Rest extends readonly unknown[]>(
  source: LoginManager<User, Guest, string>,
  handler: Handler<User, Guest, Rest>,
  options?: WithLoginOptions<Rest>,
): (request: Request, ...rest: Rest) => Promise<Response>
/**
 * Wraps a handler for Workers, whose secrets are in the bindings (`env`), the second argument of the runtime.
 *
 * @param source - Returns the manager or its options for an `env` object. It is called once for each `env` object.
 * @param handler - Receives the request, the `Auth` object, `env`, and further arguments of the runtime.
 * @param options - The address of the client, and a handler of errors.
 * @returns A handler for the runtime.
 * @example export default { fetch: withLogin((env: Env) => ({ ...options, secrets: env.LOGIN_SECRET }), (request, auth)
 *   => respond(auth)) }
 * @throws OptionsError `invalid-options` at the first request with an `env`, if the options are invalid.
 */
export function withLogin<User, Env, Rest extends readonly unknown[], Guest = null>(
  source: (env: Env) => LoginManager<User, Guest, string> | LoginManagerOptions<User, Guest, string>,
  handler: (request: Request, auth: Auth<User, Guest>, env: Env, ...rest: Rest) => Response | Promise<Response>,
  options?: WithLoginOptions<readonly [env: Env, ...rest: Rest]>,
): (request: Request, env: Env, ...rest: Rest) => Promise<Response>
export function withLogin<User, Guest, Rest extends readonly unknown[]>(
  source: ManagerSource<User, Guest>,
  handler: Handler<User, Guest, Rest>,
  options: WithLoginOptions<Rest> = {},
): (request: Request, ...rest: Rest) => Promise<Response> {
  assertFunction(handler, 'The handler of withLogin()', 'Call withLogin(manager, (request, auth) => response).')
  const resolveManager = managerResolver(source, 'withLogin()', options.address !== undefined)
  return async (request, ...rest) => {
    const manager = resolveManager(rest[0])
    const auths = getAuthMap<Auth<User, Guest> | undefined>(manager)
    const outer = auths.get(request)
    // The outer withLogin() created the Auth object and commits it.
    if (outer !== undefined) return assertResponse(await handler(request, outer, ...rest))
    const auth = manager.open(request, { address: options.address?.(request, ...rest) })
    auths.set(request, auth)
    try {
      return await commitOrReport(request, auth, await respond(request, auth, handler, rest, options), options)
    } finally {
      // The app may handle the same Request object again.
      auths.set(request, undefined)
    }
  }
}

type Handler<User, Guest, Rest extends readonly unknown[]> = (
  request: Request,
  auth: Auth<User, Guest>,
  ...rest: Rest
) => Response | Promise<Response>

/** Commits the response. A change without `await` is an error of the handler, so `onError` receives it. */
async function commitOrReport<User, Guest, Rest extends readonly unknown[]>(
  request: Request,
  auth: Auth<User, Guest>,
  response: Response,
  { onError }: WithLoginOptions<Rest>,
): Promise<Response> {
  try {
    return commit(auth, response)
  } catch (error) {
    if (onError === undefined) throw error
    return commit(auth, await onError(error, request))
  }
}

async function respond<User, Guest, Rest extends readonly unknown[]>(
  request: Request,
  auth: Auth<User, Guest>,
  handler: Handler<User, Guest, Rest>,
  rest: Rest,
  { onError }: WithLoginOptions<Rest>,
): Promise<Response> {
  try {
    const refused = await checkRequest(auth)
    return refused === null ? assertResponse(await handler(request, auth, ...rest)) : await refused.respond()
  } catch (error) {
    if (onError === undefined) throw error
    return onError(error, request)
  }
}

/** Accepts every object with headers, because a response of another realm is not an instance of `Response`. */
function assertResponse(response: Response | undefined): Response {
  if (response?.headers !== undefined) return response
  throw new UsageError(
    'no-response',
    `The handler of withLogin() must return a Response, but returned ${String(response)}. Return a Response, or that of a refusal: decision.respond().`,
  )
}
