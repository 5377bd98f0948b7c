// Calls each export with wrong arguments, as JavaScript and `any` allow. Each call throws an error of the library with a
// remedy, and never logs a user in.
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
// biome-ignore lint/suspicious/noExplicitAny: the tests pass wrong arguments
type Wrong = any
const wrong = (value: unknown): Wrong => value

/** The wrong calls of each export. An export that is missing here fails the test below. */
const MISUSES: Readonly<Record<string, readonly (readonly [string, () => unknown])[]>> = {
  createLoginManager: [
    ['without options', () => core.createLoginManager(wrong(undefined))],
    ['with null', () => core.createLoginManager(wrong(null))],
    ['with a string', () => core.createLoginManager(wrong('secret'))],
    ['with a manager', () => core.createLoginManager(wrong(manager))],
    ['with a request', () => core.createLoginManager(wrong(request))],
  ],
  withLogin: [
    ['with a request instead of the manager', () => core.withLogin(wrong(request), wrong({}))],
    ['with options instead of the manager', () => core.withLogin(wrong(options), () => new Response())],
    ['without a manager', () => core.withLogin(wrong(undefined), () => new Response())],
    ['without a handler', () => core.withLogin(manager, wrong(undefined))],
    ['with a response instead of the handler', () => core.withLogin(manager, wrong(new Response()))],
    [
      'without a request for the returned function',
      () => core.withLogin(manager, () => new Response())(wrong(undefined)),
    ],
    [
      'with a function that returns a promise of the manager',
      () =>
        core.withLogin(
          wrong(async () => manager),
          () => new Response(),
        )(request),
    ],
  ],
  apiKey: [['with a request instead of the function', () => core.apiKey(wrong(request))]],
  basicAuth: [['with a request instead of the function', () => core.basicAuth(wrong(request))]],
  bearer: [
    ['with a request instead of the function', () => core.bearer(wrong(request))],
    ['without a function', () => core.bearer(wrong(undefined))],
  ],
  guardResolver: [
    ['with options instead of the manager', () => adapter.guardResolver(wrong(options), {})],
    [
      'with a function instead of the options',
      () =>
        adapter.guardResolver(
          manager,
          wrong(() => true),
        ),
    ],
  ],
  managerResolver: [
    ['with options instead of the manager', () => adapter.managerResolver(wrong(options), 'x()', true)],
  ],
  checkRequest: [['with a request instead of the Auth object', () => adapter.checkRequest(wrong(request))]],
  commit: [['without the Auth object', () => adapter.commit(wrong(new Response()), wrong(undefined))]],
  commitRemaining: [
    ['without the Auth object', () => adapter.commitRemaining(wrong(new Response()), wrong(undefined))],
  ],
  commitHeaders: [['without the Auth object', () => adapter.commitHeaders(wrong(new Headers()), wrong(undefined))]],
  keepPrivate: [['without the Auth object', () => adapter.keepPrivate(wrong(new Headers()), wrong(undefined))]],
  renew: [['with a request instead of the Auth object', () => adapter.renew(wrong(request))]],
  reportNotAwaited: [
    ['with a request instead of the Auth object', () => adapter.reportNotAwaited(wrong(request), () => undefined)],
  ],
  dismissRefusals: [['with a request instead of the Auth object', () => adapter.dismissRefusals(wrong(request))]],
  provideAuth: [
    ['with a request instead of the Auth object', () => context.provideAuth(wrong(request), () => 1)],
    ['without a function', () => context.provideAuth(manager.open(request), wrong(undefined))],
  ],
  currentAuth: [['outside provideAuth()', () => context.currentAuth()]],
  nodeRequestView: [
    ['with a request without headers', () => adapter.checkRequest(manager.open(node.nodeRequestView(wrong({}))))],
  ],
}

/** Exports that only adapters and tests call, and classes. */
const NOT_TESTED: readonly string[] = [
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
    'recordGuard',
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

it('the lists contain each export of the package', () => {
  const names = [core, adapter, context, node].flatMap((module) => Object.keys(module))
  const missing = names.filter((name) => !(name in MISUSES) && !NOT_TESTED.includes(name))
  expect(missing).toEqual([])
})

describe.each(Object.entries(MISUSES))('%s()', (_name, calls) => {
  it.each(calls)('throws an error of the library that names the remedy: %s', async (_case, call) => {
    const error = await toError(call)
    expect(error).toBeInstanceOf(core.LoginError)
    expect(['invalid-argument', 'invalid-options', 'not-installed']).toContain((error as core.LoginError).code)
  })
})

describe('a manager', () => {
  const methods: readonly (readonly [string, (target: LoginManager<User>) => unknown])[] = [
    ['open() without a request', (target) => target.open(wrong(undefined))],
    ['open() with a string', (target) => target.open(wrong('/page'))],
    ['open() with a request of Node', (target) => target.open(wrong({ rawHeaders: [], headers: {}, url: '/' }))],
    ['open() with a request of Fastify', (target) => target.open(wrong({ raw: {}, headers: {}, url: '/' }))],
    ['open() with a context of Hono', (target) => target.open(wrong({ req: {}, env: {} }))],
    ['guard() with a handler', (target) => target.guard(wrong(() => new Response()))],
    ['guard() with null', (target) => target.guard(wrong(null))],
    ['guard() with an array', (target) => target.guard(wrong(['/health']))],
    ['guard() with a string', (target) => target.guard(wrong('/health'))],
    ['guard() with a request', (target) => target.guard(wrong(request))],
    ['guard() with a manager', (target) => target.guard(wrong(manager))],
    ['a guard with a request instead of the Auth object', (target) => target.guard()(wrong(request))],
    ['a guard without an Auth object', (target) => target.guard()(wrong(undefined))],
    ['on() without a listener', (target) => target.on('userLoggedIn', wrong(undefined))],
  ]
  it.each(methods)('throws a LoginError synchronously: %s', (_case, call) => {
    expect(() => call(manager)).toThrow(core.LoginError)
  })

  it('throws invalid-argument when a request is handled if a loader factory was not called', async () => {
    for (const loader of [core.bearer, core.apiKey, core.basicAuth]) {
      const target = core.createLoginManager<User>({ ...options, loadUserFromRequest: wrong(loader) })
      const auth: Auth<User> = target.open(request)
      await expect(auth.currentUser()).rejects.toMatchObject({ code: 'invalid-argument' })
    }
  })
})
