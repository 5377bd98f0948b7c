// The content of the browser's cookies after the response, and the changes to the cookies besides the session cookie.
import type { KeptFlash } from '../state/flash'
import type { RememberToken } from '../state/remember'
import type { RequestContext } from './context'
import { CLEAR, type CookieChange, KEEP, type Writer } from './outgoing-cookies'

/** Returns the flash messages that this request added. */
export function getNewFlashes<User, Guest>(ctx: RequestContext<User, Guest>): readonly KeptFlash[] {
  const before = ctx.opened?.state.flashes ?? []
  return ctx.state.flashes.filter((flash) => !before.includes(flash))
}

/** Returns the ID of the valid remember token that the browser has after this response, or null. */
export function getRememberedId<User, Guest>({ incoming, pending }: RequestContext<User, Guest>): string | null {
  const { remember } = incoming
  return remember?.ok && pending.remember.kind !== 'clear' ? remember.value.token.tokenId : null
}

/** Returns the entries of the tombstone that the browser has after this response. */
export function getEnded<User, Guest>({ incoming, pending }: RequestContext<User, Guest>): readonly string[] {
  return pending.ended ?? incoming.tombstone
}

/** Returns the IDs of the visitor cookies that the browser has after this response. */
export function getVisitors<User, Guest>({ incoming, pending }: RequestContext<User, Guest>): readonly string[] {
  return pending.visitor === null ? incoming.raw.visitors : [pending.visitor]
}

/** Sets the remember cookie. */
export function setRemember<User, Guest>(ctx: RequestContext<User, Guest>, token: RememberToken, by: Writer): void {
  const value = ctx.services.remembers.write(token)
  const { expiresAt: endsAt } = token
  changeRemember(ctx, { kind: 'set', value, maxAgeSeconds: endsAt - ctx.services.now(), endsAt }, by)
}

/** Clears the remember cookie, if the browser sent one. */
export function clearRemember<User, Guest>(ctx: RequestContext<User, Guest>, by: Writer): void {
  changeRemember(ctx, ctx.incoming.raw.remember === null ? KEEP : CLEAR, by)
}

function changeRemember<User, Guest>(ctx: RequestContext<User, Guest>, remember: CookieChange, by: Writer): void {
  ctx.applyChange({ remember, isByApp: ctx.isByApp(by) }, by)
}

/** Sets the entries of the tombstone. */
export function setEnded<User, Guest>(ctx: RequestContext<User, Guest>, ended: readonly string[]): void {
  ctx.applyChange({ ended }, 'operation')
}

/** Sets a visitor cookie, which binds the CSRF tokens of a visitor without a login. */
export function addVisitor<User, Guest>(ctx: RequestContext<User, Guest>, visitor: string): void {
  ctx.applyChange({ visitor }, 'operation')
}
