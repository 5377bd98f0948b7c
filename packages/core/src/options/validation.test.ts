import { describe, expect, it } from 'vitest'
import { commit } from '../adapter'
import { encrypted } from '../encrypted'
import {
  bearer,
  createLoginManager,
  type LoginManagerOptions,
  type OptionProblem,
  OptionsError,
  signed,
} from '../index'

interface User {
  readonly id: string
}

type Options = LoginManagerOptions<User>

const SECRET = 'only for tests: 0123456789 abcdefghijklmnop'
const GOOD: Options = { secrets: SECRET, loadUser: () => null }

/** What is said of these options; nothing where they are good. */
function problemsOf(options: unknown): readonly OptionProblem[] {
  try {
    createLoginManager(options as Options)
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(OptionsError)
    return (error as OptionsError).problems
  }
}

function saidOf(options: object, path: string): string {
  const problems = problemsOf({ ...GOOD, ...options })
  expect(problems.map((problem) => problem.path)).toContain(path)
  return problems.find((problem) => problem.path === path)?.message ?? ''
}

const COOKIE = {
  name: 'a b',
  path: 'app',
  domain: 7,
  secure: 'yes',
  httpOnly: 1,
  sameSite: 'Lax',
  partitioned: null,
}

// Every option there is, each of them wrong: a new one that is not in this list does not compile.
const ALL_WRONG = {
  loadUser: 'users',
  loadUserFromRequest: [{}],
  secrets: 'short',
  audience: 1,
  anonymousUser: {},
  userId: 'id',
  isActive: true,
  sessionStamp: 'version',
  revokeUser: 1,
  isRevoked: [],
  loginView: '',
  refreshView: 7,
  loginMessage: 7,
  loginMessageCategory: null,
  needsRefreshMessage: false,
  needsRefreshMessageCategory: 7,
  localize: 'de',
  unauthorizedHandler: '/login',
  needsRefreshHandler: '/refresh',
  forbiddenHandler: 403,
  csrfHandler: 403,
  areas: { admin: { loginView: 7, refreshView: {}, loginMessage: 7, needsRefreshMessage: 7 } },
  useSessionForNext: 'yes',
  nextParam: '',
  forceHostForRedirects: 'https://id.test/',
  exemptMethods: 'OPTIONS',
  sessionProtection: 'on',
  fingerprint: ['agent'],
  cookies: { path: 'app' },
  session: {
    cookie: COOKIE,
    idleSeconds: 0,
    absoluteSeconds: -1,
    permanentSeconds: '1',
    renew: 'always',
    isActivity: 'polls',
    writeForRequestUsers: 'no',
    codec: 'signed',
    previousCodec: {},
  },
  remember: { cookie: COOKIE, seconds: 0.5, renew: 'whenUsed' },
  keepAnonymousData: 'cart',
  csrf: true,
  basePath: 'mnt',
  publicOrigin: 'https://app.test/',
  origins: ['app.test'],
  nextOrigins: ['https://*.app.test'],
  onWarning: 'warn',
  debug: 'yes',
  cacheBytes: -1,
  clock: 0,
  random: 4,
} satisfies Record<keyof Options, unknown>

function pathsOf(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = prefix + key
    return ['session', 'remember', 'cookie', 'cookies', 'areas', 'admin'].includes(key)
      ? pathsOf(inner, `${path}.`)
      : [path]
  })
}

