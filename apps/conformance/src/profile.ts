// Converts a profile of the contract (CONTRACT.md, section 2) into options of the library. An absent field has the default
// of Flask-Login, because the kit compares behaviour and not default lifetimes.
import { apiKey, type CookieOptions, type LoginManagerOptions, type RequestLoader } from '@fetch-login/core'
import { Guest, type User, type Users } from './users'

export interface Profile {
  readonly secret_key?: string
  readonly session_protection?: string | null
  readonly login_view?: string | null
  readonly refresh_view?: string | null
  readonly area_login_view?: string | null
  readonly login_message?: string | null
  readonly login_message_category?: string
  readonly needs_refresh_message?: string | null
  readonly needs_refresh_message_category?: string
  readonly localize?: boolean
  readonly use_session_for_next?: boolean
  readonly force_host_for_redirects?: string
  readonly unauthorized_handler?: boolean
  readonly needs_refresh_handler?: boolean
  readonly user_loader?: boolean
  readonly request_loader?: boolean
  readonly api_sessions_disabled?: boolean
  readonly alternative_ids?: boolean
  readonly anonymous_name?: string
  readonly track_accessed?: boolean
  readonly permanent_lifetime?: number
  readonly session_refresh_each_request?: boolean
  readonly remember_cookie?: RememberProfile
}

interface RememberProfile {
  readonly name?: string
  readonly duration?: number
  readonly domain?: string
  readonly path?: string
  readonly secure?: boolean
  readonly httponly?: boolean
  readonly samesite?: string
  readonly refresh_each_request?: boolean
}

const YEAR_SECONDS = 31_536_000
const MONTH_SECONDS = 2_678_400

/** Returns the profile of an app at this host and port as JSON. The runner does not know the port before the app listens. */
export function fillOrigin(host: string, text = '{}'): string {
  return text.replaceAll('{origin}', `http://${host}`).replaceAll('{host}', host)
}

export function readProfile(text: string | undefined): Profile {
  return JSON.parse(text ?? '{}') as Profile
}

export function optionsFor(profile: Profile, users: Users): LoginManagerOptions<User, Guest | null, 'OPTIONS'> {
  return {
    // As in Flask-Login, OPTIONS is never refused.
    exemptMethods: ['OPTIONS'],
    ...loaders(profile, users),
    ...messages(profile),
    secrets: `${profile.secret_key ?? 'conformance-secret-A'}, lengthened for a library that looks`,
    anonymousUser: () => (profile.anonymous_name === undefined ? null : new Guest(profile.anonymous_name)),
    userId: (user) => (profile.alternative_ids ? user.alternativeId : user.id),
    sessionProtection: protection(profile.session_protection),
    fingerprint: ['userAgent', 'address'],
    loginView: profile.login_view,
    refreshView: profile.refresh_view,
    areas: { area: { loginView: profile.area_login_view }, 'area.inner': {}, annex: {} },
    useSessionForNext: profile.use_session_for_next,
    forceHostForRedirects: profile.force_host_for_redirects,
    ...(profile.unauthorized_handler && {
      unauthorizedHandler: () => Response.json({ error: 'unauthorized' }, { status: 401 }),
    }),
    ...(profile.needs_refresh_handler && {
      needsRefreshHandler: () => Response.json({ error: 'needs-refresh' }, { status: 403 }),
    }),
    session: {
      cookie: { name: 'session', secure: false, sameSite: null },
      idleSeconds: profile.permanent_lifetime ?? MONTH_SECONDS,
      permanentSeconds: profile.permanent_lifetime ?? MONTH_SECONDS,
      absoluteSeconds: null,
      renew: profile.session_refresh_each_request === false ? 'never' : 'everyRequest',
      writeForRequestUsers: !profile.api_sessions_disabled,
    },
    remember: {
      cookie: rememberCookie(profile.remember_cookie ?? {}),
      seconds: profile.remember_cookie?.duration ?? YEAR_SECONDS,
      renew: profile.remember_cookie?.refresh_each_request ? 'everyRequest' : 'never',
    },
  }
}

function loaders(profile: Profile, users: Users): Pick<LoginManagerOptions<User>, 'loadUser' | 'loadUserFromRequest'> {
  const byKey: RequestLoader<User> = apiKey((key) => users.find((user) => user.key === key), { scheme: 'Api-Key' })
  return {
    ...(profile.user_loader !== false && {
      loadUser: (id: string) => users.find((user) => (profile.alternative_ids ? user.alternativeId : user.id) === id),
    }),
    ...(profile.request_loader && { loadUserFromRequest: byKey }),
  }
}

function messages(profile: Profile): Partial<LoginManagerOptions<User, Guest | null>> {
  return {
    ...(profile.login_message !== undefined && { loginMessage: profile.login_message }),
    loginMessageCategory: profile.login_message_category,
    ...(profile.needs_refresh_message !== undefined && { needsRefreshMessage: profile.needs_refresh_message }),
    needsRefreshMessageCategory: profile.needs_refresh_message_category,
    ...(profile.localize && { localize: (message: string) => message.toUpperCase() }),
  }
}

/** Returns false for an unknown mode, as in Flask-Login. The library would throw an OptionsError. */
function protection(mode: string | null | undefined): 'basic' | 'strong' | false {
  return mode === undefined || mode === 'basic' ? 'basic' : mode === 'strong' ? 'strong' : false
}

function rememberCookie({ name, domain, path, secure, httponly, samesite }: RememberProfile): CookieOptions {
  return {
    name: name ?? 'remember_token',
    domain,
    path,
    secure: secure ?? false,
    httpOnly: httponly,
    sameSite: samesite === undefined ? null : (samesite.toLowerCase() as 'lax' | 'strict' | 'none'),
  }
}
