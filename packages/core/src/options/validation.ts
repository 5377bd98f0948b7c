// The door through which an app's options come in: checked once, all at once, at start. Behind it nothing is checked
// again, and the request path knows no `typeof`.
import * as v from 'valibot'
import { isBytes } from '../base/bytes'
import { isEpochSeconds, LONGEST_SECONDS } from '../base/clock'
import { type OptionProblem, OptionsError } from '../base/errors'
import { findPrefixProblem, isCookieName } from '../wire/cookies/cookie'
import { isSendingOrigin, isWebOrigin } from '../wire/urls/origin-list'
import { encodePath, ONE_READING, parseBasePath } from '../wire/urls/path'
import { getViewPath, isHere, parseView, toHost } from '../wire/urls/url'
import { applyDefaults, createCookieSpecs, createFormerSpecs, toBytes, toLoaders } from './defaults'
import type { LoginManagerOptions, RequestLoader, SessionCodec, Settings } from './types'

const MINIMUM_SECRET_BYTES = 32
const MINIMUM_DISTINCT_BYTES = 10
const CLOCK = 'must return epoch seconds: use () => Math.floor(Date.now() / 1000)'
const DRAW = 'draw it at random, for example with `openssl rand -base64 32`'
const PRINTED = /correct.?horse.?battery.?staple/i
const PLACEHOLDER =
  /change.?(?:me|this|it\b)|(?:please|must).{0,3}change|replace.?(?:me|this)|django-insecure|your.{0,9}secret|secret.?(?:key.?)?here|keyboard.?cat|placeholder/i

/** What has to hold of a value, and what is said where it does not. */
type Step = readonly [holds: (value: never) => boolean, message: string]

/** Of all that valibot has, one check with our own words: the rest of it weighs more than all options together. */
const rule = (...steps: readonly Step[]) =>
  v.custom<unknown>(
    (value) => findFirstProblem(steps, value) === undefined,
    ({ input }) => findFirstProblem(steps, input) ?? '',
  )