describe('options that cannot work', () => {
  it('are all said at once, in one error, each with its path and what to write instead', () => {
    const problems = problemsOf(ALL_WRONG)
    const paths = [...new Set(problems.map(({ path }) => path.replace(/\.0$/, '')))]
    expect(paths.sort()).toEqual(pathsOf(ALL_WRONG).sort())
    for (const { message } of problems) expect(message).toMatch(/^(must|has|is|repeats) .{4,}/)
    const { message } = new OptionsError('createLoginManager()', problems)
    expect(message.split('\n')).toHaveLength(problems.length + 1)
  })

  it.each(Object.entries(ALL_WRONG))('%s alone is said alone', (name, value) => {
    const problems = problemsOf({ ...GOOD, [name]: value })
    expect(problems).not.toEqual([])
    for (const { path } of problems) expect(path === name || path.startsWith(`${name}.`)).toBe(true)
  })

  it.each([
    [{ session: { idle: 1 } }, 'session.idle'],
    [{ remember: { cookie: { maxAge: 1 } } }, 'remember.cookie.maxAge'],
    [{ areas: { admin: { view: '/' } } }, 'areas.admin.view'],
    [{ cookies: { name: 'both' } }, 'cookies.name'],
  ])('include what is misspelt: %j', (options, path) => {
    expect(saidOf(options, path)).toBe('is not an option: check its spelling')
  })

  it.each<[object, string, string]>([
    [{ loginVeiw: '/login' }, 'loginVeiw', 'loginView'],
    [{ loginview: '/login' }, 'loginview', 'loginView'],
    [{ login_view: '/login' }, 'login_view', 'loginView'],
    [{ secret: 'x' }, 'secret', 'secrets'],
    [{ loadUsers: () => null }, 'loadUsers', 'loadUser'],
    [{ session: { idleSecond: 1 } }, 'session.idleSecond', 'idleSeconds'],
    [{ session: { cookie: { samesite: 'lax' } } }, 'session.cookie.samesite', 'sameSite'],
    [{ areas: { admin: { loginViews: '/' } } }, 'areas.admin.loginViews', 'loginView'],
  ])('suggest the similar option for a misspelt one: %j', (options, path, name) => {
    expect(saidOf(options, path)).toBe(`is not an option: did you mean ${name}?`)
  })

  it.each<[object, string, string]>([
    [{ userId: 'id' }, 'userId', 'must be a function, but is "id": (user) => id'],
    [{ useSessionForNext: 'yes' }, 'useSessionForNext', 'must be true or false, but is "yes"'],
    [{ session: { idleSeconds: '60' } }, 'session.idleSeconds', 'must be a number of seconds, but is "60"'],
    [{ session: { idleSeconds: 0 } }, 'session.idleSeconds', 'must be a whole number of seconds above 0, but is 0'],
    [{ session: 7 }, 'session', 'must be an object, but is 7'],
    [{ origins: 'https://a.test' }, 'origins', 'must be a list of origins, but is "https://a.test"'],
    [{ loginMessage: {} }, 'loginMessage', 'must be a string, or null, but is an object'],
    [{ nextParam: 'x'.repeat(0) }, 'nextParam', 'must be the name of a query parameter, but is ""'],
    [
      { csrfHandler: 'x'.repeat(100) },
      'csrfHandler',
      `must be a function, but is "${'x'.repeat(60)}…": (refusal) => Response`,
    ],
  ])('state the expected and the received value: %j', (options, path, message) => {
    expect(saidOf(options, path)).toBe(message)
  })

  it.each([
    'short',
    { current: 'short' },
    { current: SECRET, previous: ['short'] },
    { current: 'short', old: 'short' },
  ])('never contain a secret: %j', (secrets) => {
    const problems = problemsOf({ ...GOOD, secrets })
    expect(problems).not.toEqual([])
    for (const { message } of problems) expect(message).not.toContain('short')
  })

  it.each(['a.b', 'constructor', '__proto__'])('include those of an area that is called %s', (name) => {
    expect(saidOf({ areas: { [name]: { loginView: 7 } } }, `areas.${name}.loginView`)).toContain('must be a path')
  })

  it.each([
    ['current', { current: 'short' }],
    ['previous.0', { current: SECRET, previous: ['short'] }],
  ])('say which of several secrets it is: %s', (which, secrets) => {
    expect(saidOf({ secrets }, `secrets.${which}`)).toContain('32 bytes')
  })

  it.each([undefined, null, 7, 'secret', []])('include no options at all: %j', (options) => {
    expect(problemsOf(options)).not.toEqual([])
  })

  it('are never thrown while a request runs', () => {
    expect(() => createLoginManager(ALL_WRONG as unknown as Options)).toThrow(OptionsError)
  })
})

const utf8 = (text: string) => new TextEncoder().encode(text)
const hex = (text: string) => Array.from(utf8(text), (byte) => byte.toString(16).padStart(2, '0')).join('')

