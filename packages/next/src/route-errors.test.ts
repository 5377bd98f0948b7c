// Errors and interrupts of Next.js in wrapped route handlers.
import { StoreError } from '@fetch-login/core'
import { forbidden, notFound, permanentRedirect, redirect, unauthorized } from 'next/navigation'
import { NextRequest } from 'next/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  alice,
  auth,
  BOTH,
  broken,
  checkMocks,
  createClient,
  expectLoggedIn,
  expectLoggedOut,
  getCookieNames,
  loadUser,
  logIn,
  manager,
  ORIGIN,
  reportError,
  withLoginRequired,
} from '../testing/app'
import { cookieStore } from '../testing/next-headers'
import { nextLogin } from './index'

vi.mock('next/headers', () => import('../testing/next-headers'))
checkMocks()

export const ENCODED = '/%E4%BD%90%E8%97%A4%0D%0A?q=%20%EF%BF%BD'

describe('a change of the login before an error', () => {
  it('is sent if the handler throws after a login', async () => {
    const error = new Error('after the login')
    const route = auth(async (_, auth) => {
      await logIn(auth)
      throw error
    })
    const response = await createClient(route).post(`${ORIGIN}/`)
    expect([response.status, response.body]).toEqual([500, null])
    expectLoggedIn(response)
    expect(reportError).toHaveBeenCalledExactlyOnceWith(error, expect.any(NextRequest))
  })

  it('is sent if the handler throws after a logout', async () => {
    const route = auth(async (_, auth) => {
      await auth.logoutUser()
      throw new Error('after the logout')
    })
    const client = createClient(route)
    await client.loginAs(alice, { remember: true })
    expectLoggedOut(await client.post(`${ORIGIN}/`))
  })

  it.each([
    ['returns nothing', undefined],
    ['returns something else', 'ok'],
  ])('is sent if the handler %s after a logout', async (_, returned) => {
    const route = auth(async (_, auth) => {
      await auth.logoutUser()
      return returned as never
    })
    const client = createClient(route)
    await client.loginAs(alice, { remember: true })
    const response = await client.post(`${ORIGIN}/`)
    expect(response.status).toBe(500)
    expectLoggedOut(response)
    expect(reportError.mock.lastCall?.[0]).toMatchObject({
      message: expect.stringContaining('did not return a Response'),
    })
  })

  it('is sent if reportError() rejects', async () => {
    const silenced = vi.spyOn(console, 'error').mockReturnValue()
    reportError.mockRejectedValue(new Error('no network'))
    const route = auth(async (_, auth) => {
      await logIn(auth)
      throw new Error('first')
    })
    expectLoggedIn(await createClient(route).post(`${ORIGIN}/`))
    expect(silenced.mock.lastCall?.map(String)).toEqual(['Error: first', 'Error: no network'])
    silenced.mockRestore()
  })

  it('logs the error by default, without the request and its cookies', async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue()
    const error = new Error('after the login')
    const route = nextLogin(manager).auth(async (_, auth) => {
      await logIn(auth)
      throw error
    })
    await createClient(route).post(`${ORIGIN}/`)
    expect(logged.mock.calls).toEqual([[error]])
    logged.mockRestore()
  })

  it.each([
    ['a loader', new Error('the loader broke')],
    ['a store', new StoreError('no connection')],
  ])('sends an error of %s as a private response', async (_, error) => {
    loadUser.mockImplementationOnce(() => Promise.reject(error) as never)
    const client = createClient(auth(async (_, auth) => Response.json(await auth.currentUser())))
    await client.loginAs(alice)
    const response = await client.get(`${ORIGIN}/`)
    expect([response.status, response.headers.get('vary')]).toEqual([500, 'Cookie'])
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(getCookieNames(response)).toEqual([])
  })

  it('does not run a handler if the user loader of a guard throws', async () => {
    const handler = vi.fn(() => new Response('in'))
    const client = createClient(withLoginRequired(handler))
    await client.loginAs(broken)
    expect((await client.get(`${ORIGIN}/`)).status).toBe(500)
    expect(handler).not.toHaveBeenCalled()
  })
})

describe('an interrupt of Next.js', () => {
  // Next.js reads `experimental.authInterrupts` from here while it bundles.
  beforeAll(() => vi.stubEnv('__NEXT_EXPERIMENTAL_AUTH_INTERRUPTS', 'true'))
  afterAll(() => vi.unstubAllEnvs())

  it.each([
    ['redirect()', () => redirect('/next?a=1;b=2'), 307, '/next?a=1;b=2'],
    ['permanentRedirect()', () => permanentRedirect('/next'), 308, '/next'],
    [
      'a redirect to a URL with characters that a header must not contain',
      () => redirect('/佐藤\r\n?q=%20\ud800'),
      307,
      ENCODED,
    ],
    ['notFound()', notFound, 404, null],
    ['forbidden()', forbidden, 403, null],
    ['unauthorized()', unauthorized, 401, null],
  ])('by %s sends the cookies of a logout before it', async (_, interrupt, status, location) => {
    const route = auth(async (_, auth) => {
      await auth.logoutUser()
      return interrupt()
    })
    const client = createClient(route)
    await client.loginAs(alice, { remember: true })
    const response = await client.post(`${ORIGIN}/`)
    expect([response.status, response.headers.get('location')]).toEqual([status, location])
    expectLoggedOut(response)
    expect(reportError).not.toHaveBeenCalled()
  })

  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a form with files', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['a server action', { 'next-action': 'x' }],
  ])('redirects %s with 303, as Next.js does', async (_, headers) => {
    const route = auth(async (_, auth) => {
      await logIn(auth)
      return redirect('/next')
    })
    const response = await createClient(route).post(`${ORIGIN}/`, {}, headers)
    expect(response.status).toBe(303)
    expectLoggedIn(response)
  })

  it('is recognised only if the handler throws it itself, and not as a cause', async () => {
    const route = auth(async (_, auth) => {
      await logIn(auth)
      try {
        return redirect('/next')
      } catch (cause) {
        throw new Error('a mistake', { cause })
      }
    })
    const response = await createClient(route).post(`${ORIGIN}/`)
    expect([response.status, response.headers.get('location')]).toEqual([500, null])
    expectLoggedIn(response)
  })

  it('sets the cookies in the store of Next.js for an unknown internal error', async () => {
    const unknown = Object.assign(new Error('of Next.js'), { digest: 'DYNAMIC_SERVER_USAGE' })
    const route = auth(async (_, auth) => {
      await logIn(auth)
      throw unknown
    })
    await expect(createClient(route).post(`${ORIGIN}/`)).rejects.toBe(unknown)
    expect(cookieStore.set.mock.calls.map(([cookie]) => cookie.name)).toEqual(BOTH)
    cookieStore.set.mockClear()
  })

  it('redirects without other headers if the login was not used', async () => {
    const response = await createClient(auth(() => redirect('/next'))).get(`${ORIGIN}/`)
    expect([response.status, [...response.headers]]).toEqual([307, [['location', '/next']]])
  })
})
