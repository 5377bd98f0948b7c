// Where pages, actions and wrapped route handlers of Next.js send a visitor, and where the visitor comes back to.
import { createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { NextRequest } from 'next/server'
import { describe, expect, it, vi } from 'vitest'
import { nextLogin } from './index'

// Both ask Next.js' server for the request at hand, and there is none here: one headers object stands for it.
const { atHand } = vi.hoisted(() => ({ atHand: { headers: new Headers() } }))
vi.mock('next/headers', () => ({
  headers: async () => atHand.headers,
  cookies: async () => ({ set: () => undefined }),
}))

interface User {
  readonly id: string
}

const ORIGIN = 'https://app.test'

function loginWith(options: Partial<LoginManagerOptions<User>> = {}) {
  const manager = createLoginManager<User>({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id) => ({ id }),
    loginView: '/login',
    ...options,
  })
  return nextLogin(manager)
}

/** Ends a page or an action with a guard, and returns where Next.js would redirect. */
async function interrupt(headers: Record<string, string>): Promise<string> {
  atHand.headers = new Headers({ host: 'app.test', ...headers })
  try {
    await loginWith().loginRequired()
  } catch (error) {
    return (error as { digest: string }).digest
  }
  throw new Error('The guard let an anonymous request pass.')
}

/** Sends what a browser that navigates sends to a wrapped route handler. */
async function visit(path: string, method = 'GET', headers: Record<string, string> = {}) {
  atHand.headers = new Headers({ host: 'app.test', accept: 'text/html', ...headers })
  const route = loginWith().loginRequired(() => new Response('secret'))
  const request = new NextRequest(ORIGIN + path, { method, headers: atHand.headers })
  const answer = await route(request, { params: Promise.resolve({}) })
  return [answer.status, answer.headers.get('location')]
}

describe('a refused request of a browser on Next.js', () => {
  it('comes back to the page itself after GET, and to the page of the form after any other method', async () => {
    const referer = { referer: `${ORIGIN}/form?step=2` }
    expect(await visit('/secret?a=1', 'GET', referer)).toEqual([302, '/login?next=%2Fsecret%3Fa%3D1'])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(await visit('/secret', method, referer)).toEqual([303, '/login?next=%2Fform%3Fstep%3D2'])
      expect(await visit('/secret', method)).toEqual([303, '/login'])
      expect(await visit('/secret', method, { referer: 'https://evil.test/' })).toEqual([303, '/login'])
    }
  })

  it('is redirected with 303 by a guard that a page or an action awaits, unless the request is a visit', async () => {
    expect(await interrupt({})).toMatch(/^NEXT_REDIRECT;replace;\/login;307;$/)
    const form = { 'content-type': 'multipart/form-data; boundary=x', referer: `${ORIGIN}/form` }
    expect(await interrupt(form)).toMatch(/^NEXT_REDIRECT;\w+;\/login\?next=%2Fform;303;$/)
  })
})