describe('the secret', () => {
  it('may be any that was drawn at random, as bytes, base64 or hex', () => {
    for (let i = 0; i < 200; i++) {
      const bytes = crypto.getRandomValues(new Uint8Array(32))
      const spellings = [bytes, btoa(String.fromCharCode(...bytes)), hex(String.fromCharCode(...bytes))]
      for (const secrets of spellings) expect(problemsOf({ ...GOOD, secrets })).toEqual([])
    }
  })

  it.each([
    [undefined, 'is missing'],
    [null, 'must be a secret'],
    ['', '32 bytes'],
    ['x'.repeat(31), '32 bytes'],
    ['x'.repeat(32), 'repeats itself'],
    ['123456789'.repeat(9), 'repeats itself'],
    [new Uint8Array(31), '32 bytes'],
    [new Uint8Array(32), 'repeats itself'],
    ['correct horse battery staple correct horse battery staple', 'printed in the documents'],
    ['Correct-Horse-Battery-Staple, and again', 'printed in the documents'],
    [utf8('correct horse battery staple correct horse battery staple'), 'printed in the documents'],
    [btoa('correct horse battery staple correct horse battery staple'), 'printed in the documents'],
    [utf8(btoa('correct horse battery staple correct horse battery staple')), 'printed in the documents'],
    [hex('correct horse battery staple correct horse battery staple'), 'printed in the documents'],
    ['CHANGE_ME_to_a_long_random_text_please_1234', 'is a placeholder'],
    ['changeme-changeme-0123456789-abcdefghijk', 'is a placeholder'],
    ['please change me before you deploy to production', 'is a placeholder'],
    ['django-insecure-k$9f!2h8s0d7g6j5l4a3q2w1e0', 'is a placeholder'],
    ['your-secret-key-goes-here-0123456789abcdef', 'is a placeholder'],
    ['your_super_secret_key_0123456789_abcdefgh', 'is a placeholder'],
    ['<replace this with 32 random bytes, base64>', 'is a placeholder'],
    ['keyboard cat keyboard cat keyboard cat', 'is a placeholder'],
    [utf8('CHANGE_ME_to_a_long_random_text_please_1234'), 'is a placeholder'],
    [{ current: SECRET, previous: ['change-this-secret-0123456789-abcdefgh'] }, 'is a placeholder'],
    [7, 'must be'],
    [{ current: 'short' }, '32 bytes'],
    [[SECRET, SECRET], 'must be'],
  ])('may not be %j', (secrets, message) => {
    const problems = problemsOf({ ...GOOD, secrets })
    expect(problems.map(({ path }) => path.split('.')[0])).toEqual(['secrets'])
    expect(problems[0]?.message).toContain(message)
  })

  it.each([
    [{ current: SECRET, previous: ['short'] }],
    [{ current: SECRET, previous: SECRET }],
    [{ current: SECRET, former: [SECRET] }],
    [{ previous: [SECRET] }],
    [{}],
  ])('may not be %j either', (secrets) => {
    expect(problemsOf({ ...GOOD, secrets }).map(({ path }) => path.split('.')[0])).toContain('secrets')
  })

  it.each([
    [SECRET],
    ['0123456789abcdef0123456789abcdef'],
    ['ääääääää0123456789abcdef'],
    [crypto.getRandomValues(new Uint8Array(32))],
    [{ current: SECRET }],
    [{ current: SECRET, previous: undefined }],
    [{ current: SECRET, previous: [`${SECRET} before`, new TextEncoder().encode(SECRET)] }],
  ])('may be %j', (secrets) => {
    expect(problemsOf({ ...GOOD, secrets })).toEqual([])
  })

  it('is counted in bytes, not in letters', () => {
    expect(problemsOf({ ...GOOD, secrets: 'äöüßéèêàáâ123456' })).not.toEqual([])
    expect(problemsOf({ ...GOOD, secrets: 'äöüßéèêàáâ1234567890ab' })).toEqual([])
  })
})

