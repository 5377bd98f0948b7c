import { beforeEach, describe, expect, it } from 'vitest'
import { ORIGIN, startDemo, type TestBrowser, type TestDemo } from '../test-browser'
import { Attempts } from '../users/attempts'
import { ALICE, BOB, CAROL } from '../users/seeds'

let demo: TestDemo
let browser: TestBrowser

beforeEach(async () => {
  demo = await startDemo()
  browser = demo.browser()
})

describe('the login form', () => {
  it('accepts an e-mail address in upper case, with spaces around it', async () => {
    expect((await browser.logIn({ ...ALICE, email: ' ALICE@example.com ' })).status).toBe(303)
  })

  it('shows one message for a wrong password and for an unknown e-mail address', async () => {
    for (const seed of [
      { ...ALICE, password: BOB.password },
      { ...ALICE, email: 'unknown@example.com' },
    ]) {
      const response = await browser.logIn(seed)
      expect(response.status).toBe(422)
      expect(await response.text()).toContain('This e-mail address and password do not match.')
    }
  })

  it.each([
    ['email', 'Enter your e-mail address.'],
    ['password', 'Enter your password.'],
  ])('shows an error at an empty field: %s', async (name, message) => {
    const html = await (await browser.logIn({ ...ALICE, [name]: '' })).text()
    expect(html).toContain(`<p class="wrong" id="${name}-error">${message}</p>`)
    expect(html).toMatch(new RegExp(`id="${name}"[^>]*aria-invalid="true"[^>]*aria-describedby="${name}-error"`))
  })

  it('connects an error of the whole form with both fields', async () => {
    const html = await (await browser.logIn({ ...ALICE, password: BOB.password })).text()
    expect(html).toContain('<p id="form-error">This e-mail address and password do not match.</p>')
    for (const name of ['email', 'password']) {
      expect(html).toMatch(new RegExp(`id="${name}"[^>]*aria-invalid="true"[^>]*aria-describedby="form-error"`))
    }
  })

  it('refuses a deactivated account with the correct password', async () => {
    const response = await browser.logIn(CAROL)
    expect(response.status).toBe(422)
    expect(await response.text()).toContain('This account is deactivated.')
    expect(await browser.visit('/dashboard')).toMatchObject({ status: 302 })
  })

  it('keeps the submitted e-mail address as escaped text, and never the password', async () => {
    const typed = { email: '"><script>alert(1)</script>', password: 'my own words' }
    const html = await (await browser.logIn(typed, { remember: 'yes' })).text()
    expect(html).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"')
    expect(html).toContain('checked')
    expect(html).not.toContain('<script')
    expect(html).not.toContain('my own words')
  })

  it('redirects a visitor who is already logged in', async () => {
    await browser.client.loginAs(demo.userOf(ALICE))
    expect(await browser.visit('/login')).toEqual({ status: 302, location: '/dashboard' })
    expect(await browser.visit('/login?next=/profile')).toEqual({ status: 302, location: '/profile' })
    expect(await browser.visit('/register?next=/profile')).toEqual({ status: 302, location: '/profile' })
  })

  it('stores the time of the last login', async () => {
    expect(demo.userOf(ALICE).lastLoginAt).toBeNull()
    demo.clock.advance(60)
    await browser.logIn(ALICE)
    expect(demo.userOf(ALICE).lastLoginAt).toBe(demo.clock())
  })
})

describe('the redirect after a login', () => {
  it('goes to the requested page with its query', async () => {
    const { location } = await browser.visit('/dashboard?page=2&sort=name')
    const response = await browser.submit(location ?? '', { email: ALICE.email, password: ALICE.password })
    expect(response.headers.get('location')).toBe('/dashboard?page=2&sort=name')
  })

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    'http://127.0.0.1:3000@evil.example/',
    'javascript:alert(1)',
    '\thttps://evil.example/',
    '%2F%2Fevil.example',
    `${ORIGIN}.evil.example/`,
  ])('never goes to another site: %s', async (next) => {
    const login = `/login?next=${encodeURIComponent(next)}`
    const response = await browser.submit(login, { email: ALICE.email, password: ALICE.password })
    expect(response.status).toBe(303)
    expect(new URL(response.headers.get('location') ?? '', ORIGIN).origin).toBe(ORIGIN)
    expect(new URL((await browser.visit(login)).location ?? '', ORIGIN).origin).toBe(ORIGIN)
  })
})

describe('the limit on failed logins', () => {
  const wrong = { email: ALICE.email, password: 'a guess of mine' }

  it('refuses the sixth attempt, with the correct password as well, and states the seconds to wait', async () => {
    for (let round = 0; round < 5; round++) expect((await browser.logIn(wrong)).status).toBe(422)
    const response = await browser.logIn(ALICE)
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(800)
    expect(await response.text()).toContain('Too many failed attempts. Try again in 15 minutes.')
  })

  it('does not lock out another account or another client address', async () => {
    let address = '192.0.2.1'
    demo = await startDemo({ addressOf: () => address })
    browser = demo.browser()
    for (let round = 0; round < 6; round++) await browser.logIn(wrong)
    expect((await demo.browser().logIn(BOB)).status).toBe(303)
    address = '192.0.2.2'
    expect((await browser.logIn(ALICE)).status).toBe(303)
  })

  it('does not lock out other client addresses after many failures from one address', async () => {
    let address = '192.0.2.1'
    demo = await startDemo({ addressOf: () => address })
    browser = demo.browser()
    for (let round = 0; round < 101; round++) await browser.logIn(wrong)
    address = '192.0.2.2'
    expect((await browser.logIn(ALICE)).status).toBe(303)
  })

  it('counts simultaneous attempts', async () => {
    const csrf_token = await browser.tokenOn('/login')
    const guesses = Array.from({ length: 12 }, () => browser.client.post('/login', { csrf_token, ...wrong }))
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 422)).toHaveLength(5)
    expect(statuses.filter((status) => status === 429)).toHaveLength(7)
  })

  it('is reset by the correct password', async () => {
    for (let round = 0; round < 3; round++) {
      for (let guess = 0; guess < 4; guess++) expect((await browser.logIn(wrong)).status).toBe(422)
      expect((await browser.logIn(ALICE)).status).toBe(303)
      await browser.submit('/logout', {}, '/dashboard')
    }
  })

  it('counts attempts by client address, including those on the confirmation page', async () => {
    const attempts = new Attempts([{ points: 2, seconds: 60, of: ({ address }) => address }])
    demo = await startDemo({ attempts })
    browser = demo.browser()
    await browser.client.loginAs(demo.userOf(ALICE))
    for (let round = 0; round < 2; round++) {
      expect((await browser.submit('/reauthenticate', { password: 'a guess' })).status).toBe(422)
    }
    expect((await browser.submit('/reauthenticate', { password: ALICE.password })).status).toBe(429)
    expect((await demo.browser().logIn(BOB)).status).toBe(429)
  })
})
