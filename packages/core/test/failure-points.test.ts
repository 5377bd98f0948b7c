// A failing step never logs anybody in. Every `yield*` and `await` in flow/ is a numbered point where something can fail: the
// sources are copied with a switch at each of them, journeys walk through all of them, and then the journeys are walked
// again and again, with one step failing each time, or with the answer leaving in the middle of it. A point that no
// journey reaches is red: write the journey.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { Auth, LoginManager, LoginManagerOptions, LoginOptions, LogoutOptions } from '../src/index'

// Many runs, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

// ── the copy with switches ───────────────────────────────────────────────────

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

const SWITCH = `import { runTask, wait } from './base/task.mjs'
export const hooks = { at: null }
export const waited = (number, step) => (hooks.at === null ? step() : hooks.at(number, async () => step()))
export function* taken(number, task) {
  return yield* hooks.at === null ? task() : wait(hooks.at(number, async () => runTask(task())))
}
`
writeFileSync(join(copy, 'switch.mjs'), SWITCH)

/** The folders whose steps get a switch. */
const SWITCHED = /^(request|identify|guards|actions)\//

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !/\.test(-d)?\.ts$/.test(path))
  .toSorted()

for (const path of sources) {
  const isSwitched = SWITCHED.test(path)
  const { outputText } = ts.transpileModule(readFileSync(join(SRC, path), 'utf8'), {
    fileName: path,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    transformers: { before: isSwitched ? [switched(path)] : [] },
  })
  const named = outputText
    .replace(/((?:from|import) ['"]\.[^'"]+)(['"])/g, '$1.mjs$2')
    .replace(/'#hmac'|"#hmac"/, "'./hmac-node.mjs'")
  const target = join(copy, path.replace(/ts$/, 'mjs'))
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, isSwitched ? `import * as __point from '../switch.mjs'\n${named}` : named)
}