describe('what is right by itself and wrong together', () => {
  it.each<[string, Partial<Options>, string]>([
    ['__Host- without Secure', { session: { cookie: { name: '__Host-s', secure: false } } }, 'session.cookie.name'],
    ['__Host- with a domain', { session: { cookie: { name: '__Host-s', domain: 'a.test' } } }, 'session.cookie.name'],
    ['__Host- below a path', { remember: { cookie: { name: '__Host-r', path: '/a' } } }, 'remember.cookie.name'],
    [
      '__Secure- without Secure',
      { remember: { cookie: { name: '__Secure-r', secure: false } } },
      'remember.cookie.name',
    ],
    [
      'SameSite=None without Secure',
      { session: { cookie: { sameSite: 'none', secure: false } } },
      'session.cookie.sameSite',
    ],
    [
      'Partitioned without Secure',
      { session: { cookie: { partitioned: true, secure: false } } },
      'session.cookie.partitioned',
    ],
    ['Partitioned without SameSite=None', { session: { cookie: { partitioned: true } } }, 'session.cookie.partitioned'],
    [
      'Partitioned with SameSite=Strict',
      { remember: { cookie: { partitioned: true, sameSite: 'strict' } } },
      'remember.cookie.partitioned',
    ],
    [
      'a former name whose prefix its attributes contradict',
      { session: { cookie: { former: [{ path: '/a' }, { name: '__Host-a', path: '/a' }] } } },
      'session.cookie.former.1.name',
    ],
    [
      'a former attribute that is not an attribute',
      { cookies: { former: [{ paths: '/a' } as never] } },
      'cookies.former.0.paths',
    ],
    ['former attributes without a list', { cookies: { former: { path: '/a' } as never } }, 'cookies.former'],
    ['a former path that is not a path', { cookies: { former: [{ path: 'a;b' }] } }, 'cookies.former.0.path'],
    [
      'one name for both cookies',
      { session: { cookie: { name: 'a' } }, remember: { cookie: { name: 'a' } } },
      'remember.cookie.name',
    ],
    [
      'the name of the other cookie',
      { session: { cookie: { name: '__Host-remember_token' } } },
      'remember.cookie.name',
    ],
    ['no loader at all', { loadUser: undefined }, 'loadUser'],
    ['an empty list of loaders', { loadUser: undefined, loadUserFromRequest: [] }, 'loadUser'],
  ])('%s', (_, options, path) => {
    expect(problemsOf({ ...GOOD, ...options }).map((problem) => problem.path)).toEqual([path])
  })

  it('is all said at once', () => {
    const cookie = { name: '__Host-a', secure: false, sameSite: 'none', partitioned: true }
    expect(problemsOf({ secrets: SECRET, session: { cookie }, remember: { cookie } })).toHaveLength(8)
  })
})

