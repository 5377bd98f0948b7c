// Checks the options of a manager, all at once, when it is created. Later code does not check them again.
import { isBytes } from '../base/bytes'
import { isEpochSeconds } from '../base/clock'
import type { OptionProblem } from '../base/errors'
import { findPrefixProblem, isCookieName } from '../wire/cookies/cookie'
import { CLIENT_PARTS } from '../wire/headers/client'
import { isSendingOrigin, isWebOrigin } from '../wire/urls/origin-list'
import { encodePath, ONE_READING, parseBasePath } from '../wire/urls/path'
import { getViewPath, isHere, parseView, toHost } from '../wire/urls/url'
import {
  assertNone,
  type Check,
  choice,
  every,
  findProblems,
  flag,
  fn,
  isFlag,
  isFunction,
  isNumber,
  isText,
  lazy,
  list,
  nullable,
  object,
  optional,
  rule,
  type Step,
  seconds,
  text,
} from './check'
import { applyDefaults, createCookieSpecs, createFormerSpecs, toBytes, toLoaders } from './defaults'
import type { LoginManagerOptions, RequestLoader, SessionCodec, Settings } from './types'
import { hasFewCharacters, isPredictable } from './weak-secret'

const MINIMUM_SECRET_BYTES = 32
const CLOCK = 'must return epoch seconds: use () => Math.floor(Date.now() / 1000)'
const DRAW = 'draw it at random, for example with `openssl rand -base64 32`'
const PRINTED = /correct.?horse.?battery.?staple/i
const PLACEHOLDER =
  /change.?(?:me|this|it\b)|(?:please|must).{0,3}change|replace.?(?:me|this)|django-insecure|your.{0,9}secret|secret.?(?:key.?)?here|keyboard.?cat|placeholder/i

const isSecret = (value: unknown): value is string | Uint8Array => isText(value) || isBytes(value)
const isLoader = (value: RequestLoader<unknown> | null): boolean => isFunction(value) || isFunction(value?.load)
const like = (pattern: RegExp) => (value: unknown) => isText(value) && pattern.test(value)

const origin = rule(
  [isText, 'must be an origin such as https://example.org'],
  [isWebOrigin, 'must be only an origin, such as https://example.org'],
)
const sendingOrigin = rule([
  (value) => isText(value) && isSendingOrigin(value),
  'must be an origin without a path: https://example.org, https://*.example.org (one label) or capacitor://localhost',
])
const notEmpty = (what: string): Step => [(value) => isText(value) && value !== '', `must be ${what}`]

const isView: Step = [
  (value) => isFunction(value) || (isText(value) && parseView(value) !== null),
  "must be a path such as '/login', a URL or a function of the request: endpoint names are not supported",
]
const isAreaView: Step = [
  (value) => value === false || isText(value) || isFunction(value),
  'must be a path, a URL, a function of the request, or false',
]

const secret = rule(
  [isSecret, 'must be a secret, or { current, previous: [] }'],
  [
    (value) => toBytes(value).length >= MINIMUM_SECRET_BYTES,
    `must have at least ${MINIMUM_SECRET_BYTES} bytes: ${DRAW}`,
  ],
  [(value) => !hasFewCharacters(toLatin1(toBytes(value))), `repeats itself: ${DRAW}`],
  [(value) => !getReadings(value).some((text) => PRINTED.test(text)), `is printed in the documents: ${DRAW}`],
  [(value) => !getReadings(value).some((text) => PLACEHOLDER.test(text)), `is a placeholder: ${DRAW}`],
  [(value) => !getLongReadings(value).some(isPredictable), `is predictable: ${DRAW}`],
)

/** Returns the readings that are long enough to be judged by their characters. */
function getLongReadings(secret: string | Uint8Array): readonly string[] {
  return getReadings(secret).filter((text) => text.length >= MINIMUM_SECRET_BYTES / 2)
}

/** Returns the secret as text, and decoded from base64 and from hex. */
function getReadings(secret: string | Uint8Array): readonly string[] {
  const text = toLatin1(toBytes(secret))
  return [text, fromBase64(text), text.replace(/[0-9a-f]{2}/gi, (hex) => String.fromCharCode(Number.parseInt(hex, 16)))]
}

function toLatin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
}

