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
const toAny = (value: unknown): any => value

/** Wrong calls, which throw synchronously. */
const CALLS: Readonly<Record<string, readonly (readonly [string, () => unknown])[]>> = {
  nextLogin: [
    ['without a manager', () => nextLogin(toAny(undefined))],
    ['with options instead of the manager', () => nextLogin(toAny(options))],
    ['with createLoginManager itself', () => nextLogin(toAny(createLoginManager))],
    ['exported as a route handler', () => toAny(nextLogin)(request, context)],
  ],
  loginProxy: [
    ['called', () => toAny(login.loginProxy)()],
    ['called with a manager', () => toAny(login.loginProxy)(manager)],
  ],
  ...Object.fromEntries(
    (['loginRequired', 'freshLoginRequired'] as const).map((name) => [
      name,
      [
        ['exported as a route handler', () => toAny(login[name])(request, context)],
        ['with a route handler', () => toAny(login[name])(handler)],
        ['with a response', () => toAny(login[name])(Response.json({}))],
        ['with a string', () => toAny(login[name])('/x')],
        ['with null', () => toAny(login[name])(null)],
      ] as const,
    ]),
  ),
  anonymousRequired: [
    ['exported as a route handler', () => toAny(login.anonymousRequired)(request, context)],
    ['with a route handler', () => toAny(login.anonymousRequired)(handler)],
    ['with an unknown option', () => toAny(login.anonymousRequired)({ area: 'staff' })],
  ],
  ...Object.fromEntries(
    (['withLoginRequired', 'withFreshLoginRequired', 'withAnonymousRequired'] as const).map((name) => [
      name,
      [
        ['exported as a route handler', () => toAny(login[name])(request, context)],
        ['called without a handler', () => toAny(login[name])()],
        ['with options instead of the handler', () => toAny(login[name])({})],
        ['with a path instead of the options', () => toAny(login[name])(handler, '/x')],
        ['with a second handler instead of the options', () => toAny(login[name])(handler, handler)],
      ] as const,
    ]),
  ),
  ...Object.fromEntries(
    (['loginRequiredPage', 'freshLoginRequiredPage', 'anonymousRequiredPage'] as const).map((name) => [
      name,
      [
        ['exported as a page', () => toAny(login[name])({ params: context.params })],
        ['with an element instead of the page', () => toAny(login[name])(createElement('p'))],
        ['with a client component', () => toAny(login[name])(clientComponent)],
        ['with a path instead of the policy', () => toAny(login[name])(() => null, '/x')],
        ['with an unknown option', () => toAny(login[name])(() => null, { role: 'admin' })],
      ] as const,
    ]),
  ),
  auth: [
    ['exported as a route handler', () => toAny(login.auth)(request, context)],
    ['with a response', () => toAny(login.auth)(Response.json({}))],
  ],
}

it('covers each export and each function that nextLogin() returns', () => {
  expect(Object.keys(CALLS).toSorted()).toEqual([...Object.keys(adapter), ...Object.keys(login)].toSorted())
})

describe.each(Object.entries(CALLS))('%s', (_name, calls) => {
  it.each(calls)('throws an error of the library at once: %s', (_name, call) => {
    expect(call).toThrow(LoginError)
  })
})

it('rejects with an error of the library if a wrapped route handler is called without a request', async () => {
  await expect(toAny(login.auth(handler))()).rejects.toBeInstanceOf(LoginError)
  await expect(toAny(login.withLoginRequired(handler))()).rejects.toBeInstanceOf(LoginError)
})

it.each(['loginRequired', 'freshLoginRequired'] as const)(
  'names the wrappers if %s() receives a route handler',
  (name) => {
    const wrapper = name === 'loginRequired' ? 'withLoginRequired(' : 'withFreshLoginRequired('
    expect(() => toAny(login[name])(handler)).toThrow(wrapper)
    expect(() => toAny(login[name])(handler)).toThrow(`${name}Page(`)
  },
)
