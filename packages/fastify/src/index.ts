// @fetch-login/fastify: the handle of each request, guards as hooks, and the cookies on the way out. It translates and
// decides nothing.
import { type Auth, type Guard, type LoginManager, OptionsError, UsageError } from '@fetch-login/core'
import {
  checkRequest,
  commitHeaders,
  createArgumentError,
  createRequestMap,
  getAuthMap,
  managerResolver,
  withFreshness,
} from '@fetch-login/core/adapter'
import { commitOnHeaders, nodeRequestView } from '@fetch-login/core/node'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { assertRequest, hookOf } from './hook'
import { ReplyHeaders } from './reply'
import type { AnyRequest, FastifyGuardHook, FastifyLogin, FastifyLoginOptions } from './types'

export type {
  AnyReply,
  AnyRequest,
  FastifyGuard,
  FastifyGuardHook,
  FastifyLogin,
  FastifyLoginOptions,
} from './types'

/** A request and the headers of its answer. */
interface Opened<User, Guest> {
  readonly handle: Auth<User, Guest>
  readonly headers: ReplyHeaders
}

/**
 * Login for Fastify.
 *
 * @example
 * export const { loginPlugin, loginRequired, freshLoginRequired, auth } = fastifyLogin(manager)
 * await app.register(loginPlugin)
 * app.get('/dashboard', { preHandler: loginRequired() }, (request) => `Hello ${auth(request).user.name}`)
 * @throws UsageError `two-copies` if another copy of core created the manager.
 */
export function fastifyLogin<User, Guest = null>(
  given: LoginManager<User, Guest, string>,
  { property = 'auth', address }: FastifyLoginOptions = {},
  ...more: unknown[]
): FastifyLogin<User, Guest> {
  // Registered as a plugin: an error that is thrown there would end the process.
  if (typeof more[0] === 'function') return more[0](notRegistered())
  const manager = managerResolver(given, 'fastifyLogin()', true)(undefined)
  const opened = createRequestMap<object, Opened<User, Guest>>()
  const auths = getAuthMap<Auth<User, Guest>>(manager)
  const installed = Symbol(property)

  const auth = (request: AnyRequest, ...more: unknown[]): Auth<User, Guest> => {
    if (more.length > 0) throw createArgumentError('auth is not a handler or a hook: call auth(request) inside of one.')
    assertRequest(request, 'auth', 'auth(request)')
    const handle = auths.get(request.raw)
    if (handle !== undefined) return handle
    throw new UsageError(
      'not-installed',
      'loginPlugin has not run for this request: app.register(loginPlugin) before the routes, scopes and hooks that use it.',
    )
  }

  // Two registrations may meet in one request (a scope's, then that of the app around it), and an app may route one anew.
  const open = hookOf((any, anyReply) => {
    const [request, reply] = [any as FastifyRequest, anyReply as FastifyReply]
    const known = auths.get(request.raw)
    const handle = known ?? openedFor(request)
    auths.set(request.raw, handle)
    opened.set(request.raw, { handle, headers: new ReplyHeaders(reply) })
    ;(request as unknown as Record<string, unknown>)[property] = handle
    if (known !== undefined) return null
    commitOnHeaders(reply.raw, handle)
    return checkRequest(handle)
  })

  const openedFor = (request: FastifyRequest): Auth<User, Guest> => {
    const view = nodeRequestView(request.raw, request)
    return manager.open(view, { address: address?.(request), readOnly: isUpgrade(request.raw) })
  }

  /** No async function: called in the place of a plugin, it throws there, and leaves no rejected promise. */
  const plugin: FastifyPluginAsync = (app) => {
    if (typeof app?.hasDecorator !== 'function') throw notRegistered()
    return installedIn(app)
  }

  const installedIn = async (app: FastifyInstance): Promise<void> => {
    // Here already, or in a scope above: one handle a request.
    if (app.hasDecorator(installed)) return
    decorate(app, property)
    app.decorate(installed, true)
    app.addHook('onRequest', open)
    app.addHook('onSend', (request, _reply, payload, next) => {
      const reply = opened.get(request.raw)
      if (reply?.headers !== undefined) commitHeaders(reply.handle, reply.headers.send(payload))
      next(null, reply?.headers?.payload ?? payload)
    })
  }

  const guard = (decide: Guard<User, Guest>): FastifyGuardHook => hookOf((request) => decide(auth(request)))

  return {
    loginPlugin: fastifyPlugin(plugin, { name: '@fetch-login/fastify', fastify: '5.x' }),
    loginRequired: (options = {}) => guard(manager.guard(options)),
    freshLoginRequired: (options = {}) => guard(manager.guard(withFreshness(options))),
    anonymousRequired: (options = {}) => guard(manager.guardAnonymous(options)),
    auth,
  }
}

function notRegistered(): UsageError {
  return new UsageError(
    'not-installed',
    'loginPlugin is a plugin, and neither a hook nor to be called: app.register(loginPlugin) instead of app.register(loginPlugin()) or app.register(fastifyLogin).',
  )
}

/** Before any request, so that all requests have one shape. */
function decorate(app: FastifyInstance, property: string): void {
  if (!app.hasRequestDecorator(property)) return void app.decorateRequest(property, null)
  const message = `request.${property} is there already: choose another name for each manager, such as 'staff'`
  throw new OptionsError('fastifyLogin()', [{ path: 'property', message }])
}

/** Node says so where the connection is about to leave HTTP (a WebSocket): no answer will carry cookies. */
function isUpgrade(request: object): boolean {
  return 'upgrade' in request && request.upgrade === true
}
