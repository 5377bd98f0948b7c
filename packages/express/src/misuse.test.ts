// Wrong calls of each export throw an error of the library that names the remedy, or respond to a request with it. None of
// them leaves a rejected promise, which would end the process.
import { createServer } from 'node:http'
import { createLoginManager, LoginError } from '@fetch-login/core'
import type { ErrorRequestHandler, Express } from 'express'
import { describe, expect, it } from 'vitest'
import { expressVersions } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { listen, send } from '../testing/served'
import * as adapter from './index'

expectQuietProcess()

const options = { secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR', loadUser: (id: string): { id: string } => ({ id }) }
const manager = createLoginManager(options)
const { expressLogin } = adapter
const login = expressLogin(manager)
// biome-ignore lint/suspicious/noExplicitAny: the test passes wrong arguments
const toAny = (value: unknown): any => value

/** Wrong calls, which throw synchronously. */
const CALLS: Readonly<Record<string, readonly (readonly [string, () => unknown])[]>> = {
  expressLogin: [
    ['without a manager', () => expressLogin(toAny(undefined))],
    ['with options instead of the manager', () => expressLogin(toAny(options))],
    ['with createLoginManager itself', () => expressLogin(toAny(createLoginManager))],
    ['with a promise of a manager', () => expressLogin(toAny(Promise.resolve(manager)))],
  ],
  loginMiddleware: [
    ['called', () => toAny(login.loginMiddleware)()],
    ['called with a manager', () => toAny(login.loginMiddleware)(manager)],
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
    ['with a string', () => login.auth(toAny('/'))],
    ['with another object', () => login.auth(toAny({}))],
  ],
}

/** Wrong middleware and handlers, which respond to a request with the error. */
const MISPLACED: Readonly<Record<string, (app: Express) => unknown>> = {
  'app.use(expressLogin)': (app) => app.use(toAny(expressLogin)),
  'app.use(loginRequired)': (app) => app.use(toAny(login.loginRequired)),
  'app.use(anonymousRequired)': (app) => app.use(toAny(login.anonymousRequired)),
  'app.use(freshLoginRequired)': (app) => app.use(toAny(login.freshLoginRequired)),
  'app.use(auth)': (app) => app.use(login.loginMiddleware, toAny(login.auth)),
  "app.get('/', auth)": (app) => app.get('/', login.loginMiddleware, toAny(login.auth)),
  'a guard without loginMiddleware': (app) => app.use(login.loginRequired()),
}

it('covers each export and each function that the adapter returns', () => {
  expect(Object.keys(CALLS).toSorted()).toEqual([...Object.keys(adapter), ...Object.keys(login)].toSorted())
})

describe.each(Object.entries(CALLS))('%s', (_name, calls) => {
  it.each(calls)('throws an error of the library at once: %s', (_name, call) => {
    expect(call).toThrow(LoginError)
  })
})

describe.each(expressVersions)('%s', (_, create) => {
  it.each(Object.entries(MISPLACED))(
    '%s responds with an error of the library, and does not run a handler',
    async (_name, install) => {
      const app = create()
      const errors: unknown[] = []
      let ran = false
      install(app)
      app.get('/', (_req, res) => {
        ran = true
        res.end('secret')
      })
      app.use(((error, _req, res, _next) => {
        errors.push(error)
        res.status(500).end()
      }) as ErrorRequestHandler)
      const origin = await listen(createServer(app))
      expect((await send(`${origin}/`)).status).toBe(500)
      expect([errors.length, errors[0] instanceof LoginError, ran]).toEqual([1, true, false])
    },
  )
})
