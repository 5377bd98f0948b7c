// Wrong calls of each export throw an error of the library that names the remedy, or respond to a request with it. None of
// them leaves a rejected promise, which would end the process.
import { createLoginManager, LoginError } from '@fetch-login/core'
import { Hono } from 'hono'
import { afterAll, describe, expect, it } from 'vitest'
import * as adapter from './index'

const rejections: unknown[] = []
const recordRejection = (reason: unknown): void => void rejections.push(reason)
process.on('unhandledRejection', recordRejection)
afterAll(async () => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  process.off('unhandledRejection', recordRejection)
  expect(rejections).toEqual([])
})

const options = { secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR', loadUser: (id: string): { id: string } => ({ id }) }
const manager = createLoginManager(options)
const { honoLogin } = adapter
const login = honoLogin(manager)
// biome-ignore lint/suspicious/noExplicitAny: the test passes wrong arguments
const toAny = (value: unknown): any => value

/** Wrong calls, which throw synchronously. */
const CALLS: Readonly<Record<string, readonly (readonly [string, () => unknown])[]>> = {
  honoLogin: [
    ['without a manager', () => honoLogin(toAny(undefined))],
    ['with options instead of the manager', () => honoLogin(toAny(options))],
    ['with a context', () => honoLogin(toAny({ req: {}, env: {} }))],
  ],
  loginMiddleware: [
    ['called', () => toAny(login.loginMiddleware)()],
    ['called with a manager', () => toAny(login.loginMiddleware)(manager)],
    ['called without next', () => toAny(login.loginMiddleware)({ req: {}, env: {} })],
  ],
  loginRequired: [
    ['called twice', () => toAny(login.loginRequired())()],
    ['with a handler', () => login.loginRequired(toAny(() => new Response()))],
    ['with a path', () => login.loginRequired(toAny('/x'))],
  ],
  anonymousRequired: [
    ['called twice', () => toAny(login.anonymousRequired())()],
    ['with a handler', () => login.anonymousRequired(toAny(() => new Response()))],
    ['with a path', () => login.anonymousRequired(toAny('/x'))],
  ],
  freshLoginRequired: [
    ['called twice', () => toAny(login.freshLoginRequired())()],
    ['with a handler', () => login.freshLoginRequired(toAny(() => new Response()))],
  ],
  auth: [
    ['without a context', () => login.auth(toAny(undefined))],
    ['with a request', () => login.auth(toAny(new Request('https://app.test/')))],
  ],
}

/** Wrong middleware and handlers, which respond to a request with the error. */
const MISPLACED: Readonly<Record<string, (app: Hono) => unknown>> = {
  'app.use(honoLogin)': (app) => app.use(toAny(honoLogin)),
  'app.use(loginRequired)': (app) => app.use(toAny(login.loginRequired)),
  'app.use(anonymousRequired)': (app) => app.use(toAny(login.anonymousRequired)),
  'app.use(freshLoginRequired)': (app) => app.use(toAny(login.freshLoginRequired)),
  'app.use(auth)': (app) => app.use(login.loginMiddleware, toAny(login.auth)),
  "app.get('/', auth)": (app) => app.get('/', login.loginMiddleware, toAny(login.auth)),
  'a guard without loginMiddleware': (app) => app.use(login.loginRequired()),
  'honoLogin(createLoginManager)': (app) => app.use(honoLogin(toAny(createLoginManager)).loginMiddleware),
  'honoLogin(async () => manager)': (app) => app.use(honoLogin(toAny(async () => manager)).loginMiddleware),
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
    const app = new Hono()
    const errors: unknown[] = []
    let ran = false
    app.onError((error, c) => {
      errors.push(error)
      return c.text('error', 500)
    })
    install(app)
    app.get('/', (c) => {
      ran = true
      return c.text('secret')
    })
    expect((await app.request('/')).status).toBe(500)
    expect([errors.length, errors[0] instanceof LoginError, ran]).toEqual([1, true, false])
  },
)

it('app.use(loginMiddleware()) throws a UsageError that names app.use(loginMiddleware)', () => {
  expect(() => new Hono().use(toAny(login.loginMiddleware)())).toThrow(/app\.use\(loginMiddleware\)/)
})
