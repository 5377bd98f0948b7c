// The responses of the routes of the contract (CONTRACT.md, section 4), from the `Auth` object of a request. They are the
// same on every framework. An app declares the route and the guard, and sends the response.
import type { Auth, LoginOptions } from '@fetch-login/core'
import type { Guest, User, Users } from './users'

export type ContractAuth = Auth<User, Guest | null>

/** The fields of a form, by name. */
export type Form = Readonly<Record<string, unknown>>

/** A status, and a body in JSON. */
export interface RouteResponse {
  readonly status: 200 | 404
  readonly body: object
}

/** The routes that do not read the user. */
export const PLAIN: Readonly<Record<string, object>> = {
  '/static': { static: true },
  '/': { page: 'home' },
  '/login': { page: 'login' },
  '/reauth': { page: 'reauth' },
  '/area/login': { page: 'area-login' },
}

/** Returns whether a request is for a page that responds even if the options of the profile are refused. */
export function isPlain(method: string | undefined, path: string): boolean {
  return method === 'GET' && Object.hasOwn(PLAIN, path)
}

// ── current user ──
export async function whoami(auth: ContractAuth): Promise<object> {
  const user = await auth.currentUser()
  const known = user !== null && !user.isAnonymous ? (user as User) : null
  return {
    user: user?.name ?? null,
    id: known?.id ?? null,
    is_authenticated: user?.isAuthenticated ?? false,
    is_active: user?.isActive ?? false,
    is_anonymous: user?.isAnonymous ?? true,
    ...(await peek(auth)),
  }
}

export async function peek(auth: ContractAuth): Promise<object> {
  return { fresh: await auth.loginFresh(), remembered: await auth.loginRemembered() }
}

export async function slow(auth: ContractAuth, milliseconds: unknown): Promise<object> {
  const pause = () => new Promise((done) => setTimeout(done, Number(milliseconds ?? 0)))
  await pause()
  const first = await readName(auth)
  await pause()
  return { first, second: await readName(auth), fresh: await auth.loginFresh() }
}

async function readName(auth: ContractAuth): Promise<string | null> {
  return (await auth.currentUser())?.name ?? null
}

// ── login and logout ──
export async function logIn(auth: ContractAuth, users: Users, form: Form): Promise<RouteResponse> {
  const ok = await attempt(auth, users, form)
  return ok === null ? UNKNOWN : { status: 200, body: { ok, now: await readName(auth) } }
}

export async function logOut(auth: ContractAuth): Promise<object> {
  await auth.logoutUser()
  return { ok: true, now: await readName(auth) }
}

export async function confirm(auth: ContractAuth): Promise<object> {
  await auth.confirmLogin()
  return { ok: true, fresh: await auth.loginFresh() }
}

export async function switchUser(auth: ContractAuth, users: Users, form: Form): Promise<RouteResponse> {
  await auth.logoutUser()
  return logIn(auth, users, form)
}

export async function bounce(auth: ContractAuth, users: Users, form: Form): Promise<RouteResponse> {
  const ok = await attempt(auth, users, form)
  await auth.logoutUser()
  return ok === null ? UNKNOWN : { status: 200, body: { ok, now: await readName(auth) } }
}

const UNKNOWN: RouteResponse = { status: 404, body: { ok: false, error: 'no-such-user' } }

/** Returns the result of loginUser(), or null if the table does not contain the user. */
async function attempt(auth: ContractAuth, users: Users, form: Form): Promise<boolean | null> {
  const user = users.findByName(String(form.user))
  if (user === undefined) return null
  if (form.permanent === '1') await auth.session.setPermanent(true)
  return auth.loginUser(user, createLoginOptions(form))
}

/** Returns only the options that the form contains, without changes. */
function createLoginOptions(form: Form): LoginOptions {
  return {
    ...('remember' in form && { remember: form.remember === '1' }),
    ...('fresh' in form && { fresh: form.fresh === '1' }),
    ...('force' in form && { force: form.force === '1' }),
    ...('duration' in form && { rememberSeconds: parseDuration(String(form.duration)) }),
  }
}

function parseDuration(text: string): number {
  return Number.isNaN(Number(text)) ? (text as unknown as number) : Number(text)
}

// ── guarded ──
/** Returns the body of a guarded page. `OPTIONS` does not read the user. */
export function granted(method: string | undefined, auth: { readonly user: User }): object {
  return method === 'OPTIONS' ? { options: true } : { granted: true, user: auth.user.name }
}

// ── session and flashes ──
export async function setData(auth: ContractAuth, { key, value, touch }: Form): Promise<object> {
  if (touch === '1') await auth.currentUser()
  await auth.session.set(String(key), String(value))
  return { ok: true }
}

export async function getData(auth: ContractAuth, key: unknown): Promise<object> {
  return { value: (await auth.session.get(String(key ?? ''))) ?? null }
}

export async function getPendingNext(auth: ContractAuth): Promise<object> {
  return { next: await auth.session.pendingNext() }
}

export async function flashes(auth: ContractAuth): Promise<object> {
  return (await auth.takeFlashes()).map(({ category, message }) => [category, message])
}
