import { describe, expect, it } from 'vitest'
import { commitCookies, SECRET, type User } from '../../test/setup'
import { encrypted } from '../encrypted'
import {
  bearer,
  createLoginManager,
  type LoginManagerOptions,
  type OptionProblem,
  OptionsError,
  signed,
} from '../index'

type Options = LoginManagerOptions<User>

const VALID: Options = { secrets: SECRET, loadUser: () => null }

/** Returns the problems of options. The list is empty if the options are valid. */
function findProblems(options: unknown): readonly OptionProblem[] {
  try {
    createLoginManager(options as Options)
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(OptionsError)
    return (error as OptionsError).problems
  }
}

/** Returns the message of the problem at a path. */
function getMessage(options: object, path: string): string {
  const problems = findProblems({ ...VALID, ...options })
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

// Every option with an invalid value. A new option that is missing here does not compile.
const ALL_INVALID = {
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

function listPaths(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = prefix + key
    return ['session', 'remember', 'cookie', 'cookies', 'areas', 'admin'].includes(key)
      ? listPaths(inner, `${path}.`)
      : [path]
  })
}

describe('invalid options', () => {
  it('are listed in one error, each with its path and the remedy', () => {
    const problems = findProblems(ALL_INVALID)
    const paths = [...new Set(problems.map(({ path }) => path.replace(/\.0$/, '')))]
    expect(paths.sort()).toEqual(listPaths(ALL_INVALID).sort())
    for (const { message } of problems) expect(message).toMatch(/^(must|has|is|repeats) .{4,}/)
    const { message } = new OptionsError('createLoginManager()', problems)
    expect(message.split('\n')).toHaveLength(problems.length + 1)
  })

  it.each(Object.entries(ALL_INVALID))(
    'are the only problem in the error if one option is invalid: %s',
    (name, value) => {
      const problems = findProblems({ ...VALID, [name]: value })
      expect(problems).not.toEqual([])
      for (const { path } of problems) expect(path === name || path.startsWith(`${name}.`)).toBe(true)
    },
  )

  it.each([
    [{ session: { idle: 1 } }, 'session.idle'],
    [{ remember: { cookie: { maxAge: 1 } } }, 'remember.cookie.maxAge'],
    [{ areas: { admin: { view: '/' } } }, 'areas.admin.view'],
    [{ cookies: { name: 'both' } }, 'cookies.name'],
  ])('include a misspelt name: %j', (options, path) => {
    expect(getMessage(options, path)).toBe('is not an option: check its spelling')
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
    expect(getMessage(options, path)).toBe(`is not an option: did you mean ${name}?`)
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
    expect(getMessage(options, path)).toBe(message)
  })

  it.each([
    'short',
    { current: 'short' },
    { current: SECRET, previous: ['short'] },
    { current: 'short', old: 'short' },
  ])('never contain a secret: %j', (secrets) => {
    const problems = findProblems({ ...VALID, secrets })
    expect(problems).not.toEqual([])
    for (const { message } of problems) expect(message).not.toContain('short')
  })

  it.each(['a.b', 'constructor', '__proto__'])('include those of an area with the name %s', (name) => {
    expect(getMessage({ areas: { [name]: { loginView: 7 } } }, `areas.${name}.loginView`)).toContain('must be a path')
  })

  it.each([
    ['current', { current: 'short' }],
    ['previous.0', { current: SECRET, previous: ['short'] }],
  ])('have the path of the invalid secret: %s', (which, secrets) => {
    expect(getMessage({ secrets }, `secrets.${which}`)).toContain('32 bytes')
  })

  it.each([undefined, null, 7, 'secret', []])('include a value that is not an object with options: %j', (options) => {
    expect(findProblems(options)).not.toEqual([])
  })

  it('make createLoginManager() throw, before the first request', () => {
    expect(() => createLoginManager(ALL_INVALID as unknown as Options)).toThrow(OptionsError)
  })
})

const toUtf8 = (text: string) => new TextEncoder().encode(text)
const toHex = (text: string) => Array.from(toUtf8(text), (byte) => byte.toString(16).padStart(2, '0')).join('')

