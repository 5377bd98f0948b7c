// The Auth object of wrapped route handlers.
import { createLoginManager, OptionsError, UsageError } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import { headers } from 'next/headers'
import { NextRequest } from 'next/server'
import { describe, expect, it, vi } from 'vitest'
import {
  auth,
  checkMocks,
  clock,
  createClient,
  logIn,
  ORIGIN,
  options,
  params,
  type User,
  withLoginRequired,
} from '../testing/app'
import { nextLogin } from './index'

vi.mock('next/headers', () => import('../testing/next-headers'))
checkMocks()

describe('the Auth object of a route handler', () => {
  it('is the same object that auth() returns in functions called by the handler', async () => {
    const route = auth(async (_, opened) => Response.json((await auth()) === opened))
    expect(await (await createClient(route).get(`${ORIGIN}/`)).json()).toBe(true)
  })

  it('is opened only after headers() resolved, because a build calls a handler twice with one request', async () => {
    const handler = vi.fn(() => Response.json({}))
    const route = withLoginRequired(handler)
    const request = new NextRequest(`${ORIGIN}/`, { headers: { 'x-api-key': 'key-alice' } })
    const building = new Error('no request during a build')
    vi.mocked(headers).mockRejectedValueOnce(building).mockResolvedValueOnce(request.headers)
    vi.mocked(headers).mockResolvedValueOnce(request.headers).mockRejectedValueOnce(building)
    await expect(route(request, params)).rejects.toBe(building)
    await route(request, params)
    await expect(route(request, params)).rejects.toBe(building)
    expect(handler).toHaveBeenCalledTimes(1)
  })

  it('reads the client address only from the option address', async () => {
    const bound = createLoginManager({ ...options, sessionProtection: 'strong', fingerprint: ['address'] })
    const login = nextLogin(bound, { address: (headers) => headers.get('x-peer') ?? undefined })
    const route = login.auth(async (request, auth) => {
      if (request.method === 'POST') await logIn(auth)
      return Response.json({ id: (await auth.currentUser())?.id ?? null, why: await auth.whyAnonymous() })
    })
    const client = createTestClient<User>((request) => route(new NextRequest(request), params), {
      manager: bound,
      clock,
    })
    const createHeaders = (peer: string, more: object = {}) => ({ 'x-peer': peer, ...more })
    await client.post(`${ORIGIN}/`, {}, createHeaders('192.0.2.1'))
    const forged = createHeaders('192.0.2.1', { 'x-forwarded-for': '192.0.2.9' })
    expect(await (await client.get(`${ORIGIN}/`, forged)).json()).toEqual({ id: 'alice', why: null })
    expect(await (await client.get(`${ORIGIN}/`, createHeaders('192.0.2.2'))).json()).toEqual({
      id: null,
      why: 'protected',
    })
  })

  it('requires the option address if the fingerprint includes the address', () => {
    const bound = createLoginManager({ ...options, fingerprint: ['userAgent', 'address'] })
    expect(() => nextLogin(bound)).toThrow(OptionsError)
    expect(() => nextLogin(bound)).toThrow('nextLogin()')
  })

  it('throws if user is read outside of a guard', async () => {
    const route = auth((_, auth) => Response.json(auth.user))
    await expect(createClient(route).get(`${ORIGIN}/`)).rejects.toThrow(UsageError)
  })
})
