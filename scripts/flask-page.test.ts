// docs/coming-from-flask-login.md contains every name of Flask-Login, and each equivalent on it is in the public types.
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { readPage } from './docs/blocks'
import { getPublicNames } from './docs/public-names'
import { typecheck } from './docs/typecheck'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PAGE = 'docs/coming-from-flask-login.md'
const { prose } = readPage(ROOT, PAGE)

/** The names, options, session entries and signals of Flask-Login 0.6 and 0.7, and those of Flask that it uses. */
const FLASK_LOGIN = splitWords(`
  LoginManager init_app setup_app user_loader user_callback request_loader request_callback header_loader
  unauthorized_handler needs_refresh_handler unauthorized needs_refresh login_view refresh_view blueprint_login_views
  login_message login_message_category needs_refresh_message needs_refresh_message_category localize_callback
  session_protection anonymous_user id_attribute _login_disabled
  login_user logout_user confirm_login current_user login_fresh login_remembered login_required fresh_login_required
  login_url make_next_param set_login_view encode_cookie decode_cookie
  UserMixin AnonymousUserMixin is_active is_authenticated is_anonymous get_id FlaskLoginClient
  COOKIE_NAME COOKIE_DURATION COOKIE_SECURE COOKIE_HTTPONLY COOKIE_SAMESITE LOGIN_MESSAGE LOGIN_MESSAGE_CATEGORY
  REFRESH_MESSAGE REFRESH_MESSAGE_CATEGORY ID_ATTRIBUTE SESSION_KEYS EXEMPT_METHODS USE_SESSION_FOR_NEXT AUTH_HEADER_NAME
  SECRET_KEY SECRET_KEY_FALLBACKS SESSION_PROTECTION REMEMBER_COOKIE_NAME REMEMBER_COOKIE_DURATION REMEMBER_COOKIE_DOMAIN
  REMEMBER_COOKIE_PATH REMEMBER_COOKIE_SECURE REMEMBER_COOKIE_HTTPONLY REMEMBER_COOKIE_SAMESITE
  REMEMBER_COOKIE_REFRESH_EACH_REQUEST FORCE_HOST_FOR_REDIRECTS LOGIN_DISABLED PERMANENT_SESSION_LIFETIME
  SESSION_REFRESH_EACH_REQUEST SESSION_COOKIE_NAME SESSION_COOKIE_DOMAIN SESSION_COOKIE_PATH SESSION_COOKIE_SECURE
  SESSION_COOKIE_HTTPONLY SESSION_COOKIE_SAMESITE SESSION_COOKIE_PARTITIONED
  _user_id _fresh _id _remember _remember_seconds next _flashes _permanent
  user_logged_in user_logged_out user_loaded_from_cookie user_loaded_from_request user_loaded_from_header
  user_login_confirmed user_unauthorized user_needs_refresh user_accessed session_protected`)

/** Words in backticks that belong neither to Flask-Login nor to this library. */
const OTHER_WORDS = splitWords('next duration sub Vary Response OPTIONS lax message session /')

function splitWords(text: string): string[] {
  return text.trim().split(/\s+/)
}

function getCodeSpans(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span.replaceAll('\\|', '|'))
}

const lines = prose.split('\n')
const splitCells = (line: string): string[] => line.split(/(?<!\\)\|/).slice(1, -1)

/** A cell of a table with its heading, or a line of text with an empty heading. */
interface Passage {
  readonly heading: string
  readonly text: string
}

/** Returns the parts of a line about Fetch-Login: all cells of a table except those of the Flask-Login column. */
function getPassages(line: string, index: number): Passage[] {
  if (!line.startsWith('|')) return [{ heading: '', text: line }]
  let head = index
  while (lines[head - 1]?.startsWith('|')) head--
  const headings = splitCells(lines[head] as string)
  const cells = splitCells(line).map((text, column) => ({ heading: headings[column] ?? '', text }))
  const flask = headings.findIndex((heading) => heading.includes('Flask'))
  return cells.toSpliced(flask, flask < 0 ? 0 : 1)
}

