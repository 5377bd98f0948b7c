// Where a request comes from, by its `Origin` header, and whether that is this app.

import type { Exchange } from '../request/context'
import { requestOrigin } from '../wire/headers/request'
import { originOf } from '../wire/urls/url'

/** Whether the `Origin` header names the origin of the request. */
export function isOwnOrigin<User, Guest>(exchange: Exchange<User, Guest>, origin: string): boolean {
  const here = ownOrigin(exchange)
  return here !== null && originOf(origin) === here
}

/** Whether the `Origin` header names the host of the request under another scheme, as behind a proxy that ends TLS. */
export function differsInScheme<User, Guest>(exchange: Exchange<User, Guest>): boolean {
  const here = ownOrigin(exchange)
  const there = originOf(exchange.request.headers.get('origin') ?? '')
  return here !== null && there !== null && here !== there && hostOf(here) === hostOf(there)
}

function ownOrigin<User, Guest>({ request, runtime }: Exchange<User, Guest>): string | null {
  return requestOrigin(request, runtime.settings.publicOrigin)
}

function hostOf(origin: string): string {
  return origin.slice(origin.indexOf('//'))
}