describe('the option secrets', () => {
  it('accepts 32 random bytes, as bytes, base64 or hex', () => {
    for (let i = 0; i < 200; i++) {
      const bytes = crypto.getRandomValues(new Uint8Array(32))
      const spellings = [bytes, btoa(String.fromCharCode(...bytes)), toHex(String.fromCharCode(...bytes))]
      for (const secrets of spellings) expect(findProblems({ ...VALID, secrets })).toEqual([])
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
    [toUtf8('correct horse battery staple correct horse battery staple'), 'printed in the documents'],
    [btoa('correct horse battery staple correct horse battery staple'), 'printed in the documents'],
    [toUtf8(btoa('correct horse battery staple correct horse battery staple')), 'printed in the documents'],
    [toHex('correct horse battery staple correct horse battery staple'), 'printed in the documents'],
    ['CHANGE_ME_to_a_long_random_text_please_1234', 'is a placeholder'],
    ['changeme-changeme-0123456789-abcdefghijk', 'is a placeholder'],
    ['please change me before you deploy to production', 'is a placeholder'],
    ['django-insecure-k$9f!2h8s0d7g6j5l4a3q2w1e0', 'is a placeholder'],
    ['your-secret-key-goes-here-0123456789abcdef', 'is a placeholder'],
    ['your_super_secret_key_0123456789_abcdefgh', 'is a placeholder'],
    ['<replace this with 32 random bytes, base64>', 'is a placeholder'],
    ['keyboard cat keyboard cat keyboard cat', 'is a placeholder'],
    [toUtf8('CHANGE_ME_to_a_long_random_text_please_1234'), 'is a placeholder'],
    [{ current: SECRET, previous: ['change-this-secret-0123456789-abcdefgh'] }, 'is a placeholder'],
    ['please change me please change me please change me', 'is a placeholder'],
    ['abcdefghijklmnopqrstuvwxyz0123456789', 'is predictable'],
    ['zyxwvutsrqponmlkjihgfedcba987654321', 'is predictable'],
    ['the-quick-brown-fox-'.repeat(3), 'is predictable'],
    ['the quick brown fox / The Quick Brown Fox / the quick brown fox', 'is predictable'],
    [Uint8Array.from({ length: 32 }, (_, index) => index), 'is predictable'],
    [Uint8Array.from({ length: 32 }, (_, index) => 255 - 3 * index), 'is predictable'],
    ['the-quick-brown-fox-'.repeat(60) + SECRET, 'is predictable'],
    [toHex('the quick brown fox the quick brown fox the quick brown fox'), 'is predictable'],
    [{ current: SECRET, previous: [SECRET, 'the-quick-brown-fox-'.repeat(3)] }, 'is predictable'],
    [7, 'must be'],
    [{ current: 'short' }, '32 bytes'],
    [[SECRET, SECRET], 'must be'],
  ])('rejects %j', (secrets, message) => {
    const problems = findProblems({ ...VALID, secrets })
    expect(problems.map(({ path }) => path.split('.')[0])).toEqual(['secrets'])
    expect(problems[0]?.message).toContain(message)
  })

  it.each([
    [{ current: SECRET, previous: ['short'] }],
    [{ current: SECRET, previous: SECRET }],
    [{ current: SECRET, former: [SECRET] }],
    [{ previous: [SECRET] }],
    [{}],
  ])('rejects the object %j', (secrets) => {
    expect(findProblems({ ...VALID, secrets }).map(({ path }) => path.split('.')[0])).toContain('secrets')
  })

  it.each([
    [SECRET],
    ['0123456789abcdef0123456789abcdef'],
    ['9f86d081884c7d659a2feaa0c55ad015'],
    ['a-secret-for-the-tests-of-an-app-1234567890'],
    ['ääääääää0123456789abcdef'],
    [crypto.getRandomValues(new Uint8Array(32))],
    [{ current: SECRET }],
    [{ current: SECRET, previous: undefined }],
    [{ current: SECRET, previous: [`${SECRET} before`, new TextEncoder().encode(SECRET)] }],
  ])('accepts %j', (secrets) => {
    expect(findProblems({ ...VALID, secrets })).toEqual([])
  })

  it('is counted in bytes, not in letters', () => {
    expect(findProblems({ ...VALID, secrets: 'äöüßéèêàáâ123456' })).not.toEqual([])
    expect(findProblems({ ...VALID, secrets: 'äöüßéèêàáâ1234567890ab' })).toEqual([])
  })
})

describe('options that contradict each other', () => {
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
    ['no user loader and no request loader', { loadUser: undefined }, 'loadUser'],
    ['an empty list of loaders', { loadUser: undefined, loadUserFromRequest: [] }, 'loadUser'],
  ])('%s', (_, options, path) => {
    expect(findProblems({ ...VALID, ...options }).map((problem) => problem.path)).toEqual([path])
  })

  it('are all listed in one error', () => {
    const cookie = { name: '__Host-a', secure: false, sameSite: 'none', partitioned: true }
    expect(findProblems({ secrets: SECRET, session: { cookie }, remember: { cookie } })).toHaveLength(8)
  })
})

