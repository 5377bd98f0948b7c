// Wrapped pages render only after their guard has passed.
import { createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import type { ReactElement, ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { nextLogin, type PageProps } from './index'

// Replaces Next.js, which would provide the headers of the current request.
const { current } = vi.hoisted(() => ({ current: { headers: new Headers() } }))
vi.mock('next/headers', () => ({
  headers: async () => current.headers,
  cookies: async () => ({ set: () => undefined }),
}))

interface User {
  readonly id: string
}

const ORIGIN = 'https://app.test'
const alice: User = { id: 'alice' }
const options: LoginManagerOptions<User> = {
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  loginView: '/login',
  refreshView: '/again',
}
const manager = createLoginManager(options)
const login = nextLogin(manager)
const props: PageProps = { params: Promise.resolve({}), searchParams: Promise.resolve({}) }
const page = vi.fn(({ user }: { user: User }) => `The treasure of ${user.id}`)

beforeEach(() => void page.mockClear())

/** Returns the cookie header of a browser after a login, or of an anonymous browser. */
async function getCookie(user: User | null, fresh = true): Promise<string> {
  let cookie = ''
  const client = createTestClient<User>(
    (request) => {
      cookie = request.headers.get('cookie') ?? ''
      return new Response()
    },
    { manager },
  )
  if (user !== null) await client.loginAs(user, { fresh })
  await client.get(ORIGIN)
  return cookie
}

/** Sets the request whose headers the page reads. */
function setRequest(cookie: string, path = '/secret'): void {
  const address = manager.signUrl(ORIGIN + path)
  current.headers = new Headers({
    host: 'app.test',
    cookie,
    'user-agent': 'test-client',
    'x-fetch-login-url': address,
  })
}

/** Renders a page as React does, or returns the digest of the error with which the page ended. */
async function render(wrapped: (props: PageProps) => Promise<ReactNode>): Promise<string> {
  try {
    return renderToStaticMarkup((await wrapped(props)) as ReactElement)
  } catch (error) {
    return (error as { digest?: string }).digest ?? String(error)
  }
}

describe('loginRequiredPage()', () => {
  it('passes the user and the props of Next.js to the page', async () => {
    setRequest(await getCookie(alice))
    expect(await render(login.loginRequiredPage(page))).toBe('The treasure of alice')
    expect(page.mock.calls[0]?.[0]).toEqual({ ...props, user: alice })
  })

  it('redirects an anonymous visitor without calling the page, with the URL of the page as next', async () => {
    setRequest('', '/secret?a=1')
    expect(await render(login.loginRequiredPage(page))).toBe('NEXT_REDIRECT;replace;/login?next=%2Fsecret%3Fa%3D1;307;')
    expect(page).not.toHaveBeenCalled()
  })

  it('ends with notFound() for a user that the policy refuses, without calling the page', async () => {
    setRequest(await getCookie(alice))
    const wrapped = login.loginRequiredPage(page, { allow: ({ id }) => id === 'bob' })
    expect(await render(wrapped)).toBe('NEXT_HTTP_ERROR_FALLBACK;404')
    expect(page).not.toHaveBeenCalled()
  })

  it('ignores a prop user that a caller passes', async () => {
    setRequest(await getCookie(alice))
    const wrapped = login.loginRequiredPage(page)
    const element = await wrapped({ ...props, user: { id: 'mallory' } } as PageProps)
    expect(renderToStaticMarkup(element as ReactElement)).toBe('The treasure of alice')
  })

  it('rejects a client component, to which every field of the user would be sent', () => {
    const client = Object.assign(() => null, { $$typeof: Symbol.for('react.client.reference') })
    expect(() => login.loginRequiredPage(client)).toThrow('received a client component')
  })
})

describe('freshLoginRequiredPage()', () => {
  it('renders for a fresh login and redirects a stale one to the refresh view', async () => {
    const wrapped = login.freshLoginRequiredPage(page)
    setRequest(await getCookie(alice))
    expect(await render(wrapped)).toBe('The treasure of alice')
    setRequest(await getCookie(alice, false))
    expect(await render(wrapped)).toContain(';/again?next=%2Fsecret;')
    expect(page).toHaveBeenCalledTimes(1)
  })
})

describe('anonymousRequiredPage() and anonymousRequired()', () => {
  const join = vi.fn(() => 'Join us')
  const wrapped = login.anonymousRequiredPage(join, { home: '/dashboard' })

  it('render for an anonymous visitor', async () => {
    setRequest('', '/join')
    expect(await render(wrapped)).toBe('Join us')
    await expect(login.anonymousRequired()).resolves.toBeUndefined()
  })

  it('redirect a logged-in user to the safe next of the query, else to home, without calling the page', async () => {
    join.mockClear()
    const cookie = await getCookie(alice)
    for (const [path, target] of [
      ['/join', '/dashboard'],
      ['/join?next=/inbox', '/inbox'],
      ['/join?next=//evil.test', '/dashboard'],
    ] as const) {
      setRequest(cookie, path)
      expect(await render(wrapped)).toContain(`;${target};`)
      const digest = login.anonymousRequired({ home: '/dashboard' }).catch((error) => error.digest)
      expect(await digest).toContain(`;${target};`)
    }
    expect(join).not.toHaveBeenCalled()
  })
})

describe('freshLoginRequired()', () => {
  it('refuses a stale login if it is called without a policy', async () => {
    setRequest(await getCookie(alice, false))
    await expect(login.freshLoginRequired()).rejects.toMatchObject({ digest: expect.stringContaining(';/again') })
  })
})
