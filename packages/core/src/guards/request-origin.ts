// Compares the `Origin` header of a request with the origin of this app.

import type { RequestContext } from '../request/context'
import { getRequestOrigin } from '../wire/headers/request'
import { toOrigin } from '../wire/urls/url'

/** Returns whether the `Origin` header names the origin of the request. */
export function isOwnOrigin<User, Guest>(ctx: RequestContext<User, Guest>, origin: string): boolean {
  const own = getOwnOrigin(ctx)
  return own !== null && toOrigin(origin) === own
}

/**
 * Returns whether the `Origin` header differs from the request in its scheme only, as behind a proxy that terminates
 * TLS.
 */
export function differsInScheme<User, Guest>(ctx: RequestContext<User, Guest>): boolean {
  const own = getOwnOrigin(ctx)
  const sent = toOrigin(ctx.request.headers.get('origin') ?? '')
  return own !== null && sent !== null && own !== sent && getHost(own) === getHost(sent)
}

/**
 * Returns the origin of this app: the option `publicOrigin`, or that of the request. Returns null if the `Host` header
 * is invalid.
 */
export function getOwnOrigin<User, Guest>({ request, services }: RequestContext<User, Guest>): string | null {
  return getRequestOrigin(request, services.settings.publicOrigin)
}

function getHost(origin: string): string {
  return origin.slice(origin.indexOf('//'))
}
