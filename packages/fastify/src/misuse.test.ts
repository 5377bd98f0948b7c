// Wrong calls of each export throw an error of the library that names the remedy, or respond to a request with it. None of
// them leaves a rejected promise, which would end the process.
import { createLoginManager, LoginError } from '@fetch-login/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import * as adapter from './index'

expectQuietProcess()

const options = { secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR', loadUser: (id: string): { id: string } => ({ id }) }
const manager = createLoginManager(options)
const { fastifyLogin } = adapter
const login = fastifyLogin(manager)
// biome-ignore lint/suspicious/noExplicitAny: the test passes wrong arguments
const toAny = (value: unknown): any => value

/** Wrong calls, which throw synchronously. */
const CALLS: Readonly<Record<string, readonly (readonly [string, () => unknown])[]>> = {
  fastifyLogin: [
    ['without a manager', () => fastifyLogin(toAny(undefined))],
    ['with options instead of the manager', () => fastifyLogin(toAny(options))],
    ['with createLoginManager itself', () => fastifyLogin(toAny(createLoginManager))],
    ['with a promise of a manager', () => fastifyLogin(toAny(Promise.resolve(manager)))],
  ],
  loginPlugin: [
    ['called', () => toAny(login.loginPlugin)()],
    ['called with a manager', () => toAny(login.loginPlugin)(manager)],
  ],
  loginRequired: [
    ['called twice', () => toAny(login.loginRequired())()],
    ['with a handler', () => login.loginRequired(toAny(() => undefined))],
    ['with a path', () => login.loginRequired(toAny('/x'))],
  ],
  anonymousRequired: [
    ['called twice', () => toAny(login.anonymousRequired())()],
    ['with a handler', () => login.anonymousRequired(toAny(() => undefined))],
    ['with a path', () => login.anonymousRequired(toAny('/x'))],
  ],
  freshLoginRequired: [
    ['called twice', () => toAny(login.freshLoginRequired())()],
    ['with a handler', () => login.freshLoginRequired(toAny(() => undefined))],
  ],
  auth: [
    ['without a request', () => login.auth(toAny(undefined))],
    ['with another object', () => login.auth(toAny({}))],
  ],
}

/** Wrong hooks and handlers, which respond to a request with the error. */
const MISPLACED: Readonly<Record<string, (app: FastifyInstance) => unknown>> = {
  "addHook('onRequest', fastifyLogin)": (app) => app.addHook('onRequest', toAny(fastifyLogin)),
  "addHook('onRequest', loginPlugin)": (app) => app.addHook('onRequest', toAny(login.loginPlugin)),
  "addHook('onRequest', loginRequired)": (app) => app.addHook('onRequest', toAny(login.loginRequired)),
  "addHook('onRequest', anonymousRequired)": (app) => app.addHook('onRequest', toAny(login.anonymousRequired)),
  "addHook('preHandler', freshLoginRequired)": (app) => app.addHook('preHandler', toAny(login.freshLoginRequired)),
  "addHook('onRequest', auth)": (app) =>
    app.register(login.loginPlugin).after(() => app.addHook('onRequest', toAny(login.auth))),
  'a guard without loginPlugin': (app) => app.addHook('onRequest', login.loginRequired()),
}

it('covers each export and each function that the adapter returns', () => {
  expect(Object.keys(CALLS).toSorted()).toEqual([...Object.keys(adapter), ...Object.keys(login)].toSorted())
})

describe.each(Object.entries(CALLS))('%s', (_name, calls) => {
  it.each(calls)('throws an error of the library at once: %s', (_name, call) => {
    expect(call).toThrow(LoginError)
  })
})

it.each(Object.entries(MISPLACED))(
  '%s responds with an error of the library, and does not run a handler',
  async (_name, install) => {
    const app = Fastify()
    const errors: unknown[] = []
    let ran = false
    app.setErrorHandler((error, _request, reply) => {
      errors.push(error)
      return reply.code(500).send('error')
    })
    install(app)
    app.get('/', () => {
      ran = true
      return 'secret'
    })
    expect((await app.inject('/')).statusCode).toBe(500)
    expect([errors.length, errors[0] instanceof LoginError, ran]).toEqual([1, true, false])
    await app.close()
  },
)

it('app.register(fastifyLogin) rejects with an error of the library', async () => {
  const app = Fastify()
  app.register(toAny(fastifyLogin))
  await expect(app.ready()).rejects.toBeInstanceOf(LoginError)
})
