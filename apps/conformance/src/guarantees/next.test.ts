// The guarantees that every adapter gives alike, over wrapped route handlers of Next.js.

import { nextLogin } from '@fetch-login/next'
import { NextRequest } from 'next/server'
import { describe, vi } from 'vitest'
import { type App, GUARDED, testGuarantees } from './cases'

// One headers object a request stands for the request that the server of Next.js handles.
const { current } = vi.hoisted(() => ({ current: { headers: new Headers() } }))
vi.mock('next/headers', () => ({ headers: async () => current.headers, cookies: async () => ({ set: () => {} }) }))

type Send = (request: Request) => Promise<Response>

function createApp({ manager, handle, onError }: App): Send {
  const { loginRequired, auth } = nextLogin(manager, { reportError: onError })
  const open = auth(async (_request, auth) => {
    await handle(auth)
    return new Response('ok')
  })
  const guarded = loginRequired((request, _user, context) => open(request, context))
  return async (request) => {
    current.headers = request.headers
    const route = new URL(request.url).pathname === GUARDED ? guarded : open
    try {
      return await route(new NextRequest(request), { params: Promise.resolve({}) })
    } catch (error) {
      onError(error)
      return new Response(null, { status: 500 })
    }
  }
}

describe('route handlers of Next.js', () => {
  testGuarantees(async (app) => createApp(app))
})
