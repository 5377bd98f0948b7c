// The door through which an app's options come in: checked once, all at once, at start. Behind it nothing is checked
// again, and the request path knows no `typeof`.
import * as v from 'valibot'
import { type OptionProblem, OptionsError } from './base/errors'
import { bytesOf, complete, cookieSpecs, loadersOf } from './defaults'
import type { LoginManagerOptions, RequestLoader, SessionCodec, Settings } from './settings'
import { isCookieName, prefixProblem } from './wire/cookie'
import { originOf } from './wire/url'

const MINIMUM_SECRET_BYTES = 32
const MINIMUM_DISTINCT_BYTES = 10
const DRAW = 'draw it at random, for example with `openssl rand -base64 32`'
const PRINTED_IN_THE_DOCS: readonly string[] = ['correct horse battery staple correct horse battery staple']

const text = (what: string) => v.string(`must be ${what}`)
const notEmpty = (what: string) => v.pipe(text(what), v.nonEmpty(`must be ${what}`))
const fn = (what: string) => v.function(`must be a function: ${what}`)
const flag = v.boolean('must be true or false')
const seconds = v.pipe(
  v.number('must be a number of seconds'),
  v.check((value) => Number.isSafeInteger(value) && value > 0, 'must be a whole number of seconds above 0'),
)
const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  v.picklist(values, `must be one of ${values.map((value) => `'${value}'`).join(', ')}`)
const origin = v.pipe(
  text('an origin such as https://example.org'),
  v.check((value) => originOf(value) === value, 'must be an origin and nothing more, such as https://example.org'),
)
const WRONG_VIEW =
  "must be a path such as '/login', an address or a function of the request: there are no endpoint names"
const view = v.union(
  [v.pipe(v.string(), v.regex(/^(?:\/|https?:\/\/[^/\s])\S*$/i, WRONG_VIEW)), fn('(request) => path')],
  WRONG_VIEW,
)
const headerSafe = v.check(
  (value: string) => /^[\x21-\x3a\x3c-\x7e]*$/.test(value),
  "must hold no blanks, ';' or control characters",
)

const secret = v.pipe(
  v.union([v.string(), v.instance(Uint8Array)], 'must be a text or bytes'),
  v.check(
    (value) => bytesOf(value).length >= MINIMUM_SECRET_BYTES,
    `must have at least ${MINIMUM_SECRET_BYTES} bytes: ${DRAW}`,
  ),
  v.check((value) => new Set(bytesOf(value)).size >= MINIMUM_DISTINCT_BYTES, `repeats itself: ${DRAW}`),
  v.check((value) => !PRINTED_IN_THE_DOCS.includes(String(value)), `is printed in the documents: ${DRAW}`),
)

const cookie = v.strictObject({
  name: v.optional(
    v.pipe(notEmpty('a name'), v.check(isCookieName, "must be a cookie name: letters, digits and !#$%&'*+-.^_`|~")),
  ),
  path: v.optional(v.pipe(text("a path such as '/'"), v.startsWith('/', "must begin with '/'"), headerSafe)),
  domain: v.optional(
    v.pipe(
      text("a domain such as 'example.org'"),
      v.regex(/^\.?[a-z0-9.-]+$/i, "must be a domain and nothing more, such as 'example.org'"),
    ),
  ),
  secure: v.optional(flag),
  httpOnly: v.optional(flag),
  sameSite: v.optional(v.nullable(choice(['lax', 'strict', 'none']))),
  partitioned: v.optional(flag),
})

const codec = v.custom<SessionCodec>(
  (value) => typeof (value as SessionCodec | null)?.create === 'function',
  'must be signed() or encrypted()',
)

const session = v.strictObject({
  cookie: v.optional(cookie),
  idleSeconds: v.optional(seconds),
  absoluteSeconds: v.optional(v.nullable(seconds)),
  permanentSeconds: v.optional(seconds),
  renew: v.optional(choice(['whenUsed', 'everyRequest', 'never'])),
  keepForRequestUsers: v.optional(flag),
  codec: v.optional(codec),
  previousCodec: v.optional(codec),
})

const remember = v.strictObject({
  cookie: v.optional(cookie),
  seconds: v.optional(seconds),
  renew: v.optional(choice(['never', 'everyRequest'])),
})

const areaView = v.union([view, v.literal(false)], 'must be a path, an address, a function of the request, or false')

const area = v.strictObject({
  loginView: v.optional(v.nullable(areaView)),
  refreshView: v.optional(v.nullable(areaView)),
  loginMessage: v.optional(v.nullable(text('a text, or null'))),
  needsRefreshMessage: v.optional(v.nullable(text('a text, or null'))),
})

const requestLoader = v.union(
  [
    v.function(),
    v.custom<RequestLoader<unknown>>((value) => typeof (value as RequestLoader<unknown> | null)?.load === 'function'),
  ],
  'must be a request loader: bearer(…), basicAuth(…), apiKey(…), or a function of the request',
)

