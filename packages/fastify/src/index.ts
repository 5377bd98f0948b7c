// @fetch-login/fastify creates the Auth object of each request, turns guards into hooks, and writes the cookies to the
// reply. It does not make decisions itself.
import { type Auth, type Guard, type LoginManager, OptionsError, UsageError } from '@fetch-login/core'
import {
  checkRequest,
  commitHeaders,
  createArgumentError,
  createRequestMap,
  getAuthMap,
  managerResolver,
  recordGuard,
  withFreshness,
} from '@fetch-login/core/adapter'
import { commitOnHeaders, nodeRequestView, toError } from '@fetch-login/core/node'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { assertRequest, createHook } from './hook'
import { failHijacked, ReplyHeaders } from './reply'
import type { AnyRequest, FastifyGuardHook, FastifyLogin, FastifyLoginOptions } from './types'

export type {
  AnyReply,
  AnyRequest,
  FastifyGuard,
  FastifyGuardHook,
  FastifyLogin,
  FastifyLoginOptions,
} from './types'

/** The `Auth` object of a request and the headers of its reply. */
interface OpenedRequest<User, Guest> {
  readonly auth: Auth<User, Guest>
  readonly headers: ReplyHeaders
}

/**
 * Creates the login functions of a Fastify app.
 *
 * @example
 * export const { loginPlugin, loginRequired, freshLoginRequired, auth } = fastifyLogin(manager)
 * await app.register(loginPlugin)
 * app.get('/dashboard', { preHandler: loginRequired() }, (request) => `Hello ${auth(request).user.name}`)
 * @param given - The login manager.
 * @param options - The name of the request property, and the address of the client.
 * @returns The plugin, the guards, and `auth(request)`.
 * @throws UsageError `invalid-argument` if the first argument is not a manager.
 * @throws UsageError `two-copies` if another copy of core created the manager.
 */
export function fastifyLogin<User, Guest = null>(
  given: LoginManager<User, Guest, string>,
  { property = 'auth', address }: FastifyLoginOptions = {},
  ...more: unknown[]
): FastifyLogin<User, Guest> {
  // The app registered it as a plugin by mistake. Fastify would not catch a thrown error, and the process would end.
  if (typeof more[0] === 'function') return more[0](createRegistrationError())
  const manager = managerResolver(given, 'fastifyLogin()', true)(undefined)
  const openedRequests = createRequestMap<object, OpenedRequest<User, Guest>>()
  const auths = getAuthMap<Auth<User, Guest>>(manager)
  const installed = Symbol(property)

  const auth = (request: AnyRequest, ...more: unknown[]): Auth<User, Guest> => {
    if (more.length > 0)
      throw createArgumentError(
        'auth() must receive the request and no other argument. It is not a handler or a hook: call auth(request) inside of one.',
      )
    assertRequest(request, 'auth', 'auth(request)')
    const found = auths.get(request.raw)
    if (found !== undefined) return found
    throw new UsageError(
      'not-installed',
      'loginPlugin has not run for this request. Call app.register(loginPlugin) before the routes, scopes and hooks that use it.',
    )
  }

  // The hook may run twice for one request: in a scope and in the app around it, or if the app routes the request again.
  const openAuth = createHook((any, anyReply) => {
    const [request, reply] = [any as FastifyRequest, anyReply as FastifyReply]
    const known = auths.get(request.raw)
    const opened = known ?? openRequest(request)
    auths.set(request.raw, opened)
    openedRequests.set(request.raw, { auth: opened, headers: new ReplyHeaders(reply) })
    ;(request as unknown as Record<string, unknown>)[property] = opened
    if (known !== undefined) return null
    commitOnHeaders(reply.raw, opened, (error) => failHijacked(reply, error))
    return checkRequest(opened)
  })

  const openRequest = (request: FastifyRequest): Auth<User, Guest> => {
    const view = nodeRequestView(request.raw, request)
    return manager.open(view, { address: address?.(request), readOnly: isUpgrade(request.raw) })
  }

  // The function is not async: a wrong call throws at once instead of leaving a rejected promise.
  const plugin: FastifyPluginAsync = (app) => {
    if (typeof app?.hasDecorator !== 'function') throw createRegistrationError()
    return install(app)
  }

  const install = async (app: FastifyInstance): Promise<void> => {
    // The plugin is already registered in this scope or a parent scope.
    if (app.hasDecorator(installed)) return
    decorate(app, property)
    app.decorate(installed, true)
    app.addHook('onRequest', openAuth)
    app.addHook('onSend', (request, reply, payload, next) => {
      const opened = openedRequests.get(request.raw)
      try {
        if (opened !== undefined) {
          const headers = opened.headers.setPayload(payload)
          commitHeaders(opened.auth, headers, headers.status)
        }
      } catch (error) {
        for (const name of STALE_HEADERS) reply.removeHeader(name)
        return next(toError(error) as Error)
      }
      next(null, opened?.headers.payload ?? payload)
    })
  }

  const createGuard = (guard: Guard<User, Guest>): FastifyGuardHook => {
    const markRun = recordGuard()
    return createHook((request) => {
      markRun()
      return guard(auth(request))
    })
  }

  return {
    loginPlugin: fastifyPlugin(plugin, { name: '@fetch-login/fastify', fastify: '5.x' }),
    loginRequired: (options = {}) => createGuard(manager.guard(options)),
    freshLoginRequired: (options = {}) => createGuard(manager.guard(withFreshness(options))),
    anonymousRequired: (options = {}) => createGuard(manager.guardAnonymous(options)),
    auth,
  }
}

/** Headers that describe the response that is not sent. */
const STALE_HEADERS = ['content-encoding', 'content-length', 'etag', 'last-modified', 'location', 'transfer-encoding']

function createRegistrationError(): UsageError {
  return new UsageError(
    'not-installed',
    'loginPlugin is a plugin, not a hook, and the app must not call it. Write app.register(loginPlugin) instead of app.register(loginPlugin()) or app.register(fastifyLogin).',
  )
}

/** Declares the property before any request, so that all request objects have the same shape. */
function decorate(app: FastifyInstance, property: string): void {
  if (!app.hasRequestDecorator(property)) return void app.decorateRequest(property, null)
  const message = `request.${property} exists already: choose another name for each manager, such as 'staff'`
  throw new OptionsError('fastifyLogin()', [{ path: 'property', message }])
}

/** Returns whether the connection switches to another protocol (a WebSocket), whose response cannot carry cookies. */
function isUpgrade(request: object): boolean {
  return 'upgrade' in request && request.upgrade === true
}
