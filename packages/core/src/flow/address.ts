// Where visitors are sent: the address of a view with the page asked for in it, and the way back after the login.

import { UsageError } from '../base/errors'
import type { Steps } from '../base/steps'
import type { View } from '../settings'
import { nextKept } from '../state/transitions'
import { isListed } from '../wire/origin-list'
import { isVisit, queryParameter, type RequestView, requestOrigin, requestTarget } from '../wire/request'
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
  const { origins, nextOrigins } = exchange.runtime.settings
  if (there !== null && isListed(there, [here, ...origins, ...nextOrigins])) return address as string
  throw new UsageError(
    'off-origin-view',
    `A view function sent the visitor to ${address}, which is neither this origin nor in the options origins and nextOrigins.`,
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

/** Returns the page to come back to: path and query if the view is of this origin, else in full; null if unknown. */
export function wantedPage<User, Guest>(exchange: Exchange<User, Guest>, address: string): string | null {
  const here = origin(exchange)
  const page = visiblePage(exchange.request, here)
  if (page === null || isHere(address, here)) return page
  return here === null ? null : here + page
}

/** Returns path and query of the page that GET can visit: this request, or the page that sent it; null if unknown. */
function visiblePage(request: RequestView, here: string | null): string | null {
  if (!isVisit(request)) return refererPage(request, here)
  return request.url === '' ? null : requestTarget(request).replace(/\?$/, '')
}

/** Returns path and query of the page of this origin that sent the request. A proxy may end TLS before this server. */
function refererPage(request: RequestView, here: string | null): string | null {
  const referer = request.headers.get('referer')
  if (referer === null || here === null) return null
  const safe = safeAddress(referer, here) ?? safeAddress(referer, here.replace(/^http:/, 'https:'))
  return safe === null ? null : (safe.split('#')[0] as string)
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
  const { nextField, nextOrigins } = exchange.runtime.settings
  yield* exchange.open()
  const kept = exchange.state.next
  if (kept !== null && !exchange.isPreview) yield* exchange.write(nextKept(exchange.state, null), 'verb')
  const here = origin(exchange)
  for (const candidate of [given, queryParameter(exchange.request, nextField), kept]) {
    if (typeof candidate !== 'string') continue
    const safe = safeAddress(candidate, here ?? NOWHERE, nextOrigins)
    if (safe !== null) return headerSafe(safe)
  }
  return fallback
}