function findFirstProblem(steps: readonly Step[], value: unknown): string | undefined {
  return steps.find(([holds]) => !holds(value as never))?.[1]
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isNumber = (value: unknown): boolean => typeof value === 'number' && !Number.isNaN(value)
const isSecret = (value: unknown): value is string | Uint8Array => isText(value) || isBytes(value)
const isLoader = (value: RequestLoader<unknown> | null): boolean => isFunction(value) || isFunction(value?.load)
const every = (holds: (value: never) => boolean) => (value: unknown) =>
  Array.isArray(value) && [...(value as never[])].every(holds)
const like = (pattern: RegExp) => (value: unknown) => isText(value) && pattern.test(value)

const text = (what: string) => rule([isText, `must be ${what}`])
const fn = (what: string) => rule([isFunction, `must be a function: ${what}`])
const flag = rule([isFlag, 'must be true or false'])
const choice = (...values: readonly unknown[]) =>
  rule([(value) => values.includes(value), `must be one of ${values.map((value) => `'${value}'`).join(', ')}`])
const seconds = rule(
  [isNumber, 'must be a number of seconds'],
  [(value) => Number.isSafeInteger(value) && value > 0, 'must be a whole number of seconds above 0'],
  [(value) => value <= LONGEST_SECONDS, `must be at most ${LONGEST_SECONDS} seconds: no instant after it is exact`],
)
const origin = rule(
  [isText, 'must be an origin such as https://example.org'],
  [isWebOrigin, 'must be an origin and nothing more, such as https://example.org'],
)
const sendingOrigin = rule([
  (value) => isText(value) && isSendingOrigin(value),
  'must be an origin and nothing more: https://example.org, https://*.example.org (one label) or capacitor://localhost',
])
const notEmpty = (what: string): Step => [(value) => isText(value) && value !== '', `must be ${what}`]

const isView: Step = [
  (value) => isFunction(value) || (isText(value) && parseView(value) !== null),
  "must be a path such as '/login', an address or a function of the request: there are no endpoint names",
]
const isAreaView: Step = [
  (value) => value === false || isText(value) || isFunction(value),
  'must be a path, an address, a function of the request, or false',
]

const secret = rule(
  [isSecret, 'must be a secret, or { current, previous: [] }'],
  [
    (value) => toBytes(value).length >= MINIMUM_SECRET_BYTES,
    `must have at least ${MINIMUM_SECRET_BYTES} bytes: ${DRAW}`,
  ],
  [(value) => new Set(toBytes(value)).size >= MINIMUM_DISTINCT_BYTES, `repeats itself: ${DRAW}`],
  [(value) => !getReadings(value).some((text) => PRINTED.test(text)), `is printed in the documents: ${DRAW}`],
  [(value) => !getReadings(value).some((text) => PLACEHOLDER.test(text)), `is a placeholder: ${DRAW}`],
)
/** A secret as text, and as what it is the base64 or hex spelling of. */
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

const severalSecrets = v.strictObject({ current: secret, previous: v.optional(v.array(secret)) })

function areSeveral(secrets: unknown): boolean {
  const { current, previous = [], ...strangers } = Object(secrets)
  return isSecret(current) && every(isSecret)(previous) && Object.keys(strangers).length === 0
}

const attributes = {
  path: v.optional(
    rule(
      [isText, "must be a path such as '/'"],
      [like(/^\//), "must begin with '/'"],
      [like(/^[\x21-\x3a\x3c-\x7e]*$/), "must hold no blanks, ';' or control characters"],
    ),
  ),
  domain: v.optional(
    rule(
      [isText, "must be a domain such as 'example.org'"],
      [like(/^\.?[a-z0-9.-]+$/i), "must be a domain and nothing more, such as 'example.org'"],
    ),
  ),
  secure: v.optional(flag),
  httpOnly: v.optional(flag),
  sameSite: v.optional(v.nullable(choice('lax', 'strict', 'none'))),
  partitioned: v.optional(flag),
}

const name = v.optional(
  rule(notEmpty('a name'), [isCookieName, "must be a cookie name: letters, digits and !#$%&'*+-.^_`|~"]),
)
const former = v.optional(
  v.array(
    v.strictObject({
      name,
      path: attributes.path,
      domain: v.optional(v.nullable(attributes.domain)),
      partitioned: attributes.partitioned,
    }),
    "must be a list of former attributes, such as [{ path: '/app' }]",
  ),
)
const common = { ...attributes, former }
const cookie = v.strictObject({ name, ...common })

const codec = rule([(value: SessionCodec | null) => isFunction(value?.create), 'must be signed() or encrypted()'])

const session = v.strictObject({
  cookie: v.optional(cookie),
  idleSeconds: v.optional(seconds),
  absoluteSeconds: v.optional(v.nullable(seconds)),
  permanentSeconds: v.optional(seconds),
  renew: v.optional(choice('whenUsed', 'everyRequest', 'never')),
  isActivity: v.optional(fn('(request) => boolean')),
  writeForRequestUsers: v.optional(flag),
  codec: v.optional(codec),
  previousCodec: v.optional(codec),
})

const remember = v.strictObject({
  cookie: v.optional(cookie),
  seconds: v.optional(seconds),
  renew: v.optional(choice('never', 'everyRequest')),
})

const view = v.optional(v.nullable(rule(isView)))
const areaView = v.optional(v.nullable(rule(isAreaView, [(value) => value === false || isView[0](value), isView[1]])))
const message = v.optional(v.nullable(text('a text, or null')))

const area = v.strictObject({
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
const csrf = v.strictObject({
  mode: v.optional(csrfMode),
  except: v.optional(
    v.array(
      rule([
        isExactPath,
        "must be one exact path such as '/saml/acs': no wildcard, no query, and nothing that two parsers can read differently",
      ]),
      "must be a list of exact paths such as '/saml/acs'",
    ),
  ),
})

/** One area for each name that is given. */
function createAreasSchema(given: unknown): v.GenericSchema {
  const areas = Object.keys(Object(given)).map((name) => [name, area] as const)
  return v.strictObject(Object.fromEntries(areas), 'must be an object of areas by name')
}

const options = v.strictObject({
  loadUser: v.optional(fn('(id, request) => user or null')),
  loadUserFromRequest: v.optional(
    rule(
      [(value) => isLoader(value) || every(isLoader)(value), 'must be a request loader, or a list of them'],
      [
        (value) => toLoaders(value).every(({ queryFields = [] }) => every(isText)(queryFields)),
        'has a loader whose queryFields is not a list of names',
      ],
    ),
  ),
  secrets: v.lazy<v.GenericSchema>((given) => (areSeveral(given) ? severalSecrets : secret)),
  audience: v.optional(
    rule([(value) => isText(value) || isFunction(value), 'must be a text, or a function: (request) => a text']),
  ),
  anonymousUser: v.optional(fn('() => the anonymous user')),
  userId: v.optional(fn('(user) => id')),
  isActive: v.optional(fn('(user) => boolean')),
  sessionStamp: v.optional(fn('(user) => a text that changes when all logins shall end')),
  isRevoked: v.optional(fn('(id) => boolean')),
  revokeUser: v.optional(fn('(user) => void')),
  loginView: view,
  refreshView: view,
  loginMessage: message,
  loginMessageCategory: v.optional(text('a text')),
  needsRefreshMessage: message,
  needsRefreshMessageCategory: v.optional(text('a text')),
  localize: v.optional(fn('(message, request) => message')),
  unauthorizedHandler: v.optional(fn('(refusal) => Response')),
  needsRefreshHandler: v.optional(fn('(refusal) => Response')),
  forbiddenHandler: v.optional(fn('(refusal) => Response')),
  csrfHandler: v.optional(fn('(refusal) => Response')),
  areas: v.optional(v.lazy(createAreasSchema)),
  useSessionForNext: v.optional(flag),
  nextParam: v.optional(rule(notEmpty('the name of a query field'))),
  forceHostForRedirects: v.optional(
    rule(notEmpty('a host such as example.org'), [
      (value) => like(/^[^/\\?#@\s]+$/)(value) && toHost(value) !== null,
      'must be a host and nothing more, such as example.org:8080',
    ]),
  ),
  exemptMethods: v.optional(v.array(rule(notEmpty('the name of a method')), 'must be a list of methods')),
  sessionProtection: v.optional(
    rule([(value) => ['basic', 'strong', false].includes(value), "must be 'basic', 'strong' or false"]),
  ),
  fingerprint: v.optional(
    v.array(choice('userAgent', 'address', 'network'), "must be a list of 'userAgent', 'address', 'network'"),
  ),
  cookies: v.optional(v.strictObject(common)),
  session: v.optional(session),
  remember: v.optional(remember),
  keepAnonymousData: v.optional(
    rule([(value) => isFlag(value) || every(isText)(value), 'must be true, false or a list of keys']),
  ),
  csrf: v.optional(v.lazy((given) => (typeof given === 'object' && given !== null ? csrf : csrfMode))),
  basePath: v.optional(
    rule([
      (value) => isFunction(value) || (isText(value) && parseBasePath(value) !== null),
      "must be a path such as '/app', or a function of the request that returns one",
    ]),
  ),
  publicOrigin: v.optional(origin),
  origins: v.optional(v.array(sendingOrigin, 'must be a list of origins')),
  nextOrigins: v.optional(v.array(origin, 'must be a list of origins')),
  onWarning: v.optional(fn('(warning) => void')),
  cacheBytes: v.optional(
    rule(
      [isNumber, 'must be a number of bytes'],
      [Number.isInteger, 'must be whole'],
      [(value) => value >= 0, 'must not be below 0'],
    ),
  ),
  clock: v.optional(fn('() => epoch seconds')),
  random: v.optional(fn('(bytes) => random bytes')),
})

/**
 * Checks the options and completes them.
 *
 * @throws OptionsError `invalid-options`, which lists every problem with its path and what to write instead.
 */
export function resolveOptions<User, Guest>(
  given: LoginManagerOptions<User, Guest, string>,
  signed: SessionCodec,
): Settings<User, Guest> {
  const result = v.safeParse(options, given)
  const problems = result.success ? [] : [...result.issues.map(toProblem), ...findUnknownOptions(given)]
  if (problems.length === 0) problems.push(...findContradictions(given))
  if (problems.length > 0) throw new OptionsError('createLoginManager()', problems)
  return Object.freeze(applyDefaults(given, signed))
}

function toProblem(issue: v.BaseIssue<unknown>): OptionProblem {
  const path = issue.path?.map(({ key }) => String(key)).join('.') ?? 'options'
  if (issue.type === 'strict_object' && issue.expected === 'never') return createUnknownOptionProblem(path)
  if (issue.received === 'undefined') return { path, message: path === 'secrets' ? NO_SECRET : 'is missing' }
  return { path, message: issue.message }
}

/** Of the keys that are no options valibot names the first alone. */
function findUnknownOptions(given: object): OptionProblem[] {
  const strangers = Object.keys(given ?? {}).filter((key) => !Object.hasOwn(options.entries, key))
  return strangers.slice(1).map(createUnknownOptionProblem)
}

function createUnknownOptionProblem(path: string): OptionProblem {
  return { path, message: 'is not an option: check its spelling' }
}

const NO_SECRET = `is missing: is the environment variable set that it comes from? If there is none, ${DRAW}`

/** What is right by itself and wrong together. */
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
      problems.push({ path: `${path}.partitioned`, message: "needs sameSite: 'none', or frames never get the cookie" })
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
    problems.push({ path: 'loadUser', message: 'is missing: give loadUser, loadUserFromRequest, or both' })
  }
  return problems
}

/** A view of this origin that no guard could exempt: its visitors would be redirected without end. */
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

/** One that cannot tell the time at start (on Workers it is 1970 then) is looked at when it tells the time. */
function isClockOfSeconds(clock: unknown): boolean {
  try {
    return typeof clock !== 'function' || isEpochSeconds(clock())
  } catch {
    return true
  }
}
