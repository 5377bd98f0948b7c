// Describes each refusal in one line for the developer: for the option `onWarning`, or for the console. A line contains no
// cookie, no header with a credential and no query. It contains the path, so a credential in the path appears in the log.
// Text of the request is escaped, so that it cannot forge a line of the log.
import { isInsecure } from '../sessions/incoming-cookies'
import type { AnonymousReason } from '../sessions/read-result'
import { getRequestOrigin } from '../wire/headers/request'
import { describeRequest, escapeText } from '../wire/headers/request-line'
import type { RequestContext } from './context'
import { ANONYMOUS } from './transaction'

/**
 * Emits the line of a refusal, once for each request and kind. Without the option `debug`, each kind is emitted once for
 * each manager. An error of the listener is dropped.
 *
 * @param describe Returns the line without the method, the path and the kind.
 */
export function reportRefusal<User, Guest>(
  ctx: RequestContext<User, Guest>,
  kind: string,
  describe: () => string,
): void {
  const { log } = ctx.services.events
  if (log === null || !isFirst(ctx, kind)) return
  const emit = async (): Promise<unknown> => {
    const message = `${describeRequest(ctx.request)} (${kind}). ${describe()}`
    return ctx.callOut(() => log({ code: 'refused', message }))
  }
  void emit().catch(() => undefined)
}

/** Returns whether a kind was not reported yet, and records that it is reported now. */
function isFirst<User, Guest>(ctx: RequestContext<User, Guest>, kind: string): boolean {
  const { events, settings } = ctx.services
  ctx.reportedKinds ??= settings.debug ? new Set() : events.warned
  return ctx.reportedKinds.size < ctx.reportedKinds.add(`refused ${kind}`).size
}

/** Reports why a request is anonymous, after a guard refused it or the library rejected its login. */
export function reportAnonymous<User, Guest>(ctx: RequestContext<User, Guest>, reason: string | null): void {
  // A loader of the app may record any string as the reason, even a part of a credential.
  const kind = reason !== null && Object.hasOwn(REMEDIES, reason) ? reason : 'unauthorized'
  const { name } = ctx.services.settings.session.cookie
  const remedy = REMEDIES[kind as keyof typeof REMEDIES]
  reportRefusal(ctx, kind, () => `Expected a login in the cookie ${name}: check ${remedy}.`)
}

/** Reports a cookie or credential that was rejected, so that the request is anonymous although it sent one. */
export function reportRejected<User, Guest>(ctx: RequestContext<User, Guest>): void {
  const { reason, identity } = ctx
  if (identity === ANONYMOUS && reason !== 'no-cookie' && reason !== 'no-login' && reason !== INSECURE)
    reportAnonymous(ctx, reason)
}

/**
 * Emits a warning if an operation sets `Secure` cookies over plain HTTP, which the browser drops. The operation does not
 * wait for the listeners.
 */
export function warnOfInsecureCookies<User, Guest>(ctx: RequestContext<User, Guest>): void {
  const { events, settings } = ctx.services
  if (!isInsecure(ctx.request, settings) || (settings.debug && !isFirst(ctx, INSECURE))) return
  if (settings.debug) events.warned.delete(INSECURE)
  const origin = escapeText(getRequestOrigin(ctx.request, settings.publicOrigin) ?? 'http')
  ctx.report(
    INSECURE,
    `${describeRequest(ctx.request)} (${INSECURE}). The response sets Secure cookies over ${origin}, expected https. The browser drops them, and the next request is anonymous. Use https. Behind a proxy that terminates TLS, set publicOrigin or trust proxy. In development, use http://localhost, or set cookies: { secure: false }.`,
  )
}

const INSECURE = 'insecure-transport'

/** The option or the part of the app to check, for each reason of `whyAnonymous()`. */
const REMEDIES: Readonly<Record<AnonymousReason | 'unauthorized', string>> = {
  'no-cookie': 'await loginUser(), and Path, Domain and SameSite of the cookie',
  'no-login': 'await loginUser()',
  'insecure-transport': 'publicOrigin, trust proxy, or cookies: { secure: false }',
  'bad-signature': 'secrets and audience',
  'bad-format': 'session.cookie.name',
  'bad-encoding': 'UTF-8',
  'bad-claims': 'jwtBearer()',
  'duplicate-cookie': 'session.cookie.former',
  'ambiguous-header': 'the proxy',
  'not-yet-valid': 'clock',
  'unknown-user': 'loadUser and userId',
  'logged-out': 'logoutUser()',
  expired: 'session.absoluteSeconds and remember.seconds',
  idle: 'session.idleSeconds',
  revoked: 'sessionStamp and isRevoked',
  inactive: 'isActive',
  protected: 'sessionProtection and fingerprint',
  unauthorized: 'whyAnonymous()',
}
