// Wrong calls of each export throw an error of the library that names the remedy. None of them leaves a rejected promise,
// which would end the process.
import { createLoginManager, LoginError } from '@fetch-login/core'
import { NextRequest } from 'next/server'
import { createElement } from 'react'
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
const clientComponent = Object.assign(() => null, { $$typeof: Symbol.for('react.client.reference') })
// biome-ignore lint/suspicious/noExplicitAny: the test passes wrong arguments
const wrong = (value: unknown): any => value

/** Wrong calls, which throw synchronously. */
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
  ...Object.fromEntries(
    (['loginRequired', 'freshLoginRequired'] as const).map((name) => [
      name,
      [
        ['exported as a route handler', () => wrong(login[name])(request, context)],
        ['with a route handler', () => wrong(login[name])(handler)],
        ['with a response', () => wrong(login[name])(Response.json({}))],
        ['with a string', () => wrong(login[name])('/x')],
        ['with null', () => wrong(login[name])(null)],
      ] as const,
    ]),
  ),
  anonymousRequired: [
    ['exported as a route handler', () => wrong(login.anonymousRequired)(request, context)],
    ['with a route handler', () => wrong(login.anonymousRequired)(handler)],
    ['with an unknown option', () => wrong(login.anonymousRequired)({ area: 'staff' })],
  ],
  ...Object.fromEntries(
    (['withLoginRequired', 'withFreshLoginRequired', 'withAnonymousRequired'] as const).map((name) => [
      name,
      [
        ['exported as a route handler', () => wrong(login[name])(request, context)],
        ['called without a handler', () => wrong(login[name])()],
        ['with options in the place of the handler', () => wrong(login[name])({})],
        ['with a path in the place of the options', () => wrong(login[name])(handler, '/x')],
        ['with a second handler in the place of the options', () => wrong(login[name])(handler, handler)],
      ] as const,
    ]),
  ),
  ...Object.fromEntries(
    (['loginRequiredPage', 'freshLoginRequiredPage', 'anonymousRequiredPage'] as const).map((name) => [
      name,
      [
        ['exported as a page', () => wrong(login[name])({ params: context.params })],
        ['with an element in the place of the page', () => wrong(login[name])(createElement('p'))],
        ['with a client component', () => wrong(login[name])(clientComponent)],
        ['with a path in the place of the policy', () => wrong(login[name])(() => null, '/x')],
        ['with an unknown option', () => wrong(login[name])(() => null, { role: 'admin' })],
      ] as const,
    ]),
  ),
  auth: [
    ['exported as a route handler', () => wrong(login.auth)(request, context)],
    ['with a response', () => wrong(login.auth)(Response.json({}))],
  ],
}

it('covers each export and each function that nextLogin() returns', () => {
  expect(Object.keys(CALLS).toSorted()).toEqual([...Object.keys(adapter), ...Object.keys(login)].toSorted())
})

describe.each(Object.entries(CALLS))('%s', (_name, calls) => {
  it.each(calls)('throws an error of the library at once: %s', (_what, call) => {
    expect(call).toThrow(LoginError)
  })
})

it('rejects with an error of the library if a wrapped route handler is called without a request', async () => {
  await expect(wrong(login.auth(handler))()).rejects.toBeInstanceOf(LoginError)
  await expect(wrong(login.withLoginRequired(handler))()).rejects.toBeInstanceOf(LoginError)
})

it.each(['loginRequired', 'freshLoginRequired'] as const)(
  'names the wrappers if %s() receives a route handler',
  (name) => {
    const wrapper = name === 'loginRequired' ? 'withLoginRequired(' : 'withFreshLoginRequired('
    expect(() => wrong(login[name])(handler)).toThrow(wrapper)
    expect(() => wrong(login[name])(handler)).toThrow(`${name}Page(`)
  },
)
