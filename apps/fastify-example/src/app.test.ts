// The example as a visitor walks through it, over HTTP.
import { createTestClient, type TestClient } from '@fetch-login/core/testing'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from './app'

// To check a password takes its time, on a machine that may be busy.
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
const goesTo = (answer: Response): [number, string | null] => [answer.status, answer.headers.get('location')]

describe('a visitor', () => {
  it('walks from the secret to the login and back, comes again, proves who they are, and leaves', async () => {
    expect(goesTo(await browser.get('/secret?page=2'))).toEqual([302, '/login?next=%2Fsecret%3Fpage%3D2'])
    const login = await (await browser.get('/login?next=%2Fsecret%3Fpage%3D2')).text()
    expect(login).toContain('Please log in to access this page.')
    expect(login).toContain('open sesame')

    expect(goesTo(await logIn({ remember: 'yes' }, '?next=%2Fsecret%3Fpage%3D2'))).toEqual([303, '/secret?page=2'])
    expect(await (await browser.get('/secret?page=2')).text()).toContain('<b>alice</b>')
    expect((await browser.get('/sudo')).status).toBe(200)

    browser.restart()
    expect(browser.cookies.names()).toEqual(['remember_token'])
    expect(await (await browser.get('/secret')).text()).toContain('<b>alice</b>')
    expect(goesTo(await browser.get('/sudo'))).toEqual([302, '/reauthenticate?next=%2Fsudo'])

    const again = await browser.get('/reauthenticate?next=%2Fsudo')
    expect(await again.text()).toContain('Please reauthenticate to access this page.')
    const wrong = await browser.post('/reauthenticate?next=%2Fsudo', { password: 'let me in' })
    expect([wrong.status, (await browser.get('/sudo')).status]).toEqual([403, 302])
    const right = await browser.post('/reauthenticate?next=%2Fsudo', { password: ALICE.password })
    expect(goesTo(right)).toEqual([303, '/sudo'])
    expect(await (await browser.get('/sudo')).text()).toContain('<b>alice</b>')

    expect(goesTo(await browser.post('/logout'))).toEqual([303, '/'])
    expect(await (await browser.get('/')).text()).toContain('You are logged out.')
    expect(browser.cookies.names()).toEqual(['session_ended'])
    expect((await browser.get('/secret')).status).toBe(302)
  })

  it('who is not remembered is nobody after a restart', async () => {
    await logIn()
    expect(browser.cookies.names()).toEqual(['session'])
    browser.restart()
    expect((await browser.get('/secret')).status).toBe(302)
  })

  it.each([
    ['a wrong password', { password: 'let me in' }],
    ['a name that nobody has', { name: 'mallory' }],
    ['no password', { password: '' }],
  ])('with %s stays outside and is told', async (_what, form) => {
    const answer = await logIn(form)
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('The name or the password is wrong.')
    expect(browser.cookies.names()).toEqual([])
  })

  it('with no form at all stays outside', async () => {
    expect((await browser.fetch('/login', { method: 'POST' })).status).toBe(403)
  })

  it('who is not logged in cannot prove who they are', async () => {
    expect(goesTo(await browser.get('/reauthenticate'))).toEqual([302, '/login'])
    expect((await browser.post('/reauthenticate', { password: ALICE.password })).status).toBe(303)
  })
})

describe('an attacker', () => {
  it.each(['//evil.test', '/\\evil.test', 'javascript:alert(1)'])(
    'cannot lead anybody away by next: %s',
    async (next) => {
      const [, location] = goesTo(await logIn({}, `?next=${encodeURIComponent(next)}`))
      expect(new URL(location ?? '', origin).origin).toBe(origin)
    },
  )

  it('cannot log anybody in or out from another origin, another site, or nowhere', async () => {
    const forged = [{ origin: 'https://evil.test' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]
    for (const headers of forged) expect((await browser.post('/login', ALICE, headers)).status).toBe(403)
    expect(browser.cookies.names()).toEqual([])
    await logIn()
    for (const headers of forged) expect((await browser.post('/logout', {}, headers)).status).toBe(403)
    expect((await browser.get('/secret')).status).toBe(200)
  })

  it('finds no markup of their own in a page', async () => {
    const answer = await logIn({ name: '<script>alert(1)</script>' }, '?next=%22%3E%3Cscript%3E')
    expect(await answer.text()).not.toContain('<script>')
  })
})

it('a page of one visitor is kept by no cache', async () => {
  await logIn()
  for (const path of ['/', '/secret', '/sudo', '/reauthenticate'])
    expect((await browser.get(path)).headers.get('cache-control')).toBe('private, no-store')
})

it('each page answers HEAD as it answers GET', async () => {
  for (const [path, status] of [
    ['/', 200],
    ['/login', 200],
    ['/secret', 302],
    ['/sudo', 302],
  ] as const)
    expect([path, (await browser.fetch(path, { method: 'HEAD' })).status]).toEqual([path, status])
})
