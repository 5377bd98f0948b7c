// A failing step never logs a user in. Every `yield*` and `await` in the folders of HOOKED is a numbered point that can
// fail. The test copies the sources with a hook at each point, and runs scenarios that reach all points. Then it repeats
// each scenario for each point: the point fails, or the response is sent at this point. The test fails if no scenario
// reaches a point.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { Auth, LoginManager, LoginManagerOptions, LoginOptions, LogoutOptions } from '../src/index'

// The runs need more time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

// ── the copy with hooks ──────────────────────────────────────────────────────

const SRC = fileURLToPath(new URL('../src/', import.meta.url))
const CACHE = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url))

interface Point {
  readonly place: string
  readonly code: string
}

const points: Point[] = []

mkdirSync(CACHE, { recursive: true })
const copy = mkdtempSync(join(CACHE, 'failure-points-'))
afterAll(() => rmSync(copy, { recursive: true }))

const HOOKS = `import { runTask, wait } from './base/task.mjs'
export const hooks = { at: null }
export const runAwait = (number, step) => (hooks.at === null ? step() : hooks.at(number, async () => step()))
export function* runTaskAt(number, task) {
  return yield* hooks.at === null ? task() : wait(hooks.at(number, async () => runTask(task())))
}
`
writeFileSync(join(copy, 'hooks.mjs'), HOOKS)

/** The folders whose points get a hook. */
const HOOKED = /^(request|identify|guards|actions)\//

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !/\.test(-d)?\.ts$/.test(path))
  .toSorted()

for (const path of sources) {
  const isHooked = HOOKED.test(path)
  const { outputText } = ts.transpileModule(readFileSync(join(SRC, path), 'utf8'), {
    fileName: path,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    transformers: { before: isHooked ? [createTransformer(path)] : [] },
  })
  const renamed = outputText
    .replace(/((?:from|import) ['"]\.[^'"]+)(['"])/g, '$1.mjs$2')
    .replace(/'#hmac'|"#hmac"/, "'./hmac-node.mjs'")
  const target = join(copy, path.replace(/ts$/, 'mjs'))
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, isHooked ? `import * as __point from '../hooks.mjs'\n${renamed}` : renamed)
}

/** `await step` becomes `await __point.runAwait(number, () => step)`, `yield* steps` likewise `yield* __point.runTaskAt(…)`. */
function createTransformer(path: string) {
  return (context: ts.TransformationContext) => (file: ts.SourceFile) => {
    const { factory } = context
    const visit = (node: ts.Node): ts.Node => {
      if (!isPoint(node)) return ts.visitEachChild(node, visit, context)
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
      const number = points.push({ place: `${path}:${line + 1}`, code: node.getText(file) }) - 1
      const step = factory.createParenthesizedExpression(ts.visitNode(node.expression, visit) as ts.Expression)
      const deferred = factory.createArrowFunction(undefined, undefined, [], undefined, undefined, step)
      const name = factory.createPropertyAccessExpression(
        factory.createIdentifier('__point'),
        ts.isAwaitExpression(node) ? 'runAwait' : 'runTaskAt',
      )
      const call = factory.createCallExpression(name, undefined, [factory.createNumericLiteral(number), deferred])
      return ts.isAwaitExpression(node)
        ? factory.createAwaitExpression(call)
        : factory.createYieldExpression(factory.createToken(ts.SyntaxKind.AsteriskToken), call)
    }
    return ts.visitNode(file, visit) as ts.SourceFile
  }
}

function isPoint(node: ts.Node): node is ts.AwaitExpression | (ts.YieldExpression & { expression: ts.Expression }) {
  return ts.isAwaitExpression(node) || (ts.isYieldExpression(node) && node.asteriskToken !== undefined)
}

type At = (number: number, step: () => Promise<unknown>) => Promise<unknown>

const load = (name: string): Promise<unknown> => import(pathToFileURL(join(copy, name)).href)
const { hooks } = (await load('hooks.mjs')) as { hooks: { at: At | null } }
const core = (await load('index.mjs')) as typeof import('../src/index')
const { checkRequest, commit, renew } = (await load('adapter.mjs')) as typeof import('../src/adapter')
const { encrypted } = (await load('encrypted.mjs')) as typeof import('../src/encrypted')
const { createTestClock, recordEvents } = (await load('testing.mjs')) as typeof import('../src/testing')

// ── the app ──────────────────────────────────────────────────────────────────

interface User {
  readonly id: string
  readonly stamp: string
  readonly isActive: boolean
}

const USERS = ['alice', 'bob', 'carol'] as const
const createUsers = (): Map<string, User> =>
  new Map(USERS.map((id) => [id, { id, stamp: 'one', isActive: id !== 'carol' }]))
let users = createUsers()
const denied = new Set<string>()
const user = (id: (typeof USERS)[number]): User => users.get(id) as User