function fromBase64(text: string): string {
  try {
    return atob(text.trim().replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    return ''
  }
}

const severalSecrets = object({ current: secret, previous: optional(list(secret)) })

function areSeveral(secrets: unknown): boolean {
  const { current, previous = [], ...strangers } = Object(secrets)
  return isSecret(current) && every(isSecret)(previous) && Object.keys(strangers).length === 0
}

const attributes = {
  path: optional(
    rule(
      [isText, "must be a path such as '/'"],
      [like(/^\//), "must begin with '/'"],
      [like(/^[\x21-\x3a\x3c-\x7e]*$/), "must not contain blanks, ';' or control characters"],
    ),
  ),
  domain: optional(
    rule(
      [isText, "must be a domain such as 'example.org'"],
      [like(/^\.?[a-z0-9.-]+$/i), "must be only a domain, such as 'example.org'"],
    ),
  ),
  secure: optional(flag),
  httpOnly: optional(flag),
  sameSite: optional(nullable(choice('lax', 'strict', 'none'))),
  partitioned: optional(flag),
}

const name = optional(
  rule(notEmpty('a name'), [isCookieName, "must be a cookie name: letters, digits and !#$%&'*+-.^_`|~"]),
)
const former = optional(
  list(
    object({
      name,
      path: attributes.path,
      domain: optional(nullable(attributes.domain)),
      partitioned: attributes.partitioned,
    }),
    "must be a list of former attributes, such as [{ path: '/app' }]",
  ),
)
const common = { ...attributes, former }
const cookie = object({ name, ...common })

const codec = rule([(value: SessionCodec | null) => isFunction(value?.create), 'must be signed() or encrypted()'])

const session = object({
  cookie: optional(cookie),
  idleSeconds: optional(seconds),
  absoluteSeconds: optional(nullable(seconds)),
  permanentSeconds: optional(seconds),
  renew: optional(choice('whenUsed', 'everyRequest', 'never')),
  isActivity: optional(fn('(request) => boolean')),
  writeForRequestUsers: optional(flag),
  codec: optional(codec),
  previousCodec: optional(codec),
})

const remember = object({
  cookie: optional(cookie),
  seconds: optional(seconds),
  renew: optional(choice('never', 'everyRequest')),
})

const view = optional(nullable(rule(isView)))
const areaView = optional(nullable(rule(isAreaView, [(value) => value === false || isView[0](value), isView[1]])))
const message = optional(nullable(text('a string, or null')))

const area = object({
  loginView: areaView,
  refreshView: areaView,
  loginMessage: message,
  needsRefreshMessage: message,
})

const csrfMode = rule([
  (value) => ['origin', 'token', false].includes(value),
  "must be 'origin', 'token', false, or { mode, except }",
])
const isExactPath = like(/^\/(?:(?!\.{1,2}(?:\/|$))[\w.~!$&'()+,=:@-]+(?:\/|$))*$/)
const csrf = object({
  mode: optional(csrfMode),
  except: optional(
    list(
      rule([
        isExactPath,
        "must be one exact path such as '/saml/acs': no wildcard, no query, and nothing that two parsers can read differently",
      ]),
      "must be a list of exact paths such as '/saml/acs'",
    ),
  ),
})

/** Returns a check of one area for each name. */
function createAreasSchema(given: unknown): Check {
  const areas = Object.keys(Object(given)).map((name) => [name, area] as const)
  return object(Object.fromEntries(areas), 'must be an object of areas by name')
}

const options = object({
  loadUser: optional(fn('(id, request) => user or null')),
  loadUserFromRequest: optional(
    rule(
      [(value) => isLoader(value) || every(isLoader)(value), 'must be a request loader, or a list of them'],
      [
        (value) => toLoaders(value).every(({ queryFields = [] }) => every(isText)(queryFields)),
        'has a loader whose queryFields is not a list of names',
      ],
    ),
  ),
  secrets: lazy((given) => (areSeveral(given) ? severalSecrets : secret)),
  audience: optional(
    rule([(value) => isText(value) || isFunction(value), 'must be a string, or a function: (request) => string']),
  ),
  anonymousUser: optional(fn('() => the anonymous user')),
  userId: optional(fn('(user) => id')),
  isActive: optional(fn('(user) => boolean')),
  sessionStamp: optional(fn('(user) => a value that changes when all logins must end')),
  isRevoked: optional(fn('(id) => boolean')),
  revokeUser: optional(fn('(user) => void')),
  loginView: view,
  refreshView: view,
  loginMessage: message,
  loginMessageCategory: optional(text('a string')),
  needsRefreshMessage: message,
  needsRefreshMessageCategory: optional(text('a string')),
  localize: optional(fn('(message, request) => message')),
  unauthorizedHandler: optional(fn('(refusal) => Response')),
  needsRefreshHandler: optional(fn('(refusal) => Response')),
  forbiddenHandler: optional(fn('(refusal) => Response')),
  csrfHandler: optional(fn('(refusal) => Response')),
  areas: optional(lazy(createAreasSchema)),
  useSessionForNext: optional(flag),
  nextParam: optional(rule(notEmpty('the name of a query parameter'))),
  forceHostForRedirects: optional(
    rule(notEmpty('a host such as example.org'), [
      (value) => like(/^[^/\\?#@\s]+$/)(value) && toHost(value) !== null,
      'must be only a host, such as example.org:8080',
    ]),
  ),
  exemptMethods: optional(list(rule(notEmpty('the name of a method')), 'must be a list of methods')),
  sessionProtection: optional(
    rule([(value) => ['basic', 'strong', false].includes(value), "must be 'basic', 'strong' or false"]),
  ),
  fingerprint: optional(list(choice(...CLIENT_PARTS), "must be a list of 'userAgent', 'address', 'network'")),
  cookies: optional(object(common)),
  session: optional(session),
  remember: optional(remember),
  keepAnonymousData: optional(
    rule([(value) => isFlag(value) || every(isText)(value), 'must be true, false or a list of keys']),
  ),
  csrf: optional(lazy((given) => (typeof given === 'object' && given !== null ? csrf : csrfMode))),
  basePath: optional(
    rule([
      (value) => isFunction(value) || (isText(value) && parseBasePath(value) !== null),
      "must be a path such as '/app', or a function of the request that returns one",
    ]),
  ),
  publicOrigin: optional(origin),
  origins: optional(list(sendingOrigin, 'must be a list of origins')),
  nextOrigins: optional(list(origin, 'must be a list of origins')),
  onWarning: optional(fn('(warning) => void')),
  debug: optional(flag),
  cacheBytes: optional(
    rule(
      [isNumber, 'must be a number of bytes'],
      [Number.isInteger, 'must be a whole number of bytes'],
      [(value) => value >= 0, 'must be 0 or more'],
    ),
  ),
  clock: optional(fn('() => epoch seconds')),
  random: optional(fn('(bytes) => random bytes')),
})

/**
 * Checks the options and completes them.
 *
 * @throws OptionsError `invalid-options`, which lists every problem with its path and the remedy.
 */
export function resolveOptions<User, Guest>(
  given: LoginManagerOptions<User, Guest, string>,
  signed: SessionCodec,
): Settings<User, Guest> {
  const problems = findProblems(options, given, { secrets: NO_SECRET })
  assertNone('createLoginManager()', problems.length > 0 ? problems : findContradictions(given))
  return Object.freeze(applyDefaults(given, signed))
}

const NO_SECRET = `check the environment variable that holds it; if you have no secret, ${DRAW}`

/** Finds options that are valid alone and contradict each other. */
function findContradictions<User, Guest>(given: LoginManagerOptions<User, Guest, string>): OptionProblem[] {
  const problems: OptionProblem[] = []
  const { session: sessionCookie, remember: rememberCookie } = createCookieSpecs(given)
  for (const [path, spec] of [
    ['session.cookie', sessionCookie],
    ['remember.cookie', rememberCookie],
  ] as const) {
    const prefix = findPrefixProblem(spec)
    if (prefix !== null) problems.push({ path: `${path}.name`, message: prefix })
    if (spec.sameSite === 'none' && !spec.secure)
      problems.push({ path: `${path}.sameSite`, message: "'none' needs secure: true, or browsers drop the cookie" })
    if (spec.partitioned && !spec.secure)
      problems.push({ path: `${path}.partitioned`, message: 'needs secure: true, or browsers drop the cookie' })
    if (spec.partitioned && spec.secure && spec.sameSite !== 'none')
      problems.push({
        path: `${path}.partitioned`,
        message: "needs sameSite: 'none', or frames never receive the cookie",
      })
  }
  const { session: formerSessions, remember: formerRemembers } = createFormerSpecs(given)
  for (const [path, specs] of [
    ['session.cookie.former', formerSessions],
    ['remember.cookie.former', formerRemembers],
  ] as const)
    for (const [index, spec] of specs.entries()) {
      const prefix = findPrefixProblem(spec)
      if (prefix !== null) problems.push({ path: `${path}.${index}.name`, message: prefix })
    }
  problems.push(...findAmbiguousViews(given))
  if (sessionCookie.name === rememberCookie.name)
    problems.push({ path: 'remember.cookie.name', message: 'must differ from session.cookie.name' })
  if (!isClockOfSeconds(given.clock)) problems.push({ path: 'clock', message: CLOCK })
  if (given.loadUser === undefined && toLoaders(given.loadUserFromRequest).length === 0) {
    problems.push({ path: 'loadUser', message: 'is missing: set loadUser, loadUserFromRequest, or both' })
  }
  return problems
}

/** Finds views of this origin that a guard cannot exempt: they would redirect without end. */
function findAmbiguousViews<User, Guest>(given: LoginManagerOptions<User, Guest, string>): OptionProblem[] {
  const areas = Object.entries(given.areas ?? {}).map(([name, area]) => [`areas.${name}.`, area] as const)
  return [['', given] as const, ...areas].flatMap(([path, { loginView, refreshView }]) =>
    Object.entries({ loginView, refreshView })
      .filter(([, view]) => isText(view) && isAmbiguous(view, given.publicOrigin ?? null))
      .map(([name]) => ({ path: path + name, message: `has a path that parsers read differently: ${ONE_READING}` })),
  )
}

function isAmbiguous(view: string, publicOrigin: string | null): boolean {
  return isHere(view, publicOrigin) && encodePath(getViewPath(parseView(view) ?? '')) === null
}

/**
 * Returns whether a clock returns seconds. A clock that throws at start is checked at its first use. On Workers the
 * clock is at 1970 at start.
 */
function isClockOfSeconds(clock: unknown): boolean {
  try {
    return typeof clock !== 'function' || isEpochSeconds(clock())
  } catch {
    return true
  }
}
