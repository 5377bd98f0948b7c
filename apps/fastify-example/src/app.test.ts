// The pages of the example, over HTTP.
import { createTestClient, type TestClient } from '@fetch-login/core/testing'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from './app'

// Checking a password is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

let app: FastifyInstance
let origin: string
let browser: TestClient

beforeAll(async () => {
  app = createApp('only for tests: 0123456789 abcdefghijklmnop')
  origin = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  app.server.closeAllConnections()
  await app.close()
})
beforeEach(() => {
  browser = createTestClient((request) => fetch(request), { origin })
})

const ALICE = { name: 'alice', password: 'open sesame' }
const logIn = (form: Record<string, string> = {}, query = ''): Promise<Response> =>
  browser.post(`/login${query}`, { ...ALICE, ...form })
const getRedirect = (response: Response): [number, string | null] => [response.status, response.headers.get('location')]

describe('a visitor', () => {
  it('logs in for the secret page, returns after a restart, reauthenticates for the sudo page, and logs out', async () => {
    expect(getRedirect(await browser.get('/secret?page=2'))).toEqual([302, '/login?next=%2Fsecret%3Fpage%3D2'])
    const login = await (await browser.get('/login?next=%2Fsecret%3Fpage%3D2')).text()
    expect(login).toContain('Please log in to access this page.')
    expect(login).toContain('open sesame')

    expect(getRedirect(await logIn({ remember: 'yes' }, '?next=%2Fsecret%3Fpage%3D2'))).toEqual([303, '/secret?page=2'])
    expect(await (await browser.get('/secret?page=2')).text()).toContain('<b>alice</b>')
    expect((await browser.get('/sudo')).status).toBe(200)

    browser.restart()
    expect(browser.cookies.names()).toEqual(['remember_token'])
    expect(await (await browser.get('/secret')).text()).toContain('<b>alice</b>')
    expect(getRedirect(await browser.get('/sudo'))).toEqual([302, '/reauthenticate?next=%2Fsudo'])

    const again = await browser.get('/reauthenticate?next=%2Fsudo')
    expect(await again.text()).toContain('Please reauthenticate to access this page.')
    const wrong = await browser.post('/reauthenticate?next=%2Fsudo', { password: 'let me in' })
    expect([wrong.status, (await browser.get('/sudo')).status]).toEqual([403, 302])
    const right = await browser.post('/reauthenticate?next=%2Fsudo', { password: ALICE.password })
    expect(getRedirect(right)).toEqual([303, '/sudo'])
    expect(await (await browser.get('/sudo')).text()).toContain('<b>alice</b>')

    expect(getRedirect(await browser.post('/logout'))).toEqual([303, '/'])
    expect(await (await browser.get('/')).text()).toContain('You are logged out.')
    expect(browser.cookies.names()).toEqual(['session_ended'])
    expect((await browser.get('/secret')).status).toBe(302)
  })

  it('without a remember cookie is anonymous after a restart', async () => {
    await logIn()
    expect(browser.cookies.names()).toEqual(['session'])
    browser.restart()
    expect((await browser.get('/secret')).status).toBe(302)
  })

  it.each([
    ['a wrong password', { password: 'let me in' }],
    ['an unknown name', { name: 'mallory' }],
    ['no password', { password: '' }],
  ])('with %s is not logged in, and receives the error', async (_name, form) => {
    const response = await logIn(form)
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('The name or the password is wrong.')
    expect(browser.cookies.names()).toEqual([])
  })

  it('that posts no form is not logged in', async () => {
    expect((await browser.fetch('/login', { method: 'POST' })).status).toBe(403)
  })

  it('without a login cannot reauthenticate', async () => {
    expect(getRedirect(await browser.get('/reauthenticate'))).toEqual([302, '/login'])
    expect((await browser.post('/reauthenticate', { password: ALICE.password })).status).toBe(303)
  })
})

describe('an attacker', () => {
  it.each(['//evil.test', '/\\evil.test', 'javascript:alert(1)'])(
    'cannot redirect a login to another origin by next: %s',
    async (next) => {
      const [, location] = getRedirect(await logIn({}, `?next=${encodeURIComponent(next)}`))
      expect(new URL(location ?? '', origin).origin).toBe(origin)
    },
  )

  it('cannot log a browser in or out from another origin, another site or an opaque origin', async () => {
    const forged = [{ origin: 'https://evil.test' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]
    for (const headers of forged) expect((await browser.post('/login', ALICE, headers)).status).toBe(403)
    expect(browser.cookies.names()).toEqual([])
    await logIn()
    for (const headers of forged) expect((await browser.post('/logout', {}, headers)).status).toBe(403)
    expect((await browser.get('/secret')).status).toBe(200)
  })

  it('cannot insert markup into a page', async () => {
    const response = await logIn({ name: '<script>alert(1)</script>' }, '?next=%22%3E%3Cscript%3E')
    expect(await response.text()).not.toContain('<script>')
  })
})

it('a page with the name of a user is not stored by any cache', async () => {
  await logIn()
  for (const path of ['/', '/secret', '/sudo', '/reauthenticate'])
    expect((await browser.get(path)).headers.get('cache-control')).toBe('private, no-store')
})

it('each page responds to HEAD with the status of GET', async () => {
  for (const [path, status] of [
    ['/', 200],
    ['/login', 200],
    ['/secret', 302],
    ['/sudo', 302],
  ] as const)
    expect([path, (await browser.fetch(path, { method: 'HEAD' })).status]).toEqual([path, status])
})
