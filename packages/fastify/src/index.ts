// @fetch-login/fastify: the handle of each request, guards as hooks, and the cookies on the way out. It translates and
// decides nothing.
import { type Auth, type GuardOptions, type HeaderTarget, type LoginManager, UsageError } from '@fetch-login/core'
import { commitOnHeaders, nodeRequestView } from '@fetch-login/core/node'
import type { FastifyPluginCallback, FastifyReply } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { FastifyGuardHook, FastifyLogin, FastifyLoginOptions } from './types'

export type { FastifyGuard, FastifyGuardHook, FastifyLogin, FastifyLoginOptions, GuardedReply } from './types'

/**
 * Login for Fastify.
 *
 * @example
 * export const { loginManager, loginRequired, freshLoginRequired, auth } = fastifyLogin(manager)
 * await app.register(loginManager)
 * app.get('/dashboard', { preHandler: loginRequired() }, (request) => `Hello ${auth(request).user.name}`)
 */
export function fastifyLogin<User, Guest = null>(
  manager: LoginManager<User, Guest>,
  { property = 'auth', address }: FastifyLoginOptions = {},
): FastifyLogin<User, Guest> {
  const handles = new WeakMap<object, Auth<User, Guest>>()

  const auth = (request: { readonly raw: object }): Auth<User, Guest> => {
    const handle = handles.get(request.raw)
    if (handle !== undefined) return handle
    throw new UsageError(
      'not-installed',
      'loginManager has not run for this request: app.register(loginManager) before the routes that use it.',
    )
  }

  const plugin: FastifyPluginCallback = (app, _options, done) => {
    app.decorateRequest(property, null)
    app.addHook('onRequest', async (request, reply) => {
      const handle = manager.open(nodeRequestView(request.raw, request), { address: address?.(request) })
      handles.set(request.raw, handle)
      Object.assign(request, { [property]: handle })
      commitOnHeaders(reply.raw, handle)
      const refused = await handle.admit()
      if (refused !== null) return reply.send(await refused.respond())
    })
    app.addHook('onSend', async (request, reply, payload) => {
      const handle = handles.get(request.raw)
      if (!(payload instanceof Response)) return void handle?.commitHeaders(headersOf(reply))
      const answer = new Response(payload.body, payload)
      handle?.commitHeaders(headersOf(reply, answer.headers))
      return answer
    })
    done()
  }

  const guard = (options: GuardOptions<User>): FastifyGuardHook => {
    const decide = manager.guard(options)
    return async (request, reply) => {
      const outcome = await decide(auth(request))
      return outcome.ok ? undefined : reply.send(await outcome.respond())
    }
  }

  return {
    loginManager: fastifyPlugin(plugin, { name: '@fetch-login/fastify', fastify: '5.x' }),
    loginRequired: (options = {}) => guard(options),
    freshLoginRequired: (options = {}) => guard({ ...options, fresh: true }),
    auth,
  }
}

/** The headers of a reply. Those of a Fetch API response are put onto it after every hook, in their place. */
function headersOf(reply: FastifyReply, own?: Headers): HeaderTarget {
  const get = (name: string): string | null => {
    const value = reply.getHeader(name)
    return value === undefined ? null : String(value)
  }
  return {
    get: (name) => own?.get(name) ?? get(name),
    set: (name, value) => void (own === undefined ? reply.header(name, value) : own.set(name, value)),
    append: (name, value) => void reply.header(name, value),
  }
}
