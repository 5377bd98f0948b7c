// For runtimes that speak Fetch API by themselves: Workers, Bun.serve, Deno.serve. Handler in, handler out.
import type { Auth } from './auth'
import { checkRequest, commit } from './auth-operations'
import { assertFunction } from './base/argument'
import { UsageError } from './base/errors'
import type { LoginManager, LoginManagerOptions } from './manager'
import { type ManagerSource, managerResolver } from './manager-resolver'
import { getAuthMap } from './request/request-map'

/** What a handler gives back when it throws. Default: the error is thrown on, and the runtime answers it. */
export interface WithLoginOptions<Rest extends readonly unknown[]> {
  /** The client's address, for a fingerprint that looks at it: from the runtime's own arguments. Default: unknown. */
  readonly address?: (request: Request, ...rest: Rest) => string | undefined
  /** Answers an error of the handler; what was done before it (a login) is sent along. */
  readonly onError?: ((error: unknown, request: Request) => Response | Promise<Response>) | undefined
}

/**
 * Gives a Fetch API handler the handle of each request, and puts the cookies onto its answer.
 *
 * @example
 * export default { fetch: withLogin(manager, async (request, auth) => new Response(`Hello ${(await auth.currentUser())?.name}`)) }
 * @throws OptionsError `invalid-options` where the fingerprint needs an address and `address` is missing.
 */
export function withLogin<User, Guest, Rest extends readonly unknown[]>(
  source: LoginManager<User, Guest, string>,
  handler: Handler<User, Guest, Rest>,
  options?: WithLoginOptions<Rest>,
): (request: Request, ...rest: Rest) => Promise<Response>
/**
 * On Workers, where the secrets come with the request, the manager is made of what the runtime hands over second (`env`).
 *
 * @example
 * export default { fetch: withLogin((env: Env) => ({ ...options, secrets: env.LOGIN_SECRET }), (request, auth) => answer(auth)) }
 * @throws OptionsError `invalid-options` when the first request brings an `env`.
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
  const managerOf = managerResolver(source, 'withLogin()', options.address !== undefined)
  return async (request, ...rest) => {
    const manager = managerOf(rest[0])
    const auths = getAuthMap<Auth<User, Guest> | undefined>(manager)
    const outer = auths.get(request)
    // Whoever opened the request commits its Auth object.
    if (outer !== undefined) return assertResponse(await handler(request, outer, ...rest))
    const auth = manager.open(request, { address: options.address?.(request, ...rest) })
    auths.set(request, auth)
    try {
      return commit(auth, await respond(request, auth, handler, rest, options))
    } finally {
      // The same Request object may be served again.
      auths.set(request, undefined)
    }
  }
}

type Handler<User, Guest, Rest extends readonly unknown[]> = (
  request: Request,
  auth: Auth<User, Guest>,
  ...rest: Rest
) => Response | Promise<Response>

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

/** Also one of another realm is a response: it is known by what it has. */
function assertResponse(answer: Response | undefined): Response {
  if (answer?.headers !== undefined) return answer
  throw new UsageError(
    'no-response',
    `The handler of withLogin() gave ${String(answer)} instead of a Response: return one, or that of a refusal, decision.respond().`,
  )
}
