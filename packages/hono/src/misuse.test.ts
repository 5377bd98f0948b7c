// Wrong calls of each export cause an error of the library that names the remedy, at once or as the response to a request, and
// never a rejected promise that ends the process.
import { createLoginManager, LoginError } from '@fetch-login/core'
import { Hono } from 'hono'
import { afterAll, describe, expect, it } from 'vitest'
import * as adapter from './index'

const rejections: unknown[] = []
const note = (reason: unknown): void => void rejections.push(reason)
process.on('unhandledRejection', note)
afterAll(async () => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  process.off('unhandledRejection', note)
  expect(rejections).toEqual([])
})

const options = { secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR', loadUser: (id: string): { id: string } => ({ id }) }
const manager = createLoginManager(options)
const { honoLogin } = adapter
const login = honoLogin(manager)
// biome-ignore lint/suspicious/noExplicitAny: the test passes wrong arguments
const wrong = (value: unknown): any => value

/** Wrong calls, which throw synchronously. */
const CALLS: Readonly<Record<string, readonly (readonly [string, () => unknown])[]>> = {
  honoLogin: [
    ['without a manager', () => honoLogin(wrong(undefined))],
    ['with options in the place of the manager', () => honoLogin(wrong(options))],
    ['with a context', () => honoLogin(wrong({ req: {}, env: {} }))],
  ],
  loginMiddleware: [
    ['called', () => wrong(login.loginMiddleware)()],
    ['called with a manager', () => wrong(login.loginMiddleware)(manager)],
    ['called without next', () => wrong(login.loginMiddleware)({ req: {}, env: {} })],
  ],
  loginRequired: [
    ['called twice', () => wrong(login.loginRequired())()],
    ['with a handler', () => login.loginRequired(wrong(() => new Response()))],
    ['with a path', () => login.loginRequired(wrong('/x'))],
  ],
  anonymousRequired: [
    ['called twice', () => wrong(login.anonymousRequired())()],
    ['with a handler', () => login.anonymousRequired(wrong(() => new Response()))],
    ['with a path', () => login.anonymousRequired(wrong('/x'))],
  ],
  freshLoginRequired: [
    ['called twice', () => wrong(login.freshLoginRequired())()],
    ['with a handler', () => login.freshLoginRequired(wrong(() => new Response()))],
  ],
  auth: [
    ['without a context', () => login.auth(wrong(undefined))],
    ['with a request', () => login.auth(wrong(new Request('https://app.test/')))],
  ],
}

/** Wrong middleware and handlers, which respond to a request with the error. */
const MISPLACED: Readonly<Record<string, (app: Hono) => unknown>> = {
  'app.use(honoLogin)': (app) => app.use(wrong(honoLogin)),
  'app.use(loginRequired)': (app) => app.use(wrong(login.loginRequired)),
  'app.use(anonymousRequired)': (app) => app.use(wrong(login.anonymousRequired)),
  'app.use(freshLoginRequired)': (app) => app.use(wrong(login.freshLoginRequired)),
  'app.use(auth)': (app) => app.use(login.loginMiddleware, wrong(login.auth)),
  "app.get('/', auth)": (app) => app.get('/', login.loginMiddleware, wrong(login.auth)),
  'a guard without loginMiddleware': (app) => app.use(login.loginRequired()),
  'honoLogin(createLoginManager)': (app) => app.use(honoLogin(wrong(createLoginManager)).loginMiddleware),
  'honoLogin(async () => manager)': (app) => app.use(honoLogin(wrong(async () => manager)).loginMiddleware),
}

it('covers each export and each function that the adapter returns', () => {
  expect(Object.keys(CALLS).toSorted()).toEqual([...Object.keys(adapter), ...Object.keys(login)].toSorted())
})

describe.each(Object.entries(CALLS))('%s', (_name, calls) => {
  it.each(calls)('throws an error of the library at once: %s', (_what, call) => {
    expect(call).toThrow(LoginError)
  })
})

it.each(Object.entries(MISPLACED))(
  '%s answers with an error of the library, and runs no handler',
  async (_what, hangUp) => {
    const app = new Hono()
    const errors: unknown[] = []
    let ran = false
    app.onError((error, c) => {
      errors.push(error)
      return c.text('error', 500)
    })
    hangUp(app)
    app.get('/', (c) => {
      ran = true
      return c.text('secret')
    })
    expect((await app.request('/')).status).toBe(500)
    expect([errors.length, errors[0] instanceof LoginError, ran]).toEqual([1, true, false])
  },
)

it('app.use(loginMiddleware()) throws a UsageError that names app.use(loginMiddleware)', () => {
  expect(() => new Hono().use(wrong(login.loginMiddleware)())).toThrow(/app\.use\(loginMiddleware\)/)
})