const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'
const SECRET = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
const PREVIOUS_SECRET = 'Vb4tXw8ZrQ2nMk6JhGf0DsLp9AyCe1Ui'
const clock = createTestClock(1_800_000_000)

const OPTIONS: LoginManagerOptions<User> = {
  secrets: { current: SECRET, previous: [PREVIOUS_SECRET] },
  loadUser: async (id) => users.get(id),
  loadUserFromRequest: [
    core.bearer(async (token) => users.get(token)),
    core.apiKey(async (key) => users.get(key)),
    async () => null,
  ],
  isActive: async (one) => one.isActive,
  sessionStamp: async ({ stamp }) => stamp,
  isRevoked: async (id) => denied.has(id),
  revokeUser: async ({ id }) => users.set(id, { ...user(id as 'alice'), stamp: 'two' }),
  loginView: '/login',
  refreshView: '/again',
  useSessionForNext: true,
  clock,
}
const ENCRYPTED: LoginManagerOptions<User> = {
  ...OPTIONS,
  session: { codec: encrypted(), previousCodec: core.signed() },
}

type ChangedOptions = Partial<LoginManagerOptions<User>>

const DEFAULTS: ChangedOptions = {}

/** One manager for each set of options; without a cache of cookies, so that every run reaches the same points. */
const managers = new Map<ChangedOptions, LoginManager<User>>()

function getManager(changed: ChangedOptions = DEFAULTS): LoginManager<User> {
  if (warnings.has(changed)) managers.delete(changed)
  const manager = managers.get(changed) ?? core.createLoginManager({ ...OPTIONS, ...changed, cacheBytes: 0 })
  if (!managers.has(changed)) recordEvents(manager)
  managers.set(changed, manager)
  return manager
}

// ── the cookies of a browser ─────────────────────────────────────────────────────

interface Jar {
  readonly session?: string | undefined
  readonly remember?: string | undefined
}

const cookieHeader = ({ session, remember }: Jar): string =>
  [session !== undefined && `${SESSION}=${session}`, remember !== undefined && `${REMEMBER}=${remember}`]
    .filter((line) => line !== false)
    .join('; ')

/** Returns the cookies that a response sets: undefined without a cookie, and '' for a cleared cookie. */
function getSetCookies(response: Response): Jar {
  const value = (name: string): string | undefined =>
    response.headers
      .getSetCookie()
      .findLast((line) => line.startsWith(`${name}=`))
      ?.split(';')[0]
      ?.slice(name.length + 1)
  return { session: value(SESSION), remember: value(REMEMBER) }
}

