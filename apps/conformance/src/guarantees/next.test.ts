// Runs the guarantees of every adapter on wrapped route handlers of Next.js, with and without the proxy.

import { nextLogin } from '@fetch-login/next'
import { NextRequest } from 'next/server'
import { describe, vi } from 'vitest'
import { type App, GUARDED, testGuarantees, testGuaranteesBehindProxy } from './cases'

// The headers of the current request. The server of Next.js would provide them.
const { current } = vi.hoisted(() => ({ current: { headers: new Headers() } }))
vi.mock('next/headers', () => ({ headers: async () => current.headers, cookies: async () => ({ set: () => {} }) }))

type Send = (request: Request) => Promise<Response>

function createApp({ manager, handle, onError }: App): { readonly proxy: Send; readonly routes: Send } {
  const { loginProxy, withLoginRequired, auth } = nextLogin(manager, { reportError: onError })
  const open = auth(async (_request, auth) => {
    await handle(auth)
    return new Response('ok')
  })
  const guarded = withLoginRequired((request, _user, context) => open(request, context))
  const routes: Send = async (request) => {
    current.headers = request.headers
    const route = new URL(request.url).pathname === GUARDED ? guarded : open
    try {
      return await route(new NextRequest(request), { params: Promise.resolve({}) })
    } catch (error) {
      onError(error)
      return new Response(null, { status: 500 })
    }
  }
  return { proxy: (request) => loginProxy(new NextRequest(request)), routes }
}

/** Returns the request that the server of Next.js passes to the route, with the headers that the proxy set. */
function applyProxy(proxied: Response, request: Request): Request {
  const names = proxied.headers.get('x-middleware-override-headers')?.split(',')
  if (names === undefined) return request
  const headers = names.map((name): [string, string] => [
    name,
    proxied.headers.get(`x-middleware-request-${name}`) ?? '',
  ])
  return new Request(request, { headers })
}

/** Adds the cookies of the proxy before those of the route, as the server of Next.js does. */
function addProxyCookies(proxied: Response, response: Response): Response {
  const headers = new Headers(response.headers)
  headers.delete('set-cookie')
  for (const line of [...proxied.headers.getSetCookie(), ...response.headers.getSetCookie()])
    headers.append('set-cookie', line)
  return new Response(response.body, { status: response.status, headers })
}

describe('route handlers of Next.js', () => {
  testGuarantees(async (app) => createApp(app).routes)
})

describe('route handlers of Next.js behind the proxy', () => {
  testGuaranteesBehindProxy(async (app) => {
    const { proxy, routes } = createApp(app)
    return async (request) => {
      const proxied = await proxy(request)
      if (proxied.headers.get('x-middleware-next') !== '1') return proxied
      return addProxyCookies(proxied, await routes(applyProxy(proxied, request)))
    }
  })
})