const isOwnName = (span: string): boolean =>
  !OTHER_WORDS.includes(span) && !FLASK_LOGIN.includes(span.replace('()', '')) && !/^(@|__|LoginManager\()/.test(span)

const passages = lines
  .flatMap(getPassages)
  .map(({ heading, text }) => ({ heading, spans: getCodeSpans(text).filter(isOwnName) }))
const ownNames = [...new Set(passages.flatMap(({ spans }) => spans))]

it('the tables of the page contain every name of Flask-Login', () => {
  const tables = lines.filter((line) => line.startsWith('|')).flatMap(getCodeSpans)
  const listed = new Set(tables.map((span) => span.replace(/\(.*/, '')))
  expect(FLASK_LOGIN.filter((name) => !listed.has(name))).toEqual([])
})

it('the page mentions only public names that exist', () => {
  const names = getPublicNames(ROOT)
  const plain = ownNames.filter((span) => /^\w+(\(\))?$/.test(span)).map((span) => span.replace('()', ''))
  expect(plain.length).toBeGreaterThan(50)
  expect(plain.filter((name) => !names.has(name))).toEqual([])
  expect(['loadUsers', 'login_user', 'sessionProtected2'].filter((name) => names.has(name))).toEqual([])
}, 60_000)

const PRELUDE = `
import * as core from '@fetch-login/core'
import { AnonymousUser, apiKey, type GuardOptions, type LoginManagerOptions, type LoginOptions } from '@fetch-login/core'
import { honoLogin } from '@fetch-login/hono'
import { type Context, Hono } from 'hono'
import { type User, users } from './your-app'
declare const show: (c: Context) => Response
type Whole<T> = { [Key in keyof T]-?: Whole<Exclude<NonNullable<T[Key]>, string | Uint8Array>> }
declare const manager: core.LoginManager<User>
declare const c: Context<{ Variables: { user: User } }>
declare const user: User
declare const options: Whole<Required<LoginManagerOptions<User>>>
const { loginMiddleware, loginRequired, freshLoginRequired, anonymousRequired, auth } = honoLogin(manager)
const app = new Hono()
`

/** The declarations that the code under the heading of another framework uses. */
const PRELUDES: Readonly<Record<string, string>> = {
  Express: `
import type { LoginManager } from '@fetch-login/core'
import { sendResponse } from '@fetch-login/core/node'
import { expressLogin } from '@fetch-login/express'
import express, { type Request, type Response } from 'express'
import type { User } from './your-app'
declare const manager: LoginManager<User>
declare const req: Request
declare const res: Response
declare const user: User
declare const show: (req: Request, res: Response) => void
const { loginMiddleware, loginRequired, freshLoginRequired, auth } = expressLogin(manager)
const app = express()
`,
  Fastify: `
import type { LoginManager } from '@fetch-login/core'
import { fastifyLogin } from '@fetch-login/fastify'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type { User } from './your-app'
declare const manager: LoginManager<User>
declare const request: FastifyRequest
declare const reply: FastifyReply
declare const user: User
declare const show: (request: FastifyRequest) => Promise<string>
const { loginPlugin, loginRequired, freshLoginRequired, auth } = fastifyLogin(manager)
const app = Fastify()
`,
  'Next.js': `
import type { LoginManager } from '@fetch-login/core'
import { nextLogin } from '@fetch-login/next'
import type { User } from './your-app'
declare const manager: LoginManager<User>
declare const user: User
const { loginProxy, loginRequired, loginRequiredPage, freshLoginRequired, withLoginRequired, auth } = nextLogin(manager)
`,
}

function getFramework(heading: string): string | undefined {
  return Object.keys(PRELUDES).find((name) => heading.includes(name))
}

/** Converts an option, a path of an option, or a call into a statement. */
function toStatement(span: string): string {
  if (/^\w+: /.test(span))
    return `;({ ${span} }) satisfies Partial<LoginManagerOptions<User, AnonymousUser>> | LoginOptions | GuardOptions<User>`
  if (/^\w+(\.\w+)+$/.test(span) && !span.startsWith('c.')) return `void options.${span}`
  return `void (async () => ${span})`
}

const isCode = (span: string): boolean => !/^\w+(\(\))?$/.test(span)

function findProblems(prelude: string, spans: readonly string[]): string[] {
  const code = [...prelude.split('\n'), ...spans.map(toStatement)].join('\n')
  return typecheck(ROOT, [{ document: PAGE, line: 0, language: 'ts', file: 'spans.ts', code }])
}

it('the page contains only code that compiles', () => {
  const general = passages.filter(({ heading }) => getFramework(heading) === undefined)
  const spans = [...new Set(general.flatMap(({ spans }) => spans).filter(isCode))]
  expect(spans.length).toBeGreaterThan(30)
  expect(findProblems(PRELUDE, spans)).toEqual([])
  expect(findProblems(PRELUDE, ['remember.cookie.nam', "csrf: 'tokens'", 'auth(c).loginUsers(user)'])).toHaveLength(3)
}, 60_000)

it.each(Object.keys(PRELUDES))(
  'the page contains only code for %s that compiles',
  (framework) => {
    const specific = passages.filter(({ heading }) => getFramework(heading) === framework)
    const spans = specific.flatMap(({ spans }) => spans).filter(isCode)
    expect(spans.length).toBeGreaterThan(5)
    expect(findProblems(PRELUDES[framework] ?? '', spans)).toEqual([])
    expect(findProblems(PRELUDES[framework] ?? '', ['auth(c).user'])).not.toEqual([])
  },
  60_000,
)