interface RequestFields {
  readonly jar?: Jar
  readonly agent?: string
  readonly origin?: string
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

function createRequest(fields: RequestFields): Request {
  const { jar = {}, agent = 'one', method = 'GET', origin = 'https://app.test', path = '/page', headers = {} } = fields
  const cookie = cookieHeader(jar)
  const own = { host: 'app.test', accept: 'text/html', 'user-agent': agent, ...(cookie !== '' && { cookie }) }
  return new Request(`${origin}${path}`, { method, headers: { ...own, ...headers } })
}

/** Opens a request, runs an operation, and returns the cookies of the browser afterwards. */
async function createCookies(
  operation: (auth: Auth<User>) => Promise<unknown>,
  changed: ChangedOptions = {},
  jar: Jar = {},
): Promise<Jar> {
  const auth = core.createLoginManager({ ...OPTIONS, ...changed }).open(createRequest({ jar }))
  await operation(auth)
  const set = getSetCookies(commit(auth, new Response()))
  return {
    ...jar,
    ...(set.session !== undefined && { session: set.session }),
    ...(set.remember !== undefined && { remember: set.remember }),
  }
}

const loginAs =
  (id: (typeof USERS)[number], options: LoginOptions = {}) =>
  async (auth: Auth<User>): Promise<unknown> =>
    auth.loginUser(user(id), { force: true, ...options })

/** Returns the login of these cookies if no step fails: `alice fresh`, `alice stale`, or null. */
async function getLogin(jar: Jar, { agent, options }: Scenario): Promise<string | null> {
  if (cookieHeader(jar) === '') return null
  const auth = getManager(options).open(createRequest({ jar, ...(agent !== undefined && { agent }) }))
  const found = await auth.currentUser()
  return found === null ? null : `${found.id} ${(await auth.loginFresh()) ? 'fresh' : 'stale'}`
}

// ── the scenarios ─────────────────────────────────────────────────────────────

/** The value that a scenario reports after a logout: no later response logs a user in. */
const LOGOUT = 'logout'

interface Scenario extends RequestFields {
  /** Options that differ from OPTIONS. */
  readonly options?: ChangedOptions
  /** Changes the users after the cookies were created. */
  readonly meanwhile?: () => void
  /** A logout: no response sets a login again, also if a loader fails. */
  readonly isLogout?: boolean
  /** A failure is not thrown, and no cookie is set, because a later request reports it. */
  readonly isSilent?: boolean
  /** Returns whether the result is as expected. Reports each completed login: `alice fresh`. */
  readonly run: (auth: Auth<User>, report: (login: string) => void) => Promise<boolean>
}

const alice = await createCookies(loginAs('alice'))
const aliceStale = await createCookies(loginAs('alice', { fresh: false }))
/** Another client used this login, because its address differs. */
const aliceSuspect = await createCookies((auth) => auth.loginFresh(), { fingerprint: ['address'] }, alice)
const aliceRemembered = await createCookies(loginAs('alice', { remember: true }))
const alicePermanent = await createCookies(loginAs('alice', { permanent: true, remember: true }))
const alicePreviousSecret = await createCookies(loginAs('alice', { remember: true }), { secrets: PREVIOUS_SECRET })
const aliceEncrypted = await createCookies(loginAs('alice'), ENCRYPTED)
const carol = await createCookies(loginAs('carol'))
const withCart = async (auth: Auth<User>): Promise<void> => auth.session.set('cart', [1, 2, 3])
const cart = await createCookies(withCart)
const fullCart = await createCookies(async (auth) => auth.session.set('cart', 'x'.repeat(2800)), {
  keepAnonymousData: false,
})
const flashes = await createCookies(async (auth) => auth.flash('x'.repeat(2850)))
const aliceWithForm = await createCookies(
  async (auth) => {
    await auth.loginUser(user('alice'))
    await auth.csrfToken()
  },
  { csrf: 'token' },
)
const storedNext = await createCookies(async (auth) => {
  const decision = await auth.require()
  if (!decision.ok) await decision.respond()
})

const login =
  (id: (typeof USERS)[number], options: LoginOptions = {}, expected = true): Scenario['run'] =>
  async (auth, report) => {
    const isLoggedIn = await auth.loginUser(user(id), options)
    if (isLoggedIn) report(`${id} ${options.fresh === false ? 'stale' : 'fresh'}`)
    return isLoggedIn === expected
  }

const expectUser =
  (expected: string | null): Scenario['run'] =>
  async (auth, report) => {
    const found = await auth.currentUser()
    const login = found === null ? null : `${found.id} ${(await auth.loginFresh()) ? 'fresh' : 'stale'}`
    if (login !== null) report(login)
    return login === expected
  }

const expectRefusal =
  (reason: string, policy: Parameters<Auth<User>['require']>[0] = {}): Scenario['run'] =>
  async (auth) => {
    const decision = await auth.require(policy)
    if (decision.ok || decision.reason !== reason) return false
    return (await decision.respond()).status >= 300
  }

const runGuard: Scenario['run'] = async (auth, report) => {
  const outcome = await getManager().guard()(auth)
  if (outcome.ok) report('alice fresh')
  return outcome.ok
}

const logout =
  (options: LogoutOptions = {}): Scenario['run'] =>
  async (auth) => {
    await auth.logoutUser(options)
    return true
  }

const renewAhead =
  (login: string): Scenario['run'] =>
  async (auth, report) => {
    await renew(auth)
    report(login)
    return true
  }

const change = (id: (typeof USERS)[number], changed: Partial<User>) => () =>
  void users.set(id, { ...user(id), ...changed })

const deny = (token: string | undefined, claim: string) => () => {
  const payload = (token?.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
  denied.add(JSON.parse(atob(payload))[claim])
}

/** A warning is emitted once per manager, so each run of these scenarios has its own manager. */
const warnings = new WeakSet<ChangedOptions>()
const createWarningOptions = (): ChangedOptions => {
  const options: ChangedOptions = {}
  warnings.add(options)
  return options
}

const JSON_ONLY = { accept: 'application/json' }
const RENEWING: ChangedOptions = { session: { renew: 'everyRequest' }, remember: { renew: 'everyRequest' } }
const ENCRYPTED_RENEWING: ChangedOptions = { session: { ...ENCRYPTED.session, renew: 'everyRequest' } }

/** A refusal handler that never resolves. */
const BUSY: ChangedOptions = { unauthorizedHandler: () => new Promise<undefined>(() => undefined) }
let areHandlersBusy = false

/** Keeps so many handlers pending that the library responds without them. Its steps are not counted. */
async function keepHandlersBusy(): Promise<void> {
  if (areHandlersBusy) return
  areHandlersBusy = true
  const { at } = hooks
  hooks.at = null
  for (let times = 0; times < 2000; times++) {
    const decision = await getManager(BUSY).open(createRequest({})).require()
    if (!decision.ok) void decision.respond()
  }
  await new Promise((resolve) => setImmediate(resolve))
  const decision = await getManager(BUSY).open(createRequest({})).require()
  if (!decision.ok) await decision.respond()
  hooks.at = at
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'a login': { run: login('bob') },
  'a remembered and permanent login': { run: login('bob', { remember: true, permanent: true, method: 'pwd' }) },
  'a remembered login with encryption': { options: ENCRYPTED, run: login('bob', { remember: true }) },
  'a login with session data': { jar: cart, run: login('bob', { remember: true }) },
  'a login that replaces the login of another user': { jar: aliceRemembered, run: login('bob') },
  'a login of the same user again': { jar: alice, run: login('alice') },
  'a login of a user whose isActive is not a boolean': {
    options: createWarningOptions(),
    meanwhile: change('bob', { isActive: 1 as unknown as boolean }),
    run: login('bob', {}, false),
  },
  'a login over plain http': { options: createWarningOptions(), origin: 'http://app.test', run: login('bob') },
  'a logout everywhere of a login that strong protection ends': {
    jar: aliceRemembered,
    agent: 'two',
    options: { sessionProtection: 'strong', revokeUser: () => {} },
    isLogout: true,
    run: logout({ everywhere: true }),
  },
  'a login of an inactive user': { run: login('carol', {}, false) },
  'a forced login of an inactive user': { run: login('carol', { force: true }) },
  'a login with flash messages that fill the cookie': { jar: flashes, run: login('bob', { remember: true }) },
  'a login with an invalid session cookie': { jar: { session: 'x.y.z' }, run: login('bob') },
  'a login by a form with a token': {
    options: { csrf: 'token' },
    jar: aliceWithForm,
    method: 'POST',
    run: async (auth, report) => {
      if ((await checkRequest(auth)) !== null || !(await auth.checkCsrf(await auth.csrfToken()))) return false
      return login('bob')(auth, report)
    },
  },

  'a session': { jar: alice, run: expectUser('alice fresh') },
  'a guarded page': { jar: alice, run: runGuard },
  'a guarded page whose method is overridden after the CSRF check': {
    jar: alice,
    run: async (auth, report) => {
      if ((await checkRequest(auth)) !== null) return false
      Object.defineProperty(requests.get(auth), 'method', { value: 'POST' })
      return runGuard(auth, report)
    },
  },
  'a login after an override made the method unsafe': {
    run: async (auth, report) => {
      if ((await checkRequest(auth)) !== null) return false
      Object.defineProperty(requests.get(auth), 'method', { value: 'POST' })
      return login('bob')(auth, report)
    },
  },
  'a guarded page at a path with two slashes': { jar: alice, path: '/a//b', run: runGuard },
  'a read of next and of the permanent flag': {
    jar: cart,
    run: async ({ session }) => (await session.pendingNext()) === null && !(await session.isPermanent()),
  },
  'an encrypted session': { jar: aliceEncrypted, options: ENCRYPTED, run: expectUser('alice fresh') },
  'a signed session during the change to encryption': {
    jar: alice,
    options: ENCRYPTED,
    run: expectUser('alice fresh'),
  },
  'a session that is neither signed nor encrypted': {
    jar: { session: 'x' },
    options: ENCRYPTED,
    run: expectUser(null),
  },
  'a session of the previous secret': { jar: alicePreviousSecret, run: expectUser('alice fresh') },
  'a session of the previous secret, used by another client': {
    jar: alicePreviousSecret,
    agent: 'two',
    run: expectUser('alice stale'),
  },
  'a session that is due for renewal': {
    jar: alice,
    meanwhile: () => clock.advance(10_000),
    run: expectUser('alice fresh'),
  },
  'a session after its idle time': { jar: alice, meanwhile: () => clock.advance(90_000), run: expectUser(null) },
  'a session of a deleted user': { jar: alice, meanwhile: () => void users.delete('alice'), run: expectUser(null) },
  'a session whose stamp changed': { jar: alice, meanwhile: change('alice', { stamp: 'two' }), run: expectUser(null) },
  'a session on the deny list': { jar: alice, meanwhile: deny(alice.session, 'sid'), run: expectUser(null) },
  'a session of an inactive user': {
    jar: alice,
    meanwhile: change('alice', { isActive: false }),
    run: expectUser(null),
  },
  'a session of a forced login': { jar: carol, run: expectUser('carol fresh') },
  'a session used by another client': { jar: alice, agent: 'two', run: expectUser('alice stale') },
  'a session that another client used, and then its own client': { jar: aliceSuspect, run: expectUser('alice stale') },
  'a session used by another client under strong protection': {
    jar: aliceRemembered,
    agent: 'two',
    options: { sessionProtection: 'strong' },
    run: expectUser(null),
  },
  'a read of currentLogin()': {
    jar: alice,
    run: async (auth) => (await auth.currentLogin())?.session?.fresh === true && !(await auth.loginRemembered()),
  },

  'a read of currentLogin() before a read of the user': {
    jar: alice,
    meanwhile: () => clock.advance(10_000),
    run: async (auth, report) => (await auth.currentLogin()) !== null && expectUser('alice fresh')(auth, report),
  },
  'a flash message in the session of a login': {
    jar: alice,
    run: async (auth) => {
      await auth.flash('hello')
      return (await auth.peekFlashes()).length === 1
    },
  },
  'a restored login': { jar: { remember: aliceRemembered.remember }, run: expectUser('alice stale') },
  'a restored login, encrypted': {
    jar: { remember: aliceRemembered.remember },
    options: ENCRYPTED,
    run: expectUser('alice stale'),
  },
  'a restored login of the previous secret': {
    jar: { remember: alicePreviousSecret.remember },
    run: expectUser('alice stale'),
  },
  'a restored login with session data': {
    jar: { ...cart, remember: aliceRemembered.remember },
    run: expectUser('alice stale'),
  },
  'a restored login with session data that fill the cookie': {
    jar: { ...fullCart, remember: aliceRemembered.remember },
    run: expectUser('alice stale'),
  },
  'a restored login after the idle time of the session': {
    jar: aliceRemembered,
    meanwhile: () => clock.advance(90_000),
    run: expectUser('alice stale'),
  },
  'a restored login behind a guard': {
    jar: { remember: aliceRemembered.remember },
    run: async (auth, report) => {
      const decision = await auth.require()
      if (decision.ok) report('alice stale')
      return decision.ok
    },
  },
  'a restored login behind a guard that requires a fresh login': {
    jar: { remember: aliceRemembered.remember },
    run: async (auth, report) => {
      const decision = await auth.require({ fresh: true })
      if (decision.ok || decision.reason !== 'stale') return false
      report('alice stale')
      return (await decision.respond()).status === 302
    },
  },
  'an invalid remember cookie': { jar: { remember: 'x.y.z' }, run: expectUser(null) },
  'an expired remember cookie': {
    jar: { remember: aliceRemembered.remember },
    meanwhile: () => clock.advance(3_000_000),
    run: expectUser(null),
  },
  'a remember cookie of a deleted user': {
    jar: { remember: aliceRemembered.remember },
    meanwhile: () => void users.delete('alice'),
    run: expectUser(null),
  },
  'a remember cookie whose stamp changed': {
    jar: { remember: aliceRemembered.remember },
    meanwhile: change('alice', { stamp: 'two' }),
    run: expectUser(null),
  },
  'a remember cookie on the deny list': {
    jar: { remember: aliceRemembered.remember },
    meanwhile: deny(aliceRemembered.remember, 'jti'),
    run: expectUser(null),
  },
  'a remember cookie of an inactive user': {
    jar: { remember: aliceRemembered.remember },
    meanwhile: change('alice', { isActive: false }),
    run: expectUser(null),
  },

  'a bearer token': { headers: { authorization: 'Bearer bob' }, run: expectUser('bob stale') },
  'an API key with session data': { jar: cart, headers: { 'x-api-key': 'bob' }, run: expectUser('bob stale') },
  'an unknown API key': { headers: { 'x-api-key': 'x' }, run: expectUser(null) },
  'an API key of an inactive user': { headers: { 'x-api-key': 'carol' }, run: expectUser(null) },

  'a confirmation': {
    jar: aliceStale,
    run: async (auth, report) => {
      const isFresh = await auth.confirmLogin({ method: 'otp', level: 2 })
      if (isFresh) report('alice fresh')
      return isFresh
    },
  },
  'a confirmation with a new stamp, encrypted': {
    jar: aliceEncrypted,
    options: ENCRYPTED,
    run: async (auth, report) => {
      const isFresh = await auth.confirmLogin({ user: user('alice') })
      if (isFresh) report('alice fresh')
      return isFresh
    },
  },
  'a confirmation of a restored login': {
    jar: { remember: aliceRemembered.remember },
    run: async (auth, report) => {
      const isFresh = await auth.confirmLogin()
      if (isFresh) report('alice fresh')
      return isFresh
    },
  },
  'a confirmation of an anonymous request': { run: async (auth) => !(await auth.confirmLogin()) },

  'a logout': { jar: aliceRemembered, isLogout: true, run: logout() },
  'a request with two session cookies': {
    jar: { session: `x.y.z; ${SESSION}=${alice.session}` },
    run: expectUser('alice fresh'),
  },
  'a logout of a restored login': {
    jar: { remember: aliceRemembered.remember },
    isLogout: true,
    run: logout(),
  },
  'a logout of a session of the previous secret': {
    jar: alicePreviousSecret,
    isLogout: true,
    run: logout(),
  },
  'a logout that keeps the session data, encrypted': {
    jar: await createCookies(withCart, ENCRYPTED, aliceEncrypted),
    options: ENCRYPTED,
    isLogout: true,
    run: logout({ keepData: true }),
  },
  'a logout everywhere': {
    jar: aliceRemembered,
    isLogout: true,
    run: logout({ everywhere: true }),
  },
  'a logout between other operations': {
    jar: aliceRemembered,
    run: async (auth, report) => {
      await auth.session.set('cart', [])
      await auth.logoutUser()
      report(LOGOUT)
      await auth.flash('bye')
      return (await auth.currentUser()) === null
    },
  },

  'a refusal of a page': { run: expectRefusal('unauthorized') },
  'a refusal of a page whose path is too long for the session': {
    run: expectRefusal('unauthorized', { next: `/${'x'.repeat(1024)}` }),
  },
  'a refusal of a method that an override made unsafe': {
    run: async () => {
      const request = { method: 'GET', url: 'https://app.test/page', headers: new Headers() }
      const auth = getManager().open(request)
      await checkRequest(auth)
      request.method = 'POST'
      const decision = await auth.require()
      return !decision.ok && decision.reason === 'unauthorized'
    },
  },
  'a refusal of a page, encrypted': { options: ENCRYPTED, run: expectRefusal('unauthorized') },
  'a refusal of a client that accepts JSON': { headers: JSON_ONLY, run: expectRefusal('unauthorized') },
  'a refusal by a handler': {
    options: { unauthorizedHandler: async () => new Response(null, { status: 418 }) },
    run: expectRefusal('unauthorized'),
  },
  'a refusal of the page of a view function': {
    options: Object.assign(createWarningOptions(), { loginView: () => '/page' }),
    run: async (auth) => {
      const decision = await auth.require()
      return !decision.ok && (await decision.respond()).status === 401
    },
  },
  'a refusal while too many handlers are pending': {
    options: BUSY,
    run: async (auth) => {
      await keepHandlersBusy()
      const decision = await auth.require()
      return !decision.ok && (await decision.respond()).status === 302
    },
  },
  'a refusal of a stale login': { jar: aliceStale, run: expectRefusal('stale', { fresh: true }) },
  'a refusal of a stale login by a handler': {
    jar: aliceStale,
    options: { needsRefreshHandler: async () => new Response(null, { status: 418 }) },
    run: expectRefusal('stale', { fresh: true }),
  },
  'a page for shared caches': {
    jar: alice,
    run: async (auth) => (await auth.require({ cache: 'public', allow: async () => true })).ok,
  },
  'a refusal by role': { jar: alice, run: expectRefusal('forbidden', { allow: async () => false }) },
  'a guard that allows a user by role': {
    jar: alice,
    run: async (auth) => (await auth.require({ allow: async () => true, withinSeconds: 60 })).ok,
  },
  'a page for anonymous visitors': {
    run: async (auth) => (await getManager().guardAnonymous()(auth)).ok,
  },
  'a page for anonymous visitors, refused to a user': {
    jar: alice,
    run: async (auth) => {
      const outcome = await getManager().guardAnonymous()(auth)
      return !outcome.ok && outcome.reason === 'logged-in' && (await outcome.respond()).status === 302
    },
  },
  'a refusal by unauthorized() and needsRefresh()': {
    run: async (auth) => (await auth.unauthorized()).status === 302 && (await auth.needsRefresh()).status === 302,
  },
  'a refusal with flash messages that fill the cookie': { jar: flashes, run: expectRefusal('unauthorized') },

  'a form token': {
    jar: alice,
    run: async (auth) => {
      const token = await auth.csrfToken()
      return (await auth.checkCsrf(token)) && !(await auth.checkCsrf('x'))
    },
  },
  'a form with an invalid token in its header': {
    options: { csrf: 'token' },
    jar: aliceWithForm,
    method: 'POST',
    headers: { 'x-csrf-token': 'x' },
    run: async (auth) => (await (await checkRequest(auth))?.respond())?.status === 403,
  },
  'a forged request': {
    jar: alice,
    method: 'POST',
    headers: { 'sec-fetch-site': 'cross-site' },
    run: async (auth) => (await (await checkRequest(auth))?.respond())?.status === 403,
  },

  'session data and flash messages': {
    jar: alice,
    run: async (auth) => {
      await auth.session.set('a', 1)
      await auth.session.delete('a')
      await auth.session.setPermanent(true)
      await auth.flash('saved')
      return (await auth.takeFlashes()).length === 1 && (await auth.session.get('a')) === undefined
    },
  },
  'a next in the session': { jar: storedNext, run: async (auth) => (await auth.nextUrl('/x')) === '/page' },
  'a session that is renewed with every response': {
    options: RENEWING,
    jar: alicePermanent,
    run: async (auth) => (await checkRequest(auth)) === null,
  },
  'a session that is renewed with every response, encrypted': {
    options: ENCRYPTED_RENEWING,
    jar: alicePermanent,
    run: async (auth) => (await checkRequest(auth)) === null,
  },

  'a login that a proxy restores before the page': {
    jar: { remember: aliceRemembered.remember },
    isSilent: true,
    run: renewAhead('alice stale'),
  },
  'a session of the previous secret that a proxy renews before the page': {
    jar: alicePreviousSecret,
    isSilent: true,
    run: renewAhead('alice fresh'),
  },
  'an encrypted session that a proxy renews before the page': {
    jar: aliceEncrypted,
    options: ENCRYPTED,
    meanwhile: () => clock.advance(10_000),
    isSilent: true,
    run: renewAhead('alice fresh'),
  },
}

// ── the runs ─────────────────────────────────────────────────────────────────

const START = clock()

/** Runs instead of the step at the selected position. */
type Event = (step: () => Promise<unknown>, auth: Auth<User>, completed: ReadonlySet<string>) => Promise<unknown>

interface RunResult {
  /** The points, in the order in which they were reached. */
  readonly reached: readonly number[]
  readonly result: boolean | unknown
  readonly completed: ReadonlySet<string>
  readonly response: Response
  readonly auth: Auth<User>
}

const requests = new WeakMap<Auth<User>, Request>()

async function runScenario(
  { run, options, meanwhile, ...fields }: Scenario,
  at = -1,
  event?: Event,
  continueAfter?: (auth: Auth<User>) => Promise<void>,
): Promise<RunResult> {
  clock.advance(START - clock())
  users = createUsers()
  denied.clear()
  meanwhile?.()
  const request = createRequest(fields)
  const auth = getManager(options).open(request)
  requests.set(auth, request)
  const reached: number[] = []
  const completed = new Set<string>()
  hooks.at = (number, step) => {
    const isHere = reached.push(number) - 1 === at
    return isHere && event !== undefined ? event(step, auth, completed) : step()
  }
  try {
    const result = await run(auth, (one) => void completed.add(one)).catch((error: unknown) => ({ error }))
    await continueAfter?.(auth)
    return { reached, result, completed, response: commit(auth, new Response()), auth }
  } finally {
    hooks.at = null
  }
}

/** Returns the logins of only the session cookie and of only the remember cookie. */
const getLogins = async (jar: Jar, scenario: Scenario): Promise<readonly [string | null, string | null]> => [
  await getLogin({ session: jar.session }, scenario),
  await getLogin({ remember: jar.remember }, scenario),
]

const getName = (login: string | null): string | undefined => login?.split(' ')[0]

const hasLoggedOut = ({ isLogout }: Scenario, completed: ReadonlySet<string>): boolean =>
  isLogout === true || completed.has(LOGOUT)

/** Asserts that the cookies of the response log in only a user of an earlier or a completed login. */
async function expectNoNewLogin(scenario: Scenario, response: Response, completed: ReadonlySet<string>): Promise<void> {
  const set = getSetCookies(response)
  if (!set.session && !set.remember) return
  const [session, remembered] = hasLoggedOut(scenario, completed)
    ? [null, null]
    : await getLogins(scenario.jar ?? {}, scenario)
  const [newSession, newRemembered] = await getLogins(set, scenario)
  const sessions = [null, session, session?.replace('fresh', 'stale'), ...completed]
  expect(sessions, `a session of ${newSession}`).toContain(newSession)
  const names = [undefined, getName(remembered), ...[...completed].map(getName)]
  expect(names, `a remember cookie of ${newRemembered}`).toContain(getName(newRemembered))
}

/** Asserts that a logout clears the cookies of the request. */
function expectCleared({ jar = {} }: Scenario, response: Response): void {
  const set = getSetCookies(response)
  if (jar.session !== undefined) expect(set.session).toBeDefined()
  if (jar.remember !== undefined) expect(set.remember).toBe('')
}

const FAILURES: readonly (readonly [string, () => Error])[] = [
  ['an error', () => new Error('the step failed')],
  ['a StoreError', () => new core.StoreError('the step failed')],
]

const isRejected = (result: unknown): boolean => typeof result === 'object'
const reachedPoints = new Set<number>()

describe.each(Object.entries(SCENARIOS))('%s', (_name, scenario) => {
  const steps: number[] = []

  it('has the expected result if no step fails', async () => {
    const { reached, result, completed, response } = await runScenario(scenario)
    for (const number of reached) reachedPoints.add(number)
    steps.push(...reached)
    if (isRejected(result)) throw (result as { error: unknown }).error
    expect(result).toBe(true)
    if (scenario.isSilent) expect(getSetCookies(response).session).toBeDefined()
    await expectNoNewLogin(scenario, response, completed)
  })

  it.each(FAILURES)('does not log a user in if one step fails with %s', async (_case, createFailure) => {
    for (const isAfter of [false, true]) {
      for (const [at, number] of steps.entries()) {
        const { result, completed, response, auth } = await runScenario(scenario, at, async (step) => {
          if (isAfter) await step()
          throw createFailure()
        })
        const place = `step ${at}, ${points[number]?.place}, ${isAfter ? 'after the step' : 'before the step'}`
        try {
          if (scenario.isSilent) expect(getSetCookies(response)).toEqual({})
          else if (result === true && hasLoggedOut(scenario, completed)) expectCleared(scenario, response)
          else expect(result, 'the failure was not thrown').not.toBe(true)
          await expectNoNewLogin(scenario, response, completed)
          await expectNoNewUser(scenario, auth, completed)
        } catch (error) {
          throw new Error(place, { cause: error })
        }
      }
    }
  })

  it('does not send any part of a login if the response is sent before the login completes', async () => {
    for (const isAfter of [false, true]) {
      for (const [at, number] of steps.entries()) {
        let sent: Response | undefined
        let completedThen: ReadonlySet<string> = new Set()
        const { response } = await runScenario(scenario, at, async (step, auth, completed) => {
          const result = isAfter ? await step() : undefined
          sent = commit(auth, new Response())
          completedThen = new Set(completed)
          return isAfter ? result : step()
        })
        try {
          if (sent === undefined) throw new Error('The step was not reached in the second run.')
          await expectNoNewLogin(scenario, sent, completedThen)
          await expectNoNewLogin(scenario, response, completedThen)
          expect(getSetCookies(response).session).toBe(getSetCookies(sent).session)
        } catch (error) {
          throw new Error(`step ${at}, ${points[number]?.place}, ${isAfter ? 'after' : 'before'}`, { cause: error })
        }
      }
    }
  })
})

describe.each(Object.entries(SCENARIOS).filter(([, { isLogout }]) => isLogout))('%s', (_name, scenario) => {
  it('stays in effect if a later step fails', async () => {
    const { reached: steps } = await runScenario(scenario)
    const inEffect: boolean[] = []
    for (const at of steps.keys()) {
      const { response } = await runScenario(scenario, at, () => Promise.reject(new Error('the step failed')))
      const set = getSetCookies(response)
      inEffect.push(set.session !== undefined || (scenario.jar?.session === undefined && set.remember === ''))
    }
    expect(inEffect.at(-1)).toBe(true)
    expect(inEffect.lastIndexOf(false)).toBeLessThan(
      steps.findIndex((number) => points[number]?.code.includes('userLoggedOut')),
    )
  })
})

const dropUndefined = (jar: Jar): Jar =>
  Object.fromEntries(Object.entries(jar).filter(([, value]) => value !== undefined))

/** Stores a flash message about the error, as an app does. */
async function continueWithError(auth: Auth<User>): Promise<void> {
  await auth.checkCsrf(await auth.csrfToken())
  await auth.flash('something result wrong')
}

/** The scenarios that begin and end with a session of the same user. */
const keepingLogin: [string, Scenario][] = []
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (scenario.jar?.session === undefined || scenario.isLogout) continue
  const { response } = await runScenario(scenario)
  const [before] = await getLogins(scenario.jar, scenario)
  const [after] = await getLogins({ ...scenario.jar, ...dropUndefined(getSetCookies(response)) }, scenario)
  if (before !== null && getName(before) === getName(after)) keepingLogin.push([name, scenario])
}

describe.each(keepingLogin)('%s', (_name, scenario) => {
  it('does not log a user out if one step fails, and the app continues', async () => {
    const { reached } = await runScenario(scenario)
    const [before] = await getLogins(scenario.jar ?? {}, scenario)
    for (const [at, number] of reached.entries()) {
      const { response } = await runScenario(
        scenario,
        at,
        () => Promise.reject(new Error('the step failed')),
        continueWithError,
      )
      const [after] = await getLogins({ ...scenario.jar, ...dropUndefined(getSetCookies(response)) }, scenario)
      expect(getName(after), `step ${at}, ${points[number]?.place}`).toBe(getName(before))
    }
  })
})

/** Asserts that the rest of the request has no user except those of an earlier or a completed login. */
async function expectNoNewUser(scenario: Scenario, auth: Auth<User>, completed: ReadonlySet<string>): Promise<void> {
  const before = await getLogins(scenario.jar ?? {}, scenario)
  const { authorization = '', 'x-api-key': key = '' } = scenario.headers ?? {}
  const known = [...before, ...completed, authorization.split(' ')[1] ?? null, key].map(getName)
  const found = await auth.currentUser().catch(returnNullIfLate)
  if (found !== null) expect(known).toContain(found.id)
}

/** Returns null for response-sent, because a first read after the response throws. */
function returnNullIfLate(error: unknown): null {
  if ((error as { code?: unknown }).code !== 'response-sent') throw error
  return null
}

describe('all scenarios together', () => {
  it('use only sources whose asynchronous constructs have a hook', () => {
    const hasOtherConstruct = (node: ts.Node): boolean =>
      (ts.isForOfStatement(node) && node.awaitModifier !== undefined) ||
      (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing) ||
      (ts.forEachChild(node, (child) => hasOtherConstruct(child) || undefined) ?? false)
    for (const path of sources.filter((one) => HOOKED.test(one))) {
      const text = readFileSync(join(SRC, path), 'utf8')
      expect(hasOtherConstruct(ts.createSourceFile(path, text, ts.ScriptTarget.Latest)), path).toBe(false)
    }
    expect(points.length).toBeGreaterThan(50)
  })

  it('reach every point', () => {
    const missed = points
      .filter((_, number) => !reachedPoints.has(number))
      .map(({ place, code }) => `${place}  ${code}`)
    expect(missed).toEqual([])
  })
})
