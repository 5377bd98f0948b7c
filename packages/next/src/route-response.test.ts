// Responses of wrapped route handlers without a server. The conformance app (apps/conformance/next) tests how Next.js sends
// them.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { NextRequest, NextResponse } from 'next/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  auth,
  BOTH,
  checkMocks,
  createClient,
  expectLoggedIn,
  getCookieNames,
  logIn,
  ORIGIN,
  params,
  reportError,
} from '../testing/app'

vi.mock('next/headers', () => import('../testing/next-headers'))
checkMocks()

describe('a login in a route handler', () => {
  it('sets its cookies on the response of the handler', async () => {
    const route = auth(async (_, auth) => Response.json({ ok: await logIn(auth) }))
    const response = await createClient(route).post(`${ORIGIN}/`)
    expect(await response.json()).toEqual({ ok: true })
    expectLoggedIn(response)
  })

  it('sets its cookies on a redirect, whose headers are immutable', async () => {
    const route = auth(async (_, auth) => {
      await logIn(auth)
      return Response.redirect(`${ORIGIN}/next`, 303)
    })
    const response = await createClient(route).post(`${ORIGIN}/`)
    expect([response.status, response.headers.get('location')]).toEqual([303, `${ORIGIN}/next`])
    expectLoggedIn(response)
  })

  it('keeps the cookies of the app', async () => {
    const route = auth(async (_, auth) => {
      await logIn(auth)
      const response = NextResponse.json({})
      response.cookies.set('theme', 'dark')
      return response
    })
    expect(getCookieNames(await createClient(route).post(`${ORIGIN}/`))).toEqual(['theme', ...BOTH])
  })

  it('sets its cookies before the first byte of an unfinished stream', async () => {
    let end = (): void => undefined
    const route = auth(async (_, auth) => {
      await logIn(auth)
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(new TextEncoder().encode('first'))
          end = () => controller.close()
        },
      })
      return new Response(body)
    })
    const response = await createClient(route).post(`${ORIGIN}/`)
    expectLoggedIn(response)
    end()
    expect(await response.text()).toBe('first')
  })

  it('is rejected inside a stream, because the headers were sent', async () => {
    let late: Promise<unknown> = Promise.resolve()
    const route = auth(async (_, auth) => {
      const body = new ReadableStream<Uint8Array>({
        pull: async (controller) => {
          await new Promise((resolve) => setTimeout(resolve, 5))
          late = logIn(auth)
          controller.close()
        },
      })
      return new Response(body)
    })
    const response = await createClient(route).post(`${ORIGIN}/`)
    await response.text()
    await expect(late).rejects.toMatchObject({ name: 'UsageError', code: 'response-sent' })
    expect(getCookieNames(response)).toEqual([])
  })
})

describe('a response of another server', () => {
  let server: Server
  let address = ''

  beforeAll(async () => {
    server = createServer((_, response) => response.setHeader('x-from', 'elsewhere').end('passed on'))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })

  afterAll(() => new Promise((done) => server.close(done)))

  it('is forwarded with the cookies, although its headers are immutable', async () => {
    const route = auth(async (_, auth) => {
      await logIn(auth)
      return fetch(address)
    })
    const response = await createClient(route).post(`${ORIGIN}/`)
    expect([await response.text(), response.headers.get('x-from')]).toEqual(['passed on', 'elsewhere'])
    expectLoggedIn(response)
  })

  it('receives Vary if only the user was read', async () => {
    const route = auth(async (_, auth) => {
      await auth.currentUser()
      return fetch(address)
    })
    const response = await createClient(route).get(`${ORIGIN}/`)
    expect([await response.text(), response.headers.get('vary')]).toEqual(['passed on', 'Cookie, x-api-key'])
  })
})

describe('a route handler that does not use the login', () => {
  it('returns the same response object', async () => {
    const response = new Response('plain')
    expect(await auth(() => response)(new NextRequest(`${ORIGIN}/`), params)).toBe(response)
  })

  it('rethrows an error, so that Next.js reports it', async () => {
    const error = new Error('of the app')
    const route = auth(() => Promise.reject(error))
    await expect(createClient(route).get(`${ORIGIN}/`)).rejects.toBe(error)
    expect(reportError).not.toHaveBeenCalled()
  })

  it.each([
    ['returns nothing', () => undefined as never],
    ['returns something else', () => ({ ok: true }) as never],
  ])('rejects with an error if it %s', async (_, handler) => {
    await expect(createClient(auth(handler)).get(`${ORIGIN}/`)).rejects.toThrow('did not return a Response')
  })
})
