// Where a request comes from, by its `Origin` header, and whether that is this app.

import type { RequestContext } from '../request/context'
import { getRequestOrigin } from '../wire/headers/request'
import { toOrigin } from '../wire/urls/url'

/** Whether the `Origin` header names the origin of the request. */
export function isOwnOrigin<User, Guest>(ctx: RequestContext<User, Guest>, origin: string): boolean {
  const here = getOwnOrigin(ctx)
  return here !== null && toOrigin(origin) === here
}

/** Whether the `Origin` header names the host of the request under another scheme, as behind a proxy that ends TLS. */
export function differsInScheme<User, Guest>(ctx: RequestContext<User, Guest>): boolean {
  const here = getOwnOrigin(ctx)
  const there = toOrigin(ctx.request.headers.get('origin') ?? '')
  return here !== null && there !== null && here !== there && getHost(here) === getHost(there)
}

function getOwnOrigin<User, Guest>({ request, services }: RequestContext<User, Guest>): string | null {
  return getRequestOrigin(request, services.settings.publicOrigin)
}

function getHost(origin: string): string {
  return origin.slice(origin.indexOf('//'))
}
