import { recordEvents } from '@fetch-login/core/testing'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { startDemo, type TestBrowser, type TestDemo } from './test-browser'
import { ALICE, BOB } from './users/seeds'
import type { Users } from './users/users'

let demo: TestDemo
let browser: TestBrowser

beforeEach(async () => {
  demo = await startDemo()
  browser = demo.browser()
})

describe('CSRF protection of the demo', () => {
  const FORMS = [
    ['/login', { email: BOB.email, password: BOB.password }],
    ['/register', { name: 'Eve', email: 'eve@example.com', password: 'x'.repeat(12), repeat: 'x'.repeat(12) }],
    ['/logout', {}],
    ['/logout-everywhere', {}],
    ['/switch-user', {}],
    ['/reauthenticate', { password: BOB.password }],
    ['/profile', { name: 'Eve' }],
    ['/profile/password', { password: 'x'.repeat(12), repeat: 'x'.repeat(12) }],
    ['/profile/key', {}],
    ['/admin/users/1', { active: 'no' }],
  ] as const

  it.each(FORMS)('refuses a form without a token, and changes nothing: %s', async (path, fields) => {
    await browser.client.loginAs(demo.userOf(BOB))
    const { events } = recordEvents(demo.manager)
    const before = demo.users.list()
    const response = await browser.client.post(path, fields)
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('<h1>This form is out of date</h1>')
    expect(events).toContainEqual(expect.objectContaining({ name: 'csrfRejected', reason: 'token' }))
    expect(demo.users.list()).toEqual(before)
    expect(await browser.visit('/dashboard')).toMatchObject({ status: 200 })
    expect((await demo.browser().client.get('/api/profile', { 'x-api-key': BOB.apiKey })).status).toBe(200)
  })

  it('refuses a form with the token of another visitor', async () => {
    const csrf_token = await browser.tokenOn('/login')
    const other = demo.browser()
    await other.read('/login')
    expect((await other.client.post('/login', { ...ALICE, isActive: '', csrf_token })).status).toBe(403)
  })

  it('refuses a form with a token from before the login', async () => {
    const csrf_token = await browser.tokenOn('/login')
    await browser.logIn(ALICE)
    expect((await browser.client.post('/logout', { csrf_token })).status).toBe(403)
    expect(await browser.visit('/dashboard')).toMatchObject({ status: 200 })
  })

  it.each([{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, { origin: 'null' }])(
    'refuses a form that another site sends, with the correct token as well: %j',
    async (headers) => {
      const fields = { email: ALICE.email, password: ALICE.password, csrf_token: await browser.tokenOn('/login') }
      expect((await browser.client.post('/login', fields, headers)).status).toBe(403)
      expect(await browser.visit('/dashboard')).toMatchObject({ status: 302 })
    },
  )

  it.each(['multipart/form-data', 'application/json', 'text/plain'])(
    'refuses a login request with the content type %s',
    async (type) => {
      const init = { method: 'POST', body: 'csrf_token', headers: { 'content-type': type } }
      expect((await browser.client.fetch('/login', init)).status).toBe(403)
    },
  )
})

describe('every page of the demo', () => {
  it.each([
    '/',
    '/login',
    '/register',
    '/dashboard',
    '/profile',
    '/admin',
    '/reauthenticate',
    '/your-login',
    '/api',
    '/x',
  ])('contains no script and no inline style, and loads nothing from another site: %s', async (path) => {
    await browser.client.loginAs(demo.userOf(BOB))
    const page = await browser.client.follow(await browser.client.get(path))
    const html = await page.text()
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(html).toMatch(/^<!doctype html><html lang="en">/)
    expect(html.match(/<h1>/g)).toHaveLength(1)
    expect(html).not.toMatch(/<script|<style|\son\w+=|\sstyle=|(?:src|href)="(?:https?:)?\/\//)
  })

  it('contains a CSRF token in each form, and a label for each field', async () => {
    await browser.client.loginAs(demo.userOf(BOB))
    for (const path of ['/', '/profile', '/admin', '/reauthenticate', '/your-login']) {
      const html = await browser.read(path)
      expect(html.match(/<form/g)?.length).toBe(html.match(/name="csrf_token"/g)?.length)
      for (const [, id] of html.matchAll(/<input id="(\w+)"/g)) expect(html).toContain(`<label for="${id}">`)
    }
  })

  it('has Cache-Control: private, no-store when the user is logged in', async () => {
    await browser.client.loginAs(demo.userOf(BOB))
    for (const path of ['/', '/dashboard', '/profile', '/admin', '/your-login']) {
      expect((await browser.client.get(path)).headers.get('cache-control')).toBe('private, no-store')
    }
  })

  it('sets no cookie for a visitor who does not log in', async () => {
    for (const path of ['/', '/api', '/your-login', '/style.css']) await browser.visit(path)
    expect(browser.client.cookies.names()).toEqual([])
  })

  it('is a complete page when the address does not exist', async () => {
    const missing = await browser.client.get('/nowhere')
    expect(missing.status).toBe(404)
    expect(await missing.text()).toContain('<h1>Page not found</h1>')
    expect(await browser.visit('/logout')).toMatchObject({ status: 404 })
  })

  it('loads the style sheet and the icon', async () => {
    expect((await browser.client.get('/style.css')).headers.get('content-type')).toContain('text/css')
    expect((await browser.client.get('/icon.svg')).headers.get('content-type')).toBe('image/svg+xml')
  })
})

describe('an error in the demo', () => {
  it('is a 413 response when a form is too large', async () => {
    expect((await browser.client.post('/login', { password: 'x'.repeat(20_000) })).status).toBe(413)
  })

  it('is written to the console, and not to the response', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    const users = { find: () => fail(), loggedIn: () => {} } as unknown as Users
    const broken = (await startDemo({ users })).browser()
    await broken.client.loginAs(demo.userOf(ALICE))
    const response = await broken.client.get('/dashboard')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('the table')
    expect(error).toHaveBeenCalledOnce()
    error.mockRestore()
  })
})

function fail(): never {
  throw new Error('the table is gone')
}