describe('options that work', () => {
  it.each<[string, Partial<Options>]>([
    ['a loader alone', {}],
    ['a request loader alone', { loadUser: undefined, loadUserFromRequest: bearer<User>(() => null) }],
    ['a function as request loader', { loadUser: undefined, loadUserFromRequest: () => null }],
    ['several', { loadUserFromRequest: [bearer<User>(() => null), () => null] }],
    [
      'views of all kinds',
      { loginView: '/login', refreshView: () => '/refresh', areas: { a: { loginView: 'https://id.test/' } } },
    ],
    [
      'null where it means none',
      {
        loginView: null,
        refreshView: null,
        loginMessage: null,
        session: { absoluteSeconds: null, cookie: { sameSite: null } },
      },
    ],
    [
      'undefined everywhere',
      Object.fromEntries(
        Object.keys(ALL_WRONG)
          .filter((key) => !(key in GOOD))
          .map((key) => [key, undefined]),
      ),
    ],
    ['both codecs', { session: { codec: encrypted(), previousCodec: signed() } }],
    ['origins', { publicOrigin: 'https://app.test', origins: ['http://localhost:3000', 'https://[::1]'] }],
    ['origins of other schemes', { origins: ['capacitor://localhost', 'https://*.app.test'] }],
    ['a path that other sites may send to', { csrf: { mode: 'token', except: ['/saml/acs', '/', '/a/'] } }],
    ['a CSRF check without exceptions', { csrf: {} }],
    ['no cache', { cacheBytes: 0 }],
    [
      'prefixes as they must be',
      { session: { cookie: { name: '__Host-s' } }, remember: { cookie: { name: '__Secure-r', path: '/a' } } },
    ],
  ])('%s', (_, options) => {
    expect(problemsOf({ ...GOOD, ...options })).toEqual([])
  })

  it.each([
    ['https://app.test/', 'a slash'],
    ['https://app.test/a', 'a path'],
    ['HTTPS://app.test', 'capitals'],
    ['https://app.test:443', 'the default port'],
    ['https://me@app.test', 'a name'],
    ['app.test', 'no scheme'],
    ['null', 'an opaque one'],
    ['*', 'any'],
  ])('do not include the origin %s, which has %s: it would never match', (origin) => {
    expect(saidOf({ publicOrigin: origin }, 'publicOrigin')).toContain('https://example.org')
    expect(saidOf({ origins: [origin] }, 'origins.0')).toContain('https://example.org')
  })

  it.each([
    'saml/acs',
    '',
    '/saml/*',
    '/saml/acs?x',
    '/a/../b',
    '/a//b',
    '/%61',
    '/ü',
    '/a b',
    '/a;b',
    '/a#b',
    7,
    '/*',
  ])('do not exempt %j from the CSRF check, because it is not one exact path', (path) => {
    expect(saidOf({ csrf: { except: [path] } } as never, 'csrf.except.0')).toContain('/saml/acs')
  })

  it.each([{ modes: 'token' }, { mode: 'tokens' }, { mode: null }, { except: '/a' }, [[]], null, 'on'])(
    'do not include the CSRF check %j',
    (csrf) => expect(problemsOf({ ...GOOD, csrf } as never)).not.toEqual([]),
  )

  it.each(['capacitor://localhost', 'https://*.app.test'])('do not lead visitors to %s', (origin) => {
    expect(saidOf({ nextOrigins: [origin] }, 'nextOrigins.0')).toContain('https://example.org')
    expect(saidOf({ publicOrigin: origin }, 'publicOrigin')).toContain('https://example.org')
  })

  it.each(['a b', 'a;b', 'a\nb', 'a\r\nset-cookie: x=1', '/a;b'])('do not include %j in a cookie', (text) => {
    expect(problemsOf({ ...GOOD, session: { cookie: { path: `/${text}` } } })).not.toEqual([])
    expect(problemsOf({ ...GOOD, session: { cookie: { domain: text } } })).not.toEqual([])
    expect(problemsOf({ ...GOOD, session: { cookie: { name: text } } })).not.toEqual([])
  })
})

async function cookieLines(options: Partial<Options>): Promise<string[]> {
  const auth = createLoginManager<User>({ ...GOOD, ...options }).open(new Request('https://app.test/'))
  await auth.loginUser({ id: 'alice' }, { remember: true })
  const lines = commit(auth, new Response()).headers.getSetCookie()
  return lines.map((line) => line.replace(/=[^;]+/, '=…'))
}