describe('valid options', () => {
  it.each<[string, Partial<Options>]>([
    ['a user loader alone', {}],
    ['a request loader alone', { loadUser: undefined, loadUserFromRequest: bearer<User>(() => null) }],
    ['a function as request loader', { loadUser: undefined, loadUserFromRequest: () => null }],
    ['several request loaders', { loadUserFromRequest: [bearer<User>(() => null), () => null] }],
    [
      'views as paths, functions and URLs',
      { loginView: '/login', refreshView: () => '/refresh', areas: { a: { loginView: 'https://id.test/' } } },
    ],
    [
      'null for options that accept null',
      {
        loginView: null,
        refreshView: null,
        loginMessage: null,
        session: { absoluteSeconds: null, cookie: { sameSite: null } },
      },
    ],
    [
      'undefined for every option',
      Object.fromEntries(
        Object.keys(ALL_INVALID)
          .filter((key) => !(key in VALID))
          .map((key) => [key, undefined]),
      ),
    ],
    ['both codecs', { session: { codec: encrypted(), previousCodec: signed() } }],
    ['origins', { publicOrigin: 'https://app.test', origins: ['http://localhost:3000', 'https://[::1]'] }],
    ['origins of other schemes', { origins: ['capacitor://localhost', 'https://*.app.test'] }],
    ['paths that other sites may send requests to', { csrf: { mode: 'token', except: ['/saml/acs', '/', '/a/'] } }],
    ['a CSRF check without exceptions', { csrf: {} }],
    ['a cache of 0 bytes', { cacheBytes: 0 }],
    [
      'cookie names with a matching prefix',
      { session: { cookie: { name: '__Host-s' } }, remember: { cookie: { name: '__Secure-r', path: '/a' } } },
    ],
  ])('%s', (_, options) => {
    expect(findProblems({ ...VALID, ...options })).toEqual([])
  })

  it.each([
    ['https://app.test/', 'a slash'],
    ['https://app.test/a', 'a path'],
    ['HTTPS://app.test', 'capitals'],
    ['https://app.test:443', 'the default port'],
    ['https://me@app.test', 'a user name'],
    ['app.test', 'a host without a scheme'],
    ['null', 'an opaque origin'],
    ['*', 'a wildcard for all origins'],
  ])('do not include the origin %s, which no browser sends (%s)', (origin) => {
    expect(getMessage({ publicOrigin: origin }, 'publicOrigin')).toContain('https://example.org')
    expect(getMessage({ origins: [origin] }, 'origins.0')).toContain('https://example.org')
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
    expect(getMessage({ csrf: { except: [path] } } as never, 'csrf.except.0')).toContain('/saml/acs')
  })

  it.each([{ modes: 'token' }, { mode: 'tokens' }, { mode: null }, { except: '/a' }, [[]], null, 'on'])(
    'do not include the CSRF check %j',
    (csrf) => expect(findProblems({ ...VALID, csrf } as never)).not.toEqual([]),
  )

  it.each(['capacitor://localhost', 'https://*.app.test'])(
    'do not include %s in nextOrigins or publicOrigin',
    (origin) => {
      expect(getMessage({ nextOrigins: [origin] }, 'nextOrigins.0')).toContain('https://example.org')
      expect(getMessage({ publicOrigin: origin }, 'publicOrigin')).toContain('https://example.org')
    },
  )

  it.each(['a b', 'a;b', 'a\nb', 'a\r\nset-cookie: x=1', '/a;b'])('do not include %j in a cookie', (text) => {
    expect(findProblems({ ...VALID, session: { cookie: { path: `/${text}` } } })).not.toEqual([])
    expect(findProblems({ ...VALID, session: { cookie: { domain: text } } })).not.toEqual([])
    expect(findProblems({ ...VALID, session: { cookie: { name: text } } })).not.toEqual([])
  })
})

async function getCookieLines(options: Partial<Options>): Promise<string[]> {
  const auth = createLoginManager<User>({ ...VALID, ...options }).open(new Request('https://app.test/'))
  await auth.loginUser({ id: 'alice' }, { remember: true })
  return commitCookies(auth).map((line) => line.replace(/=[^;]+/, '=…'))
}

