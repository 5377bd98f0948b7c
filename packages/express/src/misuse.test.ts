// Wrong calls of each export cause an error of the library that names the remedy, at once or as the response to a request, and
// never a rejected promise that ends the process.
import { createServer } from 'node:http'
import { createLoginManager, LoginError } from '@fetch-login/core'
import type { ErrorRequestHandler, Express } from 'express'
import { describe, expect, it } from 'vitest'
import { expresses } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { ask, listening } from '../testing/served'
import * as adapter from './index'

expectQuietProcess()

const options = { secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR', loadUser: (id: string): { id: string } => ({ id }) }
const manager = createLoginManager(options)
const { expressLogin } = adapter
const login = expressLogin(manager)
// biome-ignore lint/suspicious/noExplicitAny: the test passes wrong arguments
const wrong = (value: unknown): any => value

/** Wrong calls, which throw synchronously. */
const CALLS: Readonly<Record<string, readonly (readonly [string, () => unknown])[]>> = {
  expressLogin: [
    ['without a manager', () => expressLogin(wrong(undefined))],
    ['with options in the place of the manager', () => expressLogin(wrong(options))],
    ['with createLoginManager itself', () => expressLogin(wrong(createLoginManager))],
    ['with a promise of a manager', () => expressLogin(wrong(Promise.resolve(manager)))],
  ],
  loginMiddleware: [
    ['called', () => wrong(login.loginMiddleware)()],
    ['called with a manager', () => wrong(login.loginMiddleware)(manager)],
  ],
  loginRequired: [
    ['called twice', () => wrong(login.loginRequired())()],
    ['with a handler', () => login.loginRequired(wrong(() => undefined))],
    ['with a path', () => login.loginRequired(wrong('/x'))],
  ],
  anonymousRequired: [
    ['called twice', () => wrong(login.anonymousRequired())()],
    ['with a handler', () => login.anonymousRequired(wrong(() => undefined))],
    ['with a path', () => login.anonymousRequired(wrong('/x'))],
  ],
  freshLoginRequired: [
    ['called twice', () => wrong(login.freshLoginRequired())()],
    ['with a handler', () => login.freshLoginRequired(wrong(() => undefined))],
  ],
  auth: [
    ['without a request', () => login.auth(wrong(undefined))],
    ['with a text', () => login.auth(wrong('/'))],
    ['with another object', () => login.auth(wrong({}))],
  ],
}

/** Wrong middleware and handlers, which respond to a request with the error. */
const MISPLACED: Readonly<Record<string, (app: Express) => unknown>> = {
  'app.use(expressLogin)': (app) => app.use(wrong(expressLogin)),
  'app.use(loginRequired)': (app) => app.use(wrong(login.loginRequired)),
  'app.use(anonymousRequired)': (app) => app.use(wrong(login.anonymousRequired)),
  'app.use(freshLoginRequired)': (app) => app.use(wrong(login.freshLoginRequired)),
  'app.use(auth)': (app) => app.use(login.loginMiddleware, wrong(login.auth)),
  "app.get('/', auth)": (app) => app.get('/', login.loginMiddleware, wrong(login.auth)),
  'a guard without loginMiddleware': (app) => app.use(login.loginRequired()),
}

it('covers each export and each function that the adapter returns', () => {
  expect(Object.keys(CALLS).toSorted()).toEqual([...Object.keys(adapter), ...Object.keys(login)].toSorted())
})

describe.each(Object.entries(CALLS))('%s', (_name, calls) => {
  it.each(calls)('throws an error of the library at once: %s', (_what, call) => {
    expect(call).toThrow(LoginError)
  })
})

describe.each(expresses)('%s', (_, create) => {
  it.each(Object.entries(MISPLACED))(
    '%s answers with an error of the library, and runs no handler',
    async (_what, hangUp) => {
      const app = create()
      const errors: unknown[] = []
      let ran = false
      hangUp(app)
      app.get('/', (_req, res) => {
        ran = true
        res.end('secret')
      })
      app.use(((error, _req, res, _next) => {
        errors.push(error)
        res.status(500).end()
      }) as ErrorRequestHandler)
      const origin = await listening(createServer(app))
      expect((await ask(`${origin}/`)).status).toBe(500)
      expect([errors.length, errors[0] instanceof LoginError, ran]).toEqual([1, true, false])
    },
  )
})
