// Where visitors are sent: the address of a view with the page asked for in it, and the way back after the login.

import { UsageError } from '../base/errors'
import type { Steps } from '../base/steps'
import type { View } from '../settings'
import { nextKept } from '../state/transitions'
import { queryParameter, requestOrigin, requestTarget } from '../wire/request'
import { destination, isHere, isKeepable, safeAddress, wellFormed, withHost, withNext } from '../wire/url'
import type { Exchange } from './exchange'

/** Where a visitor is whose origin nobody knows. */
const NOWHERE = 'http://unknown.invalid'

/** The address of a view: configured, or told by the app's function, which may repeat what the request says. */
export function viewAddress<User, Guest>(exchange: Exchange<User, Guest>, view: View): string {
  if (typeof view === 'string') return view
  const address: unknown = exchange.callOut(() => view(exchange.request))
  const here = origin(exchange) ?? NOWHERE
  const there = typeof address === 'string' ? destination(address, here) : null
  if (there !== null && [here, ...exchange.runtime.settings.origins].includes(there)) return address as string
  throw new UsageError(
    'off-origin-view',
    `A view function sent the visitor to ${address}, which is neither this origin nor in the option origins.`,
  )
}

/** The login address, with `next` in its query unless the session keeps it, where that can be written. */
export function loginAddress<User, Guest>(exchange: Exchange<User, Guest>, view: View, next: string | null): string {
  const { useSessionForNext, nextField, forceHostForRedirects } = exchange.runtime.settings
  const address = viewAddress(exchange, view)
  const wanted = next ?? wantedPage(exchange, address)
  const isInSession = useSessionForNext && !exchange.isReadOnly
  const full = isInSession || wanted === null || !isKeepable(wanted) ? address : withNext(address, nextField, wanted)
  return headerSafe(forceHostForRedirects === null ? full : withHost(full, forceHostForRedirects))
}

/** The page asked for: path and query where the view is served here, else in full; null where that is unknown. */
export function wantedPage<User, Guest>(exchange: Exchange<User, Guest>, address: string): string | null {
  if (exchange.request.url === '') return null
  const here = origin(exchange)
  const target = requestTarget(exchange.request).replace(/\?$/, '')
  if (isHere(address, here)) return target
  return here === null ? null : here + target
}

function origin<User, Guest>({ request, runtime }: Exchange<User, Guest>): string | null {
  return requestOrigin(request, runtime.settings.publicOrigin)
}

/** Everything that may not stand in a header, percent-encoded. */
function headerSafe(address: string): string {
  return address.replace(/[^\x21-\x7e]+/gu, (text) => encodeURIComponent(wellFormed(text)))
}

/** Where to go after the login: what the form said, the query, the session; the first that is safe. */
export function* nextAddress<User, Guest>(
  exchange: Exchange<User, Guest>,
  fallback: string,
  given: string | null | undefined,
): Steps<string> {
  const { nextField, origins } = exchange.runtime.settings
  yield* exchange.open()
  const kept = exchange.state.next
  if (kept !== null) yield* exchange.write(nextKept(exchange.state, null), 'verb')
  const here = origin(exchange)
  for (const candidate of [given, queryParameter(exchange.request, nextField), kept]) {
    if (typeof candidate !== 'string') continue
    const safe = safeAddress(candidate, here ?? NOWHERE, origins)
    if (safe !== null) return headerSafe(safe)
  }
  return fallback
}