describe('the cookies of a login', () => {
  it.each<[string, Partial<Options>, string[]]>([
    [
      'have a __Host- prefix and secure attributes by default',
      {},
      [
        '__Host-session=…; Path=/; Secure; HttpOnly; SameSite=Lax',
        '__Host-remember_token=…; Max-Age=2592000; Path=/; Secure; HttpOnly; SameSite=Lax',
      ],
    ],
    [
      'have another prefix if their attributes forbid __Host-',
      { session: { cookie: { path: '/app' } }, remember: { cookie: { domain: '.app.test' } } },
      [
        '__Secure-session=…; Path=/app; Secure; HttpOnly; SameSite=Lax',
        '__Secure-remember_token=…; Max-Age=2592000; Domain=app.test; Path=/; Secure; HttpOnly; SameSite=Lax',
      ],
    ],
    [
      'do not have a prefix with the option secure: false',
      { session: { cookie: { secure: false } }, remember: { cookie: { secure: false } } },
      [
        'session=…; Path=/; HttpOnly; SameSite=Lax',
        'remember_token=…; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax',
      ],
    ],
    [
      'have exactly the name of the option name',
      {
        session: { cookie: { name: 'sid', sameSite: 'strict' } },
        remember: { cookie: { name: 'stay', sameSite: null } },
      },
      ['sid=…; Path=/; Secure; HttpOnly; SameSite=Strict', 'stay=…; Max-Age=2592000; Path=/; Secure; HttpOnly'],
    ],
    [
      'have the attributes for embedded pages',
      { session: { cookie: { sameSite: 'none', partitioned: true, httpOnly: false } } },
      [
        '__Host-session=…; Path=/; Secure; SameSite=None; Partitioned',
        '__Host-remember_token=…; Max-Age=2592000; Path=/; Secure; HttpOnly; SameSite=Lax',
      ],
    ],
    [
      'have the attributes of the option cookies, unless their own option differs',
      { cookies: { secure: false, path: '/app' }, remember: { cookie: { path: '/', secure: undefined } } },
      [
        'session=…; Path=/app; HttpOnly; SameSite=Lax',
        'remember_token=…; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax',
      ],
    ],
  ])('%s', async (_, options, lines) => {
    expect(await getCookieLines(options)).toEqual(lines)
  })
})

describe('an option for a URL or a domain', () => {
  it.each(['login', 'auth.login', 'http//x', ' /login', 'javascript:alert(1)', ''])(
    'rejects the view %j',
    (loginView) => {
      for (const given of [{ loginView }, { refreshView: loginView }, { areas: { office: { loginView } } }])
        expect(findProblems({ ...VALID, ...given })).toHaveLength(1)
    },
  )

  it.each(['https://example.org', 'example.org/', 'example.org:443', 'a b'])(
    'rejects the cookie domain %j',
    (domain) => {
      expect(findProblems({ ...VALID, cookies: { domain } })).toHaveLength(1)
    },
  )

  it.each(['/login', '/', '//id.example.org/login', 'https://id.example.org/login?x=1#y'])(
    'accepts the view %j',
    (loginView) => {
      expect(findProblems({ ...VALID, loginView })).toEqual([])
    },
  )
})

it('the error lists every key that is not an option, and not only the first', () => {
  const problems = findProblems({ ...VALID, loginVeiw: '/login', seesion: {}, login_view: '/login', audience: 7 })
  expect(problems.map((problem) => (problem as { path?: string }).path ?? problem).sort()).toHaveLength(4)
})

describe('a duration', () => {
  const longest = Number.MAX_SAFE_INTEGER
  it.each([longest, longest - 1_800_000_000, 2 ** 53, 2 ** 53 - 1e10])(
    'of %d seconds is rejected, because times after it are not exact integers',
    (seconds) => {
      const session = { idleSeconds: seconds, absoluteSeconds: seconds, permanentSeconds: seconds }
      const problems = findProblems({ ...VALID, session, remember: { seconds } })
      expect(problems.map(({ path }) => path)).toEqual([
        'session.idleSeconds',
        'session.absoluteSeconds',
        'session.permanentSeconds',
        'remember.seconds',
      ])
    },
  )

  it('of a thousand years is accepted', () => {
    expect(findProblems({ ...VALID, session: { idleSeconds: 31_536_000_000 } })).toEqual([])
  })
})

describe('the option clock', () => {
  it.each<[string, () => unknown]>([
    ['milliseconds', Date.now],
    ['milliseconds from a function of the app', () => Date.now()],
    ['a string', () => 'now'],
    ['undefined', () => undefined],
    ['NaN', () => Number.NaN],
    ['an instant before 1970', () => -1],
  ])('rejects a clock that returns %s, with the remedy', (_, clock) => {
    expect(getMessage({ clock }, 'clock')).toContain('Math.floor(Date.now() / 1000)')
  })

  it.each<[string, () => number]>([
    ['returns 0, as in Workers at start', () => 0],
    ['returns fractions of seconds', () => Date.now() / 1000],
    [
      'throws before the app is ready',
      () => {
        throw new ReferenceError('not yet')
      },
    ],
  ])('accepts a clock that %s', (_, clock) => {
    expect(findProblems({ ...VALID, clock })).toEqual([])
  })
})
