// Each export of this package, called wrongly: what TypeScript refuses comes from JavaScript and `any` all the same. It
// gives an error of the library that names the remedy, and no request of a visitor is logged in by it.
import { describe, expect, it } from 'vitest'
import * as adapter from '../src/adapter'
import * as context from '../src/context'
import type { Auth, LoginManager } from '../src/index'
import * as core from '../src/index'
import * as node from '../src/node'
import type { User } from './setup'

const options = { secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR', loadUser: (id: string): User => ({ id }) }
const manager = core.createLoginManager<User>(options)
const request = new Request('https://app.test/')
// biome-ignore lint/suspicious/noExplicitAny: wrong arguments are what is tried
type Wrong = any
const wrong = (value: unknown): Wrong => value

/** The wrong calls of each export. An export that is missing here fails the test below. */
const MISUSES: Readonly<Record<string, readonly (readonly [string, () => unknown])[]>> = {
  createLoginManager: [
    ['without options', () => core.createLoginManager(wrong(undefined))],
    ['with null', () => core.createLoginManager(wrong(null))],
    ['with a text', () => core.createLoginManager(wrong('secret'))],
    ['with a manager', () => core.createLoginManager(wrong(manager))],
    ['with a request', () => core.createLoginManager(wrong(request))],
  ],
  withLogin: [
    ['as a handler: the request in the place of the manager', () => core.withLogin(wrong(request), wrong({}))],
    ['with options in the place of the manager', () => core.withLogin(wrong(options), () => new Response())],
    ['without a manager', () => core.withLogin(wrong(undefined), () => new Response())],
    ['without a handler', () => core.withLogin(manager, wrong(undefined))],
    ['with a response in the place of the handler', () => core.withLogin(manager, wrong(new Response()))],
    [
      'and its result is called without a request',
      () => core.withLogin(manager, () => new Response())(wrong(undefined)),
    ],
    [
      'with a function that promises the manager',
      () =>
        core.withLogin(
          wrong(async () => manager),
          () => new Response(),
        )(request),
    ],
  ],
  apiKey: [['uncalled: the request in the place of the function', () => core.apiKey(wrong(request))]],
  basicAuth: [['uncalled: the request in the place of the function', () => core.basicAuth(wrong(request))]],
  bearer: [
    ['uncalled: the request in the place of the function', () => core.bearer(wrong(request))],
    ['without a function', () => core.bearer(wrong(undefined))],
  ],
  guardResolver: [
    ['with options in the place of the manager', () => adapter.guardResolver(wrong(options), {})],
    [
      'with a function in the place of the options',
      () =>
        adapter.guardResolver(
          manager,
          wrong(() => true),
        ),
    ],
  ],
  managerResolver: [
    ['with options in the place of the manager', () => adapter.managerResolver(wrong(options), 'x()', true)],
  ],
  checkRequest: [['with a request in the place of the Auth object', () => adapter.checkRequest(wrong(request))]],
  commit: [['with the response alone', () => adapter.commit(wrong(new Response()), wrong(undefined))]],
  commitHeaders: [['with the headers alone', () => adapter.commitHeaders(wrong(new Headers()), wrong(undefined))]],
  keepPrivate: [['with the headers alone', () => adapter.keepPrivate(wrong(new Headers()), wrong(undefined))]],
  renew: [['with a request in the place of the Auth object', () => adapter.renew(wrong(request))]],
  provideAuth: [
    ['with a request in the place of the Auth object', () => context.provideAuth(wrong(request), () => 1)],
    ['without a function', () => context.provideAuth(manager.open(request), wrong(undefined))],
  ],
  currentAuth: [['outside provideAuth()', () => context.currentAuth()]],
  nodeRequestView: [
    [
      'and opened for a request without headers',
      () => adapter.checkRequest(manager.open(node.nodeRequestView(wrong({})))),
    ],
  ],
}

/** Exports that only adapters and tests call, with values of their own, and classes. */
const OF_ADAPTERS: readonly string[] = [
  ...['addVary', 'commitOnHeaders', 'toError', 'putHeaders', 'sendResponse'],
  ...[
    'getAuthMap',
    'createRequestMap',
    'cookiesAfter',
    'isAuth',
    'isFound',
    'withFreshness',
    'requestView',
    'signed',
    'assertFunction',
    'describeValue',
    'createArgumentError',
  ],
  ...['AnonymousUser', 'UserMixin', 'CookieTooLargeError', 'LoginError', 'OptionsError', 'StoreError', 'UsageError'],
]

const toError = async (call: () => unknown): Promise<unknown> => {
  try {
    return await call()
  } catch (error) {
    return error
  }
}

it('tries each export of the package, so that a new one cannot be forgotten', () => {
  const names = [core, adapter, context, node].flatMap((module) => Object.keys(module))
  const untried = names.filter((name) => !(name in MISUSES) && !OF_ADAPTERS.includes(name))
  expect(untried).toEqual([])
})

describe.each(Object.entries(MISUSES))('%s()', (_name, calls) => {
  it.each(calls)('throws an error of the library that names the remedy: %s', async (_what, call) => {
    const error = await toError(call)
    expect(error).toBeInstanceOf(core.LoginError)
    expect(['invalid-argument', 'invalid-options', 'not-installed']).toContain((error as core.LoginError).code)
  })
})

describe('a manager', () => {
  const methods: readonly (readonly [string, (made: LoginManager<User>) => unknown])[] = [
    ['open() without a request', (made) => made.open(wrong(undefined))],
    ['open() with a text', (made) => made.open(wrong('/page'))],
    ['open() with a request of Node', (made) => made.open(wrong({ rawHeaders: [], headers: {}, url: '/' }))],
    ['open() with a request of Fastify', (made) => made.open(wrong({ raw: {}, headers: {}, url: '/' }))],
    ['open() with a context of Hono', (made) => made.open(wrong({ req: {}, env: {} }))],
    ['guard() with a handler', (made) => made.guard(wrong(() => new Response()))],
    ['guard() with null', (made) => made.guard(wrong(null))],
    ['guard() with a list', (made) => made.guard(wrong(['/health']))],
    ['guard() with a text', (made) => made.guard(wrong('/health'))],
    ['guard() with a request', (made) => made.guard(wrong(request))],
    ['guard() with a manager', (made) => made.guard(wrong(manager))],
    ['a guard with a request in the place of the Auth object', (made) => made.guard()(wrong(request))],
    ['a guard without an Auth object', (made) => made.guard()(wrong(undefined))],
    ['on() without a listener', (made) => made.on('userLoggedIn', wrong(undefined))],
  ]
  it.each(methods)('throws an error of the library at once: %s', (_what, call) => {
    expect(() => call(manager)).toThrow(core.LoginError)
  })

  it('takes an uncalled loader as an error and logs no one in by it', async () => {
    for (const loader of [core.bearer, core.apiKey, core.basicAuth]) {
      const made = core.createLoginManager<User>({ ...options, loadUserFromRequest: wrong(loader) })
      const auth: Auth<User> = made.open(request)
      await expect(auth.currentUser()).rejects.toMatchObject({ code: 'invalid-argument' })
    }
  })
})
