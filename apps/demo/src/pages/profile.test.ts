import { beforeEach, describe, expect, it } from 'vitest'
import { startDemo, type TestBrowser, type TestDemo } from '../test-browser'
import { ALICE } from '../users/seeds'

const NEW = { password: 'a brand new password', repeat: 'a brand new password' }

let demo: TestDemo
let browser: TestBrowser

beforeEach(async () => {
  demo = await startDemo()
  browser = demo.browser()
  await browser.logIn(ALICE, { remember: 'yes' })
})

describe('the name on the profile page', () => {
  it('is saved', async () => {
    const response = await browser.submit('/profile', { name: ' Alice Liddell ' })
    expect(response.headers.get('location')).toBe('/profile')
    const html = await browser.read('/profile')
    expect(html).toContain('Your name is saved.')
    expect(html).toContain('value="Alice Liddell"')
  })

  it('is refused when it is empty', async () => {
    const response = await browser.submit('/profile', { name: ' ' })
    expect(response.status).toBe(422)
    expect(await response.text()).toContain('<p class="wrong" id="name-error">Enter your name.</p>')
    expect(demo.userOf(ALICE).name).toBe('Alice')
  })

  it('is escaped on every page (XSS)', async () => {
    const evil = '<script>alert(1)</script><b onclick=x>"\'&amp;'
    await browser.submit('/profile', { name: evil })
    expect(demo.userOf(ALICE).name).toBe(evil)
    demo.users.setActive(demo.userOf({ email: 'bob@example.com' }).id, true)
    const admin = demo.browser()
    await admin.client.loginAs(demo.userOf({ email: 'bob@example.com' }))
    const pages = ['/', '/dashboard', '/profile', '/your-login', '/reauthenticate'].map((path) => browser.read(path))
    for (const html of await Promise.all([...pages, admin.read('/admin')])) {
      expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
      expect(html).not.toMatch(/<script|<b onclick/)
    }
  })
})

describe('a change of the password', () => {
  it('ends the logins and remember cookies of other browsers, and keeps this browser logged in', async () => {
    const other = demo.browser()
    await other.logIn(ALICE, { remember: 'yes' })
    expect(await other.visit('/dashboard')).toMatchObject({ status: 200 })

    const response = await browser.submit('/profile/password', NEW, '/profile')
    expect(response.headers.get('location')).toBe('/profile')
    expect(await browser.read('/profile')).toContain('Your password is changed.')
    expect(await other.visit('/dashboard')).toEqual({ status: 302, location: '/login?next=%2Fdashboard' })

    browser.client.restart()
    expect(await browser.visit('/dashboard')).toMatchObject({ status: 200 })
    expect((await other.logIn(ALICE)).status).toBe(422)
    expect((await other.logIn({ ...ALICE, ...NEW })).status).toBe(303)
  })

  it('invalidates a copy of the cookies of this browser', async () => {
    const copy = demo.browser()
    for (const name of browser.client.cookies.names()) {
      copy.client.cookies.set(name, browser.client.cookies.get(name) ?? '')
    }
    expect(await copy.visit('/dashboard')).toMatchObject({ status: 200 })
    await browser.submit('/profile/password', NEW, '/profile')
    expect(await copy.visit('/dashboard')).toMatchObject({ status: 302 })
  })

  it.each([
    [{ password: 'short', repeat: 'short' }, 'This password is too short'],
    [{ ...NEW, repeat: 'another one, really' }, 'The passwords differ.'],
    [{ password: '', repeat: '' }, 'Choose a password.'],
  ])('is refused with the fields %j', async (fields, message) => {
    const response = await browser.submit('/profile/password', fields, '/profile')
    expect(response.status).toBe(422)
    expect(await response.text()).toContain(message)
    expect((await demo.browser().logIn(ALICE)).status).toBe(303)
  })

  it('requires a fresh login, so a remembered login is redirected to the confirmation page', async () => {
    browser.client.restart()
    expect(await browser.read('/profile')).not.toContain('Change password')
    const refused = await browser.submit('/profile/password', NEW, '/profile')
    expect(refused.headers.get('location')).toBe('/reauthenticate?next=%2Fprofile')
    expect((await demo.browser().logIn(ALICE)).status).toBe(303)

    const wrong = await browser.submit('/reauthenticate?next=/profile', { password: 'a guess' })
    expect(wrong.status).toBe(422)
    expect(await wrong.text()).toContain('This is not your password.')
    const right = await browser.submit('/reauthenticate?next=/profile', { password: ALICE.password })
    expect(right.headers.get('location')).toBe('/profile')
    expect(await browser.read('/profile')).toContain('Change password')
  })
})

describe('a new API key', () => {
  it('is shown once, and replaces the old one', async () => {
    const html = await (await browser.submit('/profile/key', {}, '/profile')).text()
    const key = /id="api-key">([^<]+)</.exec(html)?.[1] ?? ''
    const visitor = demo.browser().client
    expect((await visitor.get('/api/profile', { 'x-api-key': key })).status).toBe(200)
    expect((await visitor.get('/api/profile', { 'x-api-key': ALICE.apiKey })).status).toBe(401)
    expect(await browser.read('/profile')).not.toContain(key)
  })
})

it.each([
  ['/profile/password', NEW],
  ['/profile/key', {}],
])('requires a login confirmed within the last ten minutes for POST %s', async (form, fields) => {
  demo.clock.advance(601)
  expect(await browser.read('/profile')).not.toContain('Change password')
  const before = { ...demo.userOf(ALICE) }
  const refused = await browser.submit(form, fields, '/profile')
  expect(refused.headers.get('location')).toBe('/reauthenticate?next=%2Fprofile')
  expect(demo.userOf(ALICE)).toEqual(before)
})

it('a GET request for the address of a profile form redirects to the profile page', async () => {
  for (const form of ['password', 'key']) {
    expect(await browser.visit(`/profile/${form}`)).toEqual({ status: 302, location: '/profile' })
  }
})

it('the button "Log out everywhere" ends the logins in all browsers', async () => {
  const other = demo.browser()
  await other.logIn(ALICE, { remember: 'yes' })
  await browser.submit('/logout-everywhere', {}, '/profile')
  expect(await browser.read('/')).toContain('You are logged out in this browser and in all others.')
  for (const one of [browser, other]) expect(await one.visit('/dashboard')).toMatchObject({ status: 302 })
})