describe('the cookies', () => {
  it.each<[string, Partial<Options>, string[]]>([
    [
      'are as safe as can be by default',
      {},
      [
        '__Host-session=…; Path=/; Secure; HttpOnly; SameSite=Lax',
        '__Host-remember_token=…; Max-Age=2592000; Path=/; Secure; HttpOnly; SameSite=Lax',
      ],
    ],
    [
      'lose the prefix that their attributes forbid',
      { session: { cookie: { path: '/app' } }, remember: { cookie: { domain: '.app.test' } } },
      [
        '__Secure-session=…; Path=/app; Secure; HttpOnly; SameSite=Lax',
        '__Secure-remember_token=…; Max-Age=2592000; Domain=app.test; Path=/; Secure; HttpOnly; SameSite=Lax',
      ],
    ],
    [
      'have no prefix over plain HTTP, which has to be said',
      { session: { cookie: { secure: false } }, remember: { cookie: { secure: false } } },
      [
        'session=…; Path=/; HttpOnly; SameSite=Lax',
        'remember_token=…; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax',
      ],
    ],
    [
      'have the name they are given, as it is',
      {
        session: { cookie: { name: 'sid', sameSite: 'strict' } },
        remember: { cookie: { name: 'stay', sameSite: null } },
      },
      ['sid=…; Path=/; Secure; HttpOnly; SameSite=Strict', 'stay=…; Max-Age=2592000; Path=/; Secure; HttpOnly'],
    ],
    [
      'may be embedded elsewhere',
      { session: { cookie: { sameSite: 'none', partitioned: true, httpOnly: false } } },
      [
        '__Host-session=…; Path=/; Secure; SameSite=None; Partitioned',
        '__Host-remember_token=…; Max-Age=2592000; Path=/; Secure; HttpOnly; SameSite=Lax',
      ],
    ],
    [
      'have in common what is said once, and differ where one of them says so',
      { cookies: { secure: false, path: '/app' }, remember: { cookie: { path: '/', secure: undefined } } },
      [
        'session=…; Path=/app; HttpOnly; SameSite=Lax',
        'remember_token=…; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax',
      ],
    ],
  ])('%s', async (_, options, lines) => {
    expect(await cookieLines(options)).toEqual(lines)
  })
})

describe('what looks like an address and leads nowhere', () => {
  it.each(['login', 'auth.login', 'http//x', ' /login', 'javascript:alert(1)', ''])('is no view: %j', (loginView) => {
    for (const given of [{ loginView }, { refreshView: loginView }, { areas: { office: { loginView } } }])
      expect(problemsOf({ ...GOOD, ...given })).toHaveLength(1)
  })

  it.each(['https://example.org', 'example.org/', 'example.org:443', 'a b'])(
    'is no domain of a cookie: %j',
    (domain) => {
      expect(problemsOf({ ...GOOD, cookies: { domain } })).toHaveLength(1)
    },
  )

  it.each(['/login', '/', '//id.example.org/login', 'https://id.example.org/login?x=1#y'])(
    'is a view: %j',
    (loginView) => {
      expect(problemsOf({ ...GOOD, loginView })).toEqual([])
    },
  )
})

it('names every key that is not an option, and not only the first', () => {
  const problems = problemsOf({ ...GOOD, loginVeiw: '/login', seesion: {}, login_view: '/login', audience: 7 })
  expect(problems.map((problem) => (problem as { path?: string }).path ?? problem).sort()).toHaveLength(4)
})

describe('a duration', () => {
  const longest = Number.MAX_SAFE_INTEGER
  it.each([longest, longest - 1_800_000_000, 2 ** 53, 2 ** 53 - 1e10])(
    'of %d seconds is refused at start: no instant after it is exact',
    (seconds) => {
      const session = { idleSeconds: seconds, absoluteSeconds: seconds, permanentSeconds: seconds }
      const problems = problemsOf({ ...GOOD, session, remember: { seconds } })
      expect(problems.map(({ path }) => path)).toEqual([
        'session.idleSeconds',
        'session.absoluteSeconds',
        'session.permanentSeconds',
        'remember.seconds',
      ])
    },
  )

  it('of a thousand years is accepted', () => {
    expect(problemsOf({ ...GOOD, session: { idleSeconds: 31_536_000_000 } })).toEqual([])
  })
})

describe('the clock', () => {
  it.each<[string, () => unknown]>([
    ['milliseconds', Date.now],
    ['milliseconds of its own', () => Date.now()],
    ['no number', () => 'now'],
    ['nothing', () => undefined],
    ['NaN', () => Number.NaN],
    ['an instant before 1970', () => -1],
  ])('may not give %s, and the message names the remedy', (_, clock) => {
    expect(saidOf({ clock }, 'clock')).toContain('Math.floor(Date.now() / 1000)')
  })

  it.each<[string, () => number]>([
    ['0, as that of Workers does at start', () => 0],
    ['fractions of seconds', () => Date.now() / 1000],
    [
      'an error before the app is ready',
      () => {
        throw new ReferenceError('not yet')
      },
    ],
  ])('may give %s', (_, clock) => {
    expect(problemsOf({ ...GOOD, clock })).toEqual([])
  })
})
