// Each export, hung up wrongly: an error of the library that names the remedy, and never a rejected promise that ends the
// process.
import { createLoginManager, LoginError } from '@fetch-login/core'
import { NextRequest } from 'next/server'
import { describe, expect, it, vi } from 'vitest'
import * as adapter from './index'

vi.mock('next/headers', () => ({ headers: async () => new Headers(), cookies: async () => ({ set: () => undefined }) }))

const options = { secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR', loadUser: (id: string): { id: string } => ({ id }) }
const manager = createLoginManager(options)
const { nextLogin } = adapter
const login = nextLogin(manager)
const request = new NextRequest('https://app.test/')
const context = { params: Promise.resolve({}) }
const handler = () => Response.json({})
// biome-ignore lint/suspicious/noExplicitAny: wrong arguments are what is tried
const wrong = (value: unknown): any => value

/** Wrong calls, which throw where they stand. */
const CALLS: Readonly<Record<string, readonly (readonly [string, () => unknown])[]>> = {
  nextLogin: [
    ['without a manager', () => nextLogin(wrong(undefined))],
    ['with options in the place of the manager', () => nextLogin(wrong(options))],
    ['with createLoginManager itself', () => nextLogin(wrong(createLoginManager))],
    ['exported as a route handler', () => wrong(nextLogin)(request, context)],
  ],
  loginProxy: [
    ['called', () => wrong(login.loginProxy)()],
    ['called with a manager', () => wrong(login.loginProxy)(manager)],
  ],
  loginRequired: [
    ['exported as a route handler', () => wrong(login.loginRequired)(request, context)],
    ['with a response', () => wrong(login.loginRequired)(Response.json({}))],
    ['with a text', () => wrong(login.loginRequired)('/x')],
    ['with null', () => wrong(login.loginRequired)(null)],
    ['with a path in the place of the options', () => wrong(login.loginRequired)(handler, '/x')],
    ['with a second handler in the place of the options', () => wrong(login.loginRequired)(handler, handler)],
  ],
  anonymousRequired: [
    ['exported as a route handler', () => wrong(login.anonymousRequired)(request, context)],
    ['without a handler', () => wrong(login.anonymousRequired)({ home: '/x' })],
    ['with a path in the place of the options', () => wrong(login.anonymousRequired)(handler, '/x')],
    ['with a second handler in the place of the options', () => wrong(login.anonymousRequired)(handler, handler)],
  ],
  freshLoginRequired: [
    ['exported as a route handler', () => wrong(login.freshLoginRequired)(request, context)],
    ['with a path in the place of the options', () => wrong(login.freshLoginRequired)(handler, '/x')],
    ['with a second handler in the place of the options', () => wrong(login.freshLoginRequired)(handler, handler)],
  ],
  auth: [
    ['exported as a route handler', () => wrong(login.auth)(request, context)],
    ['with a response', () => wrong(login.auth)(Response.json({}))],
  ],
}

it('tries each export and each function that it makes, so that a new one cannot be forgotten', () => {
  expect(Object.keys(CALLS).toSorted()).toEqual([...Object.keys(adapter), ...Object.keys(login)].toSorted())
})

describe.each(Object.entries(CALLS))('%s', (_name, calls) => {
  it.each(calls)('throws an error of the library at once: %s', (_what, call) => {
    expect(call).toThrow(LoginError)
  })
})

it('rejects with an error of the library if a wrapped route handler is called without a request', async () => {
  await expect(wrong(login.auth(handler))()).rejects.toBeInstanceOf(LoginError)
  await expect(wrong(login.loginRequired(handler))()).rejects.toBeInstanceOf(LoginError)
})
