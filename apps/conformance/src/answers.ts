// What the routes of the contract answer (CONTRACT.md, section 4), given the handle of a request: the same on every
// framework. An app says which route, which guard, and how an answer leaves.
import type { Auth, LoginOptions } from '@fetch-login/core'
import type { Guest, User, Users } from './users'

export type Handle = Auth<User, Guest | null>

/** The fields of a form, by name. */
export type Form = Readonly<Record<string, unknown>>

/** A status, and a body in JSON. */
export interface Answer {
  readonly status: 200 | 404
  readonly body: object
}

/** What asks nobody who is there. */
export const PLAIN: Readonly<Record<string, object>> = {
  '/static': { static: true },
  '/': { page: 'home' },
  '/login': { page: 'login' },
  '/reauth': { page: 'reauth' },
  '/area/login': { page: 'area-login' },
}

/** Where the options of a profile cannot work, these pages still answer. */
export function isPlain(method: string | undefined, path: string): boolean {
  return method === 'GET' && Object.hasOwn(PLAIN, path)
}

// ── who is it ──
export async function whoami(auth: Handle): Promise<object> {
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

export async function peek(auth: Handle): Promise<object> {
  return { fresh: await auth.loginFresh(), remembered: await auth.loginRemembered() }
}

export async function slow(auth: Handle, milliseconds: unknown): Promise<object> {
  const pause = () => new Promise((done) => setTimeout(done, Number(milliseconds ?? 0)))
  await pause()
  const first = await now(auth)
  await pause()
  return { first, second: await now(auth), fresh: await auth.loginFresh() }
}

async function now(auth: Handle): Promise<string | null> {
  return (await auth.currentUser())?.name ?? null
}

// ── in and out ──
export async function logIn(auth: Handle, users: Users, form: Form): Promise<Answer> {
  const ok = await attempt(auth, users, form)
  return ok === null ? UNKNOWN : { status: 200, body: { ok, now: await now(auth) } }
}

export async function logOut(auth: Handle): Promise<object> {
  await auth.logoutUser()
  return { ok: true, now: await now(auth) }
}

export async function confirm(auth: Handle): Promise<object> {
  await auth.confirmLogin()
  return { ok: true, fresh: await auth.loginFresh() }
}

export async function switchUser(auth: Handle, users: Users, form: Form): Promise<Answer> {
  await auth.logoutUser()
  return logIn(auth, users, form)
}

export async function bounce(auth: Handle, users: Users, form: Form): Promise<Answer> {
  const ok = await attempt(auth, users, form)
  await auth.logoutUser()
  return ok === null ? UNKNOWN : { status: 200, body: { ok, now: await now(auth) } }
}

const UNKNOWN: Answer = { status: 404, body: { ok: false, error: 'no-such-user' } }

/** The library's verdict; null for a user whom the table does not have. */
async function attempt(auth: Handle, users: Users, form: Form): Promise<boolean | null> {
  const user = users.named(String(form.user))
  if (user === undefined) return null
  if (form.permanent === '1') await auth.session.setPermanent(true)
  return auth.loginUser(user, loginOptions(form))
}

/** Fields are handed to the library only when the form has them, and as they are. */
function loginOptions(form: Form): LoginOptions {
  return {
    ...('remember' in form && { remember: form.remember === '1' }),
    ...('fresh' in form && { fresh: form.fresh === '1' }),
    ...('force' in form && { force: form.force === '1' }),
    ...('duration' in form && { rememberSeconds: duration(String(form.duration)) }),
  }
}

function duration(text: string): number {
  return Number.isNaN(Number(text)) ? (text as unknown as number) : Number(text)
}

// ── guarded ──
/** Behind a guard; `OPTIONS` looks at nobody. */
export function granted(method: string | undefined, auth: { readonly user: User }): object {
  return method === 'OPTIONS' ? { options: true } : { granted: true, user: auth.user.name }
}

// ── session and flashes ──
export async function setData(auth: Handle, { key, value, touch }: Form): Promise<object> {
  if (touch === '1') await auth.currentUser()
  await auth.session.set(String(key), String(value))
  return { ok: true }
}

export async function getData(auth: Handle, key: unknown): Promise<object> {
  return { value: (await auth.session.get(String(key ?? ''))) ?? null }
}

export async function keptNext(auth: Handle): Promise<object> {
  return { next: await auth.session.pendingNext() }
}

export async function flashes(auth: Handle): Promise<object> {
  return (await auth.takeFlashes()).map(({ category, message }) => [category, message])
}