const options = v.strictObject({
  loadUser: v.optional(fn('(id) => user or null')),
  loadUserFromRequest: v.optional(
    v.union([v.array(requestLoader), requestLoader], 'must be a request loader, or a list of them'),
  ),
  secrets: v.union(
    [secret, v.strictObject({ current: secret, previous: v.optional(v.array(secret)) })],
    (issue) => firstDeepMessage(issue) ?? 'must be a secret, or { current, previous: [] }',
  ),
  audience: v.optional(text('a text')),
  anonymousUser: v.optional(fn('() => the anonymous user')),
  userId: v.optional(fn('(user) => id')),
  isActive: v.optional(fn('(user) => boolean')),
  sessionStamp: v.optional(fn('(user) => a text that changes when all logins shall end')),
  isRevoked: v.optional(fn('(id) => boolean')),
  revokeUser: v.optional(fn('(user) => void')),
  loginView: v.optional(v.nullable(view)),
  refreshView: v.optional(v.nullable(view)),
  loginMessage: v.optional(v.nullable(text('a text, or null'))),
  loginMessageCategory: v.optional(text('a text')),
  needsRefreshMessage: v.optional(v.nullable(text('a text, or null'))),
  needsRefreshMessageCategory: v.optional(text('a text')),
  localize: v.optional(fn('(message, request) => message')),
  unauthorizedHandler: v.optional(fn('(refusal) => Response')),
  needsRefreshHandler: v.optional(fn('(refusal) => Response')),
  forbiddenHandler: v.optional(fn('(refusal) => Response')),
  forgedHandler: v.optional(fn('(refusal) => Response')),
  areas: v.optional(v.record(v.string(), area, 'must be an object of areas by name')),
  useSessionForNext: v.optional(flag),
  nextField: v.optional(notEmpty('the name of a query field')),
  forceHostForRedirects: v.optional(
    v.pipe(
      notEmpty('a host such as example.org'),
      v.regex(/^[^/\\?#@\s]+$/, 'must be a host and nothing more, such as example.org:8080'),
    ),
  ),
  exemptMethods: v.optional(v.array(notEmpty('the name of a method'), 'must be a list of methods')),
  sessionProtection: v.optional(
    v.union([choice(['basic', 'strong']), v.literal(false)], "must be 'basic', 'strong' or false"),
  ),
  fingerprint: v.optional(
    v.array(choice(['userAgent', 'address', 'network']), "must be a list of 'userAgent', 'address', 'network'"),
  ),
  cookies: v.optional(v.omit(cookie, ['name'])),
  session: v.optional(session),
  remember: v.optional(remember),
  keepAnonymousData: v.optional(v.union([flag, v.array(v.string())], 'must be true, false or a list of keys')),
  csrf: v.optional(v.union([choice(['origin', 'token']), v.literal(false)], "must be 'origin', 'token' or false")),
  publicOrigin: v.optional(origin),
  origins: v.optional(v.array(origin, 'must be a list of origins')),
  cacheBytes: v.optional(
    v.pipe(v.number('must be a number of bytes'), v.integer('must be whole'), v.minValue(0, 'must not be below 0')),
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
  given: LoginManagerOptions<User, Guest>,
  signed: SessionCodec,
): Settings<User, Guest> {
  const result = v.safeParse(options, given, { abortPipeEarly: true })
  const problems = result.success ? [] : [...result.issues.map(problemOf), ...moreStrangers(given)]
  if (problems.length === 0) problems.push(...contradictions(given))
  if (problems.length > 0) throw new OptionsError('createLoginManager()', problems)
  return Object.freeze(complete(given, signed))
}

function problemOf(issue: v.BaseIssue<unknown>): OptionProblem {
  const path = v.getDotPath(issue) ?? 'options'
  if (issue.type === 'strict_object' && issue.expected === 'never') return stranger(path)
  if (issue.received === 'undefined') return { path, message: path === 'secrets' ? NO_SECRET : 'is missing' }
  return { path, message: issue.message }
}

/** Of the keys that are no options valibot names the first alone. */
function moreStrangers(given: object): OptionProblem[] {
  const strangers = Object.keys(given ?? {}).filter((key) => !Object.hasOwn(options.entries, key))
  return strangers.slice(1).map(stranger)
}

function stranger(path: string): OptionProblem {
  return { path, message: 'is no option: check its spelling' }
}

const NO_SECRET = `is missing: is the environment variable set that it comes from? If there is none, ${DRAW}`

function firstDeepMessage(issue: v.BaseIssue<unknown>): string | null {
  const deep = issue.issues?.find(({ type }) => type === 'check')
  return deep?.message ?? null
}

/** What is right by itself and wrong together. */
function contradictions<User, Guest>(given: LoginManagerOptions<User, Guest>): OptionProblem[] {
  const problems: OptionProblem[] = []
  const { session: sessionCookie, remember: rememberCookie } = cookieSpecs(given)
  for (const [path, spec] of [
    ['session.cookie', sessionCookie],
    ['remember.cookie', rememberCookie],
  ] as const) {
    const prefix = prefixProblem(spec)
    if (prefix !== null) problems.push({ path: `${path}.name`, message: prefix })
    if (spec.sameSite === 'none' && !spec.secure)
      problems.push({ path: `${path}.sameSite`, message: "'none' needs secure: true, or browsers drop the cookie" })
    if (spec.partitioned && !spec.secure)
      problems.push({ path: `${path}.partitioned`, message: 'needs secure: true, or browsers drop the cookie' })
  }
  if (sessionCookie.name === rememberCookie.name)
    problems.push({ path: 'remember.cookie.name', message: 'must differ from session.cookie.name' })
  if (given.loadUser === undefined && loadersOf(given.loadUserFromRequest).length === 0) {
    problems.push({ path: 'loadUser', message: 'is missing: give loadUser, loadUserFromRequest, or both' })
  }
  return problems
}