/** `await step` becomes `await __point.waited(number, () => step)`, `yield* steps` likewise `yield* __point.taken(…)`. */
function switched(path: string) {
  return (context: ts.TransformationContext) => (file: ts.SourceFile) => {
    const { factory } = context
    const visit = (node: ts.Node): ts.Node => {
      if (!isPoint(node)) return ts.visitEachChild(node, visit, context)
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
      const number = points.push({ place: `${path}:${line + 1}`, code: node.getText(file) }) - 1
      const step = factory.createParenthesizedExpression(ts.visitNode(node.expression, visit) as ts.Expression)
      const later = factory.createArrowFunction(undefined, undefined, [], undefined, undefined, step)
      const name = factory.createPropertyAccessExpression(
        factory.createIdentifier('__point'),
        ts.isAwaitExpression(node) ? 'waited' : 'taken',
      )
      const call = factory.createCallExpression(name, undefined, [factory.createNumericLiteral(number), later])
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
const { hooks } = (await load('switch.mjs')) as { hooks: { at: At | null } }
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
const fresh = (): Map<string, User> => new Map(USERS.map((id) => [id, { id, stamp: 'one', isActive: id !== 'carol' }]))
let users = fresh()
const denied = new Set<string>()
const user = (id: (typeof USERS)[number]): User => users.get(id) as User

const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'
const SECRET = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
const FORMER = 'Vb4tXw8ZrQ2nMk6JhGf0DsLp9AyCe1Ui'
const clock = createTestClock(1_800_000_000)

const OPTIONS: LoginManagerOptions<User> = {
  secrets: { current: SECRET, previous: [FORMER] },
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

type Changed = Partial<LoginManagerOptions<User>>

const USUAL: Changed = {}

/** One manager for each set of options; without a cache of cookies, so that every walk passes the same points. */
const managers = new Map<Changed, LoginManager<User>>()

function managerOf(changed: Changed = USUAL): LoginManager<User> {
  if (warnings.has(changed)) managers.delete(changed)
  const manager = managers.get(changed) ?? core.createLoginManager({ ...OPTIONS, ...changed, cacheBytes: 0 })
  if (!managers.has(changed)) recordEvents(manager)
  managers.set(changed, manager)
  return manager
}

// ── what a browser holds ─────────────────────────────────────────────────────

interface Jar {
  readonly session?: string | undefined
  readonly remember?: string | undefined
}

const cookieHeader = ({ session, remember }: Jar): string =>
  [session !== undefined && `${SESSION}=${session}`, remember !== undefined && `${REMEMBER}=${remember}`]
    .filter((line) => line !== false)
    .join('; ')

/** What an answer sets; undefined where it sets nothing, '' where it clears. */
function setBy(answer: Response): Jar {
  const value = (name: string): string | undefined =>
    answer.headers
      .getSetCookie()
      .findLast((line) => line.startsWith(`${name}=`))
      ?.split(';')[0]
      ?.slice(name.length + 1)
  return { session: value(SESSION), remember: value(REMEMBER) }
}

interface Sent {
  readonly jar?: Jar
  readonly agent?: string
  readonly origin?: string
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

function requestOf(sent: Sent): Request {
  const { jar = {}, agent = 'one', method = 'GET', origin = 'https://app.test', path = '/page', headers = {} } = sent
  const cookie = cookieHeader(jar)
  const own = { host: 'app.test', accept: 'text/html', 'user-agent': agent, ...(cookie !== '' && { cookie }) }
  return new Request(`${origin}${path}`, { method, headers: { ...own, ...headers } })
}

async function minted(
  work: (auth: Auth<User>) => Promise<unknown>,
  changed: Changed = {},
  jar: Jar = {},
): Promise<Jar> {
  const auth = core.createLoginManager({ ...OPTIONS, ...changed }).open(requestOf({ jar }))
  await work(auth)
  const set = setBy(commit(auth, new Response()))
  return {
    ...jar,
    ...(set.session !== undefined && { session: set.session }),
    ...(set.remember !== undefined && { remember: set.remember }),
  }
}

const loggedIn =
  (id: (typeof USERS)[number], options: LoginOptions = {}) =>
  async (auth: Auth<User>): Promise<unknown> =>
    auth.loginUser(user(id), { force: true, ...options })

/** Whom these cookies log in, when nothing fails: `alice fresh`, `alice stale`, or null. */
async function whoIs(jar: Jar, { agent, options }: Journey): Promise<string | null> {
  if (cookieHeader(jar) === '') return null
  const auth = managerOf(options).open(requestOf({ jar, ...(agent !== undefined && { agent }) }))
  const found = await auth.currentUser()
  return found === null ? null : `${found.id} ${(await auth.loginFresh()) ? 'fresh' : 'stale'}`
}

// ── the journeys ─────────────────────────────────────────────────────────────

/** What a journey says once the logout is through: from then on no answer logs anybody in. */
const LOGOUT = 'logout'

interface Journey extends Sent {
  /** Options beyond the usual. */
  readonly options?: Changed
  /** Changes the users after the cookies were made. */
  readonly meanwhile?: () => void
  /** A logout: no answer sets a login again, and a failing loader does not keep anybody in. */
  readonly isLogout?: boolean
  /** A failure is for somebody else to tell: it is not thrown, and no cookie is set. */
  readonly isSilent?: boolean
  /** Whether all went as it should. It says so of each login that is through: `alice fresh`. */
  readonly walk: (auth: Auth<User>, through: (login: string) => void) => Promise<boolean>
}

const alice = await minted(loggedIn('alice'))
const aliceStale = await minted(loggedIn('alice', { fresh: false }))
/** Another client used this login, as its address tells. */
const aliceSuspect = await minted((auth) => auth.loginFresh(), { fingerprint: ['address'] }, alice)
const aliceRemembered = await minted(loggedIn('alice', { remember: true }))
const alicePermanent = await minted(loggedIn('alice', { permanent: true, remember: true }))
const aliceFormer = await minted(loggedIn('alice', { remember: true }), { secrets: FORMER })
const aliceEncrypted = await minted(loggedIn('alice'), ENCRYPTED)
const carol = await minted(loggedIn('carol'))
const withCart = async (auth: Auth<User>): Promise<void> => auth.session.set('cart', [1, 2, 3])
const cart = await minted(withCart)
const fullCart = await minted(async (auth) => auth.session.set('cart', 'x'.repeat(2800)), {
  keepAnonymousData: false,
})
const flashes = await minted(async (auth) => auth.flash('x'.repeat(2850)))
const aliceWithForm = await minted(
  async (auth) => {
    await auth.loginUser(user('alice'))
    await auth.csrfToken()
  },
  { csrf: 'token' },
)
const nextKept = await minted(async (auth) => {
  const decision = await auth.require()
  if (!decision.ok) await decision.respond()
})

const login =
  (id: (typeof USERS)[number], options: LoginOptions = {}, expected = true): Journey['walk'] =>
  async (auth, through) => {
    const isIn = await auth.loginUser(user(id), options)
    if (isIn) through(`${id} ${options.fresh === false ? 'stale' : 'fresh'}`)
    return isIn === expected
  }

const ask =
  (expected: string | null): Journey['walk'] =>
  async (auth, through) => {
    const found = await auth.currentUser()
    const is = found === null ? null : `${found.id} ${(await auth.loginFresh()) ? 'fresh' : 'stale'}`
    if (is !== null) through(is)
    return is === expected
  }

const refuse =
  (reason: string, policy: Parameters<Auth<User>['require']>[0] = {}): Journey['walk'] =>
  async (auth) => {
    const decision = await auth.require(policy)
    if (decision.ok || decision.reason !== reason) return false
    return (await decision.respond()).status >= 300
  }

const guarded: Journey['walk'] = async (auth, through) => {
  const outcome = await managerOf().guard()(auth)
  if (outcome.ok) through('alice fresh')
  return outcome.ok
}

const leave =
  (options: LogoutOptions = {}): Journey['walk'] =>
  async (auth) => {
    await auth.logoutUser(options)
    return true
  }

const renewAhead =
  (login: string): Journey['walk'] =>
  async (auth, through) => {
    await renew(auth)
    through(login)
    return true
  }

const change = (id: (typeof USERS)[number], changed: Partial<User>) => () =>
  void users.set(id, { ...user(id), ...changed })

const deny = (token: string | undefined, claim: string) => () => {
  const payload = (token?.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
  denied.add(JSON.parse(atob(payload))[claim])
}

/** A warning is emitted once per manager: each walk has a manager of its own. */
const warnings = new WeakSet<Changed>()
const warnedEachTime = (): Changed => {
  const options: Changed = {}
  warnings.add(options)
  return options
}

const JSON_ONLY = { accept: 'application/json' }
const RENEWING: Changed = { session: { renew: 'everyRequest' }, remember: { renew: 'everyRequest' } }
const SEALED_RENEWING: Changed = { session: { ...ENCRYPTED.session, renew: 'everyRequest' } }

/** A handler that never ends. */
const BUSY: Changed = { unauthorizedHandler: () => new Promise<undefined>(() => undefined) }
let isOccupied = false

/** Lets so many handlers wait that the library responds by itself, and warned of it. No step of it is counted. */
async function occupyHandlers(): Promise<void> {
  if (isOccupied) return
  isOccupied = true
  const { at } = hooks
  hooks.at = null
  for (let times = 0; times < 2000; times++) {
    const decision = await managerOf(BUSY).open(requestOf({})).require()
    if (!decision.ok) void decision.respond()
  }
  await new Promise((resolve) => setImmediate(resolve))
  const decision = await managerOf(BUSY).open(requestOf({})).require()
  if (!decision.ok) await decision.respond()
  hooks.at = at
}

const JOURNEYS: Readonly<Record<string, Journey>> = {
  'a login': { walk: login('bob') },
  'a login to be remembered, for long': { walk: login('bob', { remember: true, permanent: true, method: 'pwd' }) },
  'a login to be remembered, encrypted': { options: ENCRYPTED, walk: login('bob', { remember: true }) },
  'a login with a cart': { jar: cart, walk: login('bob', { remember: true }) },
  'a login in the place of another': { jar: aliceRemembered, walk: login('bob') },
  'a login of the same user again': { jar: alice, walk: login('alice') },
  'a login of a user who is neither active nor inactive': {
    options: warnedEachTime(),
    meanwhile: change('bob', { isActive: 1 as unknown as boolean }),
    walk: login('bob', {}, false),
  },
  'a login over plain http': { options: warnedEachTime(), origin: 'http://app.test', walk: login('bob') },
  'a logout everywhere of a client that protection drops': {
    jar: aliceRemembered,
    agent: 'two',
    options: { sessionProtection: 'strong', revokeUser: () => {} },
    isLogout: true,
    walk: leave({ everywhere: true }),
  },
  'a login of an inactive user': { walk: login('carol', {}, false) },
  'a forced login of an inactive user': { walk: login('carol', { force: true }) },
  'a login where the messages leave no room': { jar: flashes, walk: login('bob', { remember: true }) },
  'a login beside a broken session': { jar: { session: 'x.y.z' }, walk: login('bob') },
  'a login by a form with a token': {
    options: { csrf: 'token' },
    jar: aliceWithForm,
    method: 'POST',
    walk: async (auth, through) => {
      if ((await checkRequest(auth)) !== null || !(await auth.checkCsrf(await auth.csrfToken()))) return false
      return login('bob')(auth, through)
    },
  },

  'a session': { jar: alice, walk: ask('alice fresh') },
  'a guarded page': { jar: alice, walk: guarded },
  'a guarded page whose method is overridden after the CSRF check': {
    jar: alice,
    walk: async (auth, through) => {
      if ((await checkRequest(auth)) !== null) return false
      Object.defineProperty(requests.get(auth), 'method', { value: 'POST' })
      return guarded(auth, through)
    },
  },
  'a login after an override made the method unsafe': {
    walk: async (auth, through) => {
      if ((await checkRequest(auth)) !== null) return false
      Object.defineProperty(requests.get(auth), 'method', { value: 'POST' })
      return login('bob')(auth, through)
    },
  },
  'a guarded page at an address that two readers read differently': { jar: alice, path: '/a//b', walk: guarded },
  'what a session keeps': {
    jar: cart,
    walk: async ({ session }) => (await session.pendingNext()) === null && !(await session.isPermanent()),
  },
  'an encrypted session': { jar: aliceEncrypted, options: ENCRYPTED, walk: ask('alice fresh') },
  'a signed session on the way to encrypted ones': { jar: alice, options: ENCRYPTED, walk: ask('alice fresh') },
  'neither a signed nor an encrypted session': { jar: { session: 'x' }, options: ENCRYPTED, walk: ask(null) },
  'a session of the former secret': { jar: aliceFormer, walk: ask('alice fresh') },
  'a session of the former secret, of another client': { jar: aliceFormer, agent: 'two', walk: ask('alice stale') },
  'a session that is due to live longer': {
    jar: alice,
    meanwhile: () => clock.advance(10_000),
    walk: ask('alice fresh'),
  },
  'a session that was idle for too long': { jar: alice, meanwhile: () => clock.advance(90_000), walk: ask(null) },
  'a session of a user who is gone': { jar: alice, meanwhile: () => void users.delete('alice'), walk: ask(null) },
  'a session that was revoked': { jar: alice, meanwhile: change('alice', { stamp: 'two' }), walk: ask(null) },
  'a session on the deny list': { jar: alice, meanwhile: deny(alice.session, 'sid'), walk: ask(null) },
  'a session of a user who may not come in': {
    jar: alice,
    meanwhile: change('alice', { isActive: false }),
    walk: ask(null),
  },
  'a session of a user who was forced in': { jar: carol, walk: ask('carol fresh') },
  'a session of another client': { jar: alice, agent: 'two', walk: ask('alice stale') },
  'a session whose client is back': { jar: aliceSuspect, walk: ask('alice stale') },
  'a session of another client, where that is a theft': {
    jar: aliceRemembered,
    agent: 'two',
    options: { sessionProtection: 'strong' },
    walk: ask(null),
  },
  'what a session says of itself': {
    jar: alice,
    walk: async (auth) => (await auth.currentLogin())?.session?.fresh === true && !(await auth.loginRemembered()),
  },

  'a look at how long a login lasts, and a use of it': {
    jar: alice,
    meanwhile: () => clock.advance(10_000),
    walk: async (auth, through) => (await auth.currentLogin()) !== null && ask('alice fresh')(auth, through),
  },
  'a message in the session of a login': {
    jar: alice,
    walk: async (auth) => {
      await auth.flash('hello')
      return (await auth.peekFlashes()).length === 1
    },
  },
  'a restored login': { jar: { remember: aliceRemembered.remember }, walk: ask('alice stale') },
  'a restored login, encrypted': {
    jar: { remember: aliceRemembered.remember },
    options: ENCRYPTED,
    walk: ask('alice stale'),
  },
  'a restored login of the former secret': { jar: { remember: aliceFormer.remember }, walk: ask('alice stale') },
  'a restored login with a cart': { jar: { ...cart, remember: aliceRemembered.remember }, walk: ask('alice stale') },
  'a restored login beside a cart that leaves no room': {
    jar: { ...fullCart, remember: aliceRemembered.remember },
    walk: ask('alice stale'),
  },
  'a restored login after a session that was idle': {
    jar: aliceRemembered,
    meanwhile: () => clock.advance(90_000),
    walk: ask('alice stale'),
  },
  'a restored login behind a guard': {
    jar: { remember: aliceRemembered.remember },
    walk: async (auth, through) => {
      const decision = await auth.require()
      if (decision.ok) through('alice stale')
      return decision.ok
    },
  },
  'a restored login that is not fresh enough': {
    jar: { remember: aliceRemembered.remember },
    walk: async (auth, through) => {
      const decision = await auth.require({ fresh: true })
      if (decision.ok || decision.reason !== 'stale') return false
      through('alice stale')
      return (await decision.respond()).status === 302
    },
  },
  'a broken remember cookie': { jar: { remember: 'x.y.z' }, walk: ask(null) },
  'a remember cookie that ended': {
    jar: { remember: aliceRemembered.remember },
    meanwhile: () => clock.advance(3_000_000),
    walk: ask(null),
  },
  'a remember cookie of a user who is gone': {
    jar: { remember: aliceRemembered.remember },
    meanwhile: () => void users.delete('alice'),
    walk: ask(null),
  },
  'a remember cookie that was revoked': {
    jar: { remember: aliceRemembered.remember },
    meanwhile: change('alice', { stamp: 'two' }),
    walk: ask(null),
  },
  'a remember cookie on the deny list': {
    jar: { remember: aliceRemembered.remember },
    meanwhile: deny(aliceRemembered.remember, 'jti'),
    walk: ask(null),
  },
  'a remember cookie of a user who may not come in': {
    jar: { remember: aliceRemembered.remember },
    meanwhile: change('alice', { isActive: false }),
    walk: ask(null),
  },

  'a bearer token': { headers: { authorization: 'Bearer bob' }, walk: ask('bob stale') },
  'an api key, with a cart': { jar: cart, headers: { 'x-api-key': 'bob' }, walk: ask('bob stale') },
  'an api key of nobody': { headers: { 'x-api-key': 'x' }, walk: ask(null) },
  'an api key of a user who may not come in': { headers: { 'x-api-key': 'carol' }, walk: ask(null) },

  'a confirmation': {
    jar: aliceStale,
    walk: async (auth, through) => {
      const isFresh = await auth.confirmLogin({ method: 'otp', level: 2 })
      if (isFresh) through('alice fresh')
      return isFresh
    },
  },
  'a confirmation with a new stamp, encrypted': {
    jar: aliceEncrypted,
    options: ENCRYPTED,
    walk: async (auth, through) => {
      const isFresh = await auth.confirmLogin({ user: user('alice') })
      if (isFresh) through('alice fresh')
      return isFresh
    },
  },
  'a confirmation of a restored login': {
    jar: { remember: aliceRemembered.remember },
    walk: async (auth, through) => {
      const isFresh = await auth.confirmLogin()
      if (isFresh) through('alice fresh')
      return isFresh
    },
  },
  'a confirmation of nobody': { walk: async (auth) => !(await auth.confirmLogin()) },

  'a logout': { jar: aliceRemembered, isLogout: true, walk: leave() },
  'a request with two session cookies': {
    jar: { session: `x.y.z; ${SESSION}=${alice.session}` },
    walk: ask('alice fresh'),
  },
  'a logout of a restored login': {
    jar: { remember: aliceRemembered.remember },
    isLogout: true,
    walk: leave(),
  },
  'a logout of a session of the former secret': {
    jar: aliceFormer,
    isLogout: true,
    walk: leave(),
  },
  'a logout that keeps the cart, encrypted': {
    jar: await minted(withCart, ENCRYPTED, aliceEncrypted),
    options: ENCRYPTED,
    isLogout: true,
    walk: leave({ keepData: true }),
  },
  'a logout everywhere': {
    jar: aliceRemembered,
    isLogout: true,
    walk: leave({ everywhere: true }),
  },
  'a logout in the middle of it all': {
    jar: aliceRemembered,
    walk: async (auth, through) => {
      await auth.session.set('cart', [])
      await auth.logoutUser()
      through(LOGOUT)
      await auth.flash('bye')
      return (await auth.currentUser()) === null
    },
  },

  'a refusal of a page': { walk: refuse('unauthorized') },
  'a refusal of a page whose address is too long for the session': {
    walk: refuse('unauthorized', { next: `/${'x'.repeat(1024)}` }),
  },
  'a refusal of a method that an override made unsafe': {
    walk: async () => {
      const request = { method: 'GET', url: 'https://app.test/page', headers: new Headers() }
      const auth = managerOf().open(request)
      await checkRequest(auth)
      request.method = 'POST'
      const decision = await auth.require()
      return !decision.ok && decision.reason === 'unauthorized'
    },
  },
  'a refusal of a page, encrypted': { options: ENCRYPTED, walk: refuse('unauthorized') },
  'a refusal of a program': { headers: JSON_ONLY, walk: refuse('unauthorized') },
  'a refusal by a handler': {
    options: { unauthorizedHandler: async () => new Response(null, { status: 418 }) },
    walk: refuse('unauthorized'),
  },
  'a refusal of the page of a view function': {
    options: Object.assign(warnedEachTime(), { loginView: () => '/page' }),
    walk: async (auth) => {
      const decision = await auth.require()
      return !decision.ok && (await decision.respond()).status === 401
    },
  },
  'a refusal while too many handlers wait': {
    options: BUSY,
    walk: async (auth) => {
      await occupyHandlers()
      const decision = await auth.require()
      return !decision.ok && (await decision.respond()).status === 302
    },
  },
  'a refusal of what is not fresh': { jar: aliceStale, walk: refuse('stale', { fresh: true }) },
  'a refusal of what is not fresh, by a handler': {
    jar: aliceStale,
    options: { needsRefreshHandler: async () => new Response(null, { status: 418 }) },
    walk: refuse('stale', { fresh: true }),
  },
  'a page for shared caches': {
    jar: alice,
    walk: async (auth) => (await auth.require({ cache: 'public', allow: async () => true })).ok,
  },
  'a refusal by role': { jar: alice, walk: refuse('forbidden', { allow: async () => false }) },
  'a guard that lets pass by role': {
    jar: alice,
    walk: async (auth) => (await auth.require({ allow: async () => true, withinSeconds: 60 })).ok,
  },
  'a page for anonymous visitors': {
    walk: async (auth) => (await managerOf().guardAnonymous()(auth)).ok,
  },
  'a page for anonymous visitors, refused to a user': {
    jar: alice,
    walk: async (auth) => {
      const outcome = await managerOf().guardAnonymous()(auth)
      return !outcome.ok && outcome.reason === 'logged-in' && (await outcome.respond()).status === 302
    },
  },
  'a refusal that somebody asked for': {
    walk: async (auth) => (await auth.unauthorized()).status === 302 && (await auth.needsRefresh()).status === 302,
  },
  'a refusal where the messages leave no room': { jar: flashes, walk: refuse('unauthorized') },

  'a form token': {
    jar: alice,
    walk: async (auth) => {
      const token = await auth.csrfToken()
      return (await auth.checkCsrf(token)) && !(await auth.checkCsrf('x'))
    },
  },
  'a form with a token in its header': {
    options: { csrf: 'token' },
    jar: aliceWithForm,
    method: 'POST',
    headers: { 'x-csrf-token': 'x' },
    walk: async (auth) => (await (await checkRequest(auth))?.respond())?.status === 403,
  },
  'a forged request': {
    jar: alice,
    method: 'POST',
    headers: { 'sec-fetch-site': 'cross-site' },
    walk: async (auth) => (await (await checkRequest(auth))?.respond())?.status === 403,
  },

  'data and messages': {
    jar: alice,
    walk: async (auth) => {
      await auth.session.set('a', 1)
      await auth.session.delete('a')
      await auth.session.setPermanent(true)
      await auth.flash('saved')
      return (await auth.takeFlashes()).length === 1 && (await auth.session.get('a')) === undefined
    },
  },
  'the way back from the session': { jar: nextKept, walk: async (auth) => (await auth.nextUrl('/x')) === '/page' },
  'a session that is renewed with every answer': {
    options: RENEWING,
    jar: alicePermanent,
    walk: async (auth) => (await checkRequest(auth)) === null,
  },
  'a session that is renewed with every answer, encrypted': {
    options: SEALED_RENEWING,
    jar: alicePermanent,
    walk: async (auth) => (await checkRequest(auth)) === null,
  },

  'a login that is restored ahead of the page': {
    jar: { remember: aliceRemembered.remember },
    isSilent: true,
    walk: renewAhead('alice stale'),
  },
  'a session of the former secret that is renewed ahead of the page': {
    jar: aliceFormer,
    isSilent: true,
    walk: renewAhead('alice fresh'),
  },
  'a session that is due, renewed ahead of the page, encrypted': {
    jar: aliceEncrypted,
    options: ENCRYPTED,
    meanwhile: () => clock.advance(10_000),
    isSilent: true,
    walk: renewAhead('alice fresh'),
  },
}

// ── walking ──────────────────────────────────────────────────────────────────

const START = clock()

/** What happens at the step of this number, counted from the beginning of the journey. */
type Event = (step: () => Promise<unknown>, auth: Auth<User>, through: ReadonlySet<string>) => Promise<unknown>

interface Walked {
  /** The points, in the order in which they were reached. */
  readonly reached: readonly number[]
  readonly went: boolean | unknown
  readonly through: ReadonlySet<string>
  readonly answer: Response
  readonly auth: Auth<User>
}

const requests = new WeakMap<Auth<User>, Request>()

async function walked(
  { walk, options, meanwhile, ...sent }: Journey,
  at = -1,
  event?: Event,
  goOn?: (auth: Auth<User>) => Promise<void>,
): Promise<Walked> {
  clock.advance(START - clock())
  users = fresh()
  denied.clear()
  meanwhile?.()
  const request = requestOf(sent)
  const auth = managerOf(options).open(request)
  requests.set(auth, request)
  const reached: number[] = []
  const through = new Set<string>()
  hooks.at = (number, step) => {
    const isHere = reached.push(number) - 1 === at
    return isHere && event !== undefined ? event(step, auth, through) : step()
  }
  try {
    const went = await walk(auth, (one) => void through.add(one)).catch((error: unknown) => ({ error }))
    await goOn?.(auth)
    return { reached, went, through, answer: commit(auth, new Response()), auth }
  } finally {
    hooks.at = null
  }
}

/** Whom the session alone logs in, and whom the remember cookie alone. */
const logins = async (jar: Jar, journey: Journey): Promise<readonly [string | null, string | null]> => [
  await whoIs({ session: jar.session }, journey),
  await whoIs({ remember: jar.remember }, journey),
]

const nameOf = (login: string | null): string | undefined => login?.split(' ')[0]

const isOut = ({ isLogout }: Journey, through: ReadonlySet<string>): boolean => isLogout === true || through.has(LOGOUT)

/** What the answer sets logs in nobody but who was logged in before, or whose login was through. */
async function expectNoNewLogin(journey: Journey, answer: Response, through: ReadonlySet<string>): Promise<void> {
  const set = setBy(answer)
  if (!set.session && !set.remember) return
  const [session, remembered] = isOut(journey, through) ? [null, null] : await logins(journey.jar ?? {}, journey)
  const [newSession, newRemembered] = await logins(set, journey)
  const sessions = [null, session, session?.replace('fresh', 'stale'), ...through]
  expect(sessions, `a session of ${newSession}`).toContain(newSession)
  const names = [undefined, nameOf(remembered), ...[...through].map(nameOf)]
  expect(names, `a remember cookie of ${newRemembered}`).toContain(nameOf(newRemembered))
}

/** What a logout clears of the cookies that came. */
function expectCleared({ jar = {} }: Journey, answer: Response): void {
  const set = setBy(answer)
  if (jar.session !== undefined) expect(set.session).toBeDefined()
  if (jar.remember !== undefined) expect(set.remember).toBe('')
}

const FAILURES: readonly (readonly [string, () => Error])[] = [
  ['an error', () => new Error('the step failed')],
  ['a store that is down', () => new core.StoreError('the step failed')],
]

const isRejected = (went: unknown): boolean => typeof went === 'object'
const reachedPoints = new Set<number>()

describe.each(Object.entries(JOURNEYS))('%s', (_name, journey) => {
  const steps: number[] = []

  it('goes as it should when nothing fails', async () => {
    const { reached, went, through, answer } = await walked(journey)
    for (const number of reached) reachedPoints.add(number)
    steps.push(...reached)
    if (isRejected(went)) throw (went as { error: unknown }).error
    expect(went).toBe(true)
    if (journey.isSilent) expect(setBy(answer).session).toBeDefined()
    await expectNoNewLogin(journey, answer, through)
  })

  it.each(FAILURES)('logs no user in if one step fails with %s', async (_what, failure) => {
    for (const isAfter of [false, true]) {
      for (const [at, number] of steps.entries()) {
        const { went, through, answer, auth } = await walked(journey, at, async (step) => {
          if (isAfter) await step()
          throw failure()
        })
        const place = `step ${at}, ${points[number]?.place}, ${isAfter ? 'when it was done' : 'before it was done'}`
        try {
          if (journey.isSilent) expect(setBy(answer)).toEqual({})
          else if (went === true && isOut(journey, through)) expectCleared(journey, answer)
          else expect(went, 'the failure was swallowed').not.toBe(true)
          await expectNoNewLogin(journey, answer, through)
          await expectOldUser(journey, auth, through)
        } catch (error) {
          throw new Error(place, { cause: error })
        }
      }
    }
  })

  it('sends no part of a login if the response is sent before the login completes', async () => {
    for (const isAfter of [false, true]) {
      for (const [at, number] of steps.entries()) {
        let sent: Response | undefined
        let throughThen: ReadonlySet<string> = new Set()
        const { answer } = await walked(journey, at, async (step, auth, through) => {
          const result = isAfter ? await step() : undefined
          sent = commit(auth, new Response())
          throughThen = new Set(through)
          return isAfter ? result : step()
        })
        try {
          if (sent === undefined) throw new Error('the step was not reached again')
          await expectNoNewLogin(journey, sent, throughThen)
          await expectNoNewLogin(journey, answer, throughThen)
          expect(setBy(answer).session).toBe(setBy(sent).session)
        } catch (error) {
          throw new Error(`step ${at}, ${points[number]?.place}, ${isAfter ? 'after' : 'before'}`, { cause: error })
        }
      }
    }
  })
})

describe.each(Object.entries(JOURNEYS).filter(([, { isLogout }]) => isLogout))('%s', (_name, journey) => {
  it('stands once it was written, whatever fails after it', async () => {
    const { reached: steps } = await walked(journey)
    const stands: boolean[] = []
    for (const at of steps.keys()) {
      const { answer } = await walked(journey, at, () => Promise.reject(new Error('the step failed')))
      const set = setBy(answer)
      stands.push(set.session !== undefined || (journey.jar?.session === undefined && set.remember === ''))
    }
    expect(stands.at(-1)).toBe(true)
    expect(stands.lastIndexOf(false)).toBeLessThan(
      steps.findIndex((number) => points[number]?.code.includes('userLoggedOut')),
    )
  })
})

const withoutGaps = (jar: Jar): Jar =>
  Object.fromEntries(Object.entries(jar).filter(([, value]) => value !== undefined))

/** What an app may do after an error: say so on the next page. */
async function goingOn(auth: Auth<User>): Promise<void> {
  await auth.checkCsrf(await auth.csrfToken())
  await auth.flash('something went wrong')
}

/** Those at whose end the same user is logged in by the session as at their beginning. */
const staying: [string, Journey][] = []
for (const [name, journey] of Object.entries(JOURNEYS)) {
  if (journey.jar?.session === undefined || journey.isLogout) continue
  const { answer } = await walked(journey)
  const [before] = await logins(journey.jar, journey)
  const [after] = await logins({ ...journey.jar, ...withoutGaps(setBy(answer)) }, journey)
  if (before !== null && nameOf(before) === nameOf(after)) staying.push([name, journey])
}

describe.each(staying)('%s', (_name, journey) => {
  it('logs no user out if one step fails, and the app continues', async () => {
    const { reached } = await walked(journey)
    const [before] = await logins(journey.jar ?? {}, journey)
    for (const [at, number] of reached.entries()) {
      const { answer } = await walked(journey, at, () => Promise.reject(new Error('the step failed')), goingOn)
      const [after] = await logins({ ...journey.jar, ...withoutGaps(setBy(answer)) }, journey)
      expect(nameOf(after), `step ${at}, ${points[number]?.place}`).toBe(nameOf(before))
    }
  })
})

/** For the rest of the request, too, nobody is there who was not there before. */
async function expectOldUser(journey: Journey, auth: Auth<User>, through: ReadonlySet<string>): Promise<void> {
  const before = await logins(journey.jar ?? {}, journey)
  const { authorization = '', 'x-api-key': key = '' } = journey.headers ?? {}
  const known = [...before, ...through, authorization.split(' ')[1] ?? null, key].map(nameOf)
  const found = await auth.currentUser().catch(unlessLate)
  if (found !== null) expect(known).toContain(found.id)
}

/** A journey that never read the user cannot do so after its response. */
function unlessLate(error: unknown): null {
  if ((error as { code?: unknown }).code !== 'response-sent') throw error
  return null
}

describe('the journeys together', () => {
  it('cover every construct that waits', () => {
    const isElsewhere = (node: ts.Node): boolean =>
      (ts.isForOfStatement(node) && node.awaitModifier !== undefined) ||
      (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing) ||
      (ts.forEachChild(node, (child) => isElsewhere(child) || undefined) ?? false)
    for (const path of sources.filter((one) => SWITCHED.test(one))) {
      const text = readFileSync(join(SRC, path), 'utf8')
      expect(isElsewhere(ts.createSourceFile(path, text, ts.ScriptTarget.Latest)), path).toBe(false)
    }
    expect(points.length).toBeGreaterThan(50)
  })

  it('reach every one of them', () => {
    const missed = points
      .filter((_, number) => !reachedPoints.has(number))
      .map(({ place, code }) => `${place}  ${code}`)
    expect(missed).toEqual([])
  })
})
