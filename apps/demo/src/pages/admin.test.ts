import { beforeEach, expect, it } from 'vitest'
import { startDemo, type TestBrowser, type TestDemo } from '../test-browser'
import { ALICE, BOB, CAROL } from '../users/seeds'

let demo: TestDemo
let admin: TestBrowser

beforeEach(async () => {
  demo = await startDemo()
  admin = demo.browser()
  await admin.client.loginAs(demo.userOf(BOB))
})

function switchTo(active: 'yes' | 'no', seed: typeof ALICE): Promise<Response> {
  return admin.submit(`/admin/users/${demo.userOf(seed).id}`, { active }, '/admin')
}

it('the admin page lists the users', async () => {
  const html = await admin.read('/admin')
  expect(html).toContain('<h1>Admin</h1>')
  for (const { email } of [ALICE, BOB, CAROL]) expect(html).toContain(email)
})

it('the admin page responds with 403 to a user without the role, whether or not the login is fresh', async () => {
  const browser = demo.browser()
  await browser.client.loginAs(demo.userOf(ALICE))
  expect(await browser.visit('/admin')).toEqual({ status: 403, location: null })
  demo.clock.advance(601)
  const refused = await browser.client.get('/admin')
  expect(refused.status).toBe(403)
  expect(await refused.text()).toContain('<h1>This page is for admins</h1>')

  const id = demo.userOf(BOB).id
  expect((await browser.submit(`/admin/users/${id}`, { active: 'no' }, '/dashboard')).status).toBe(403)
  expect(demo.userOf(BOB).isActive).toBe(true)
})

it('the admin page opens for 600 seconds after the password, and then redirects to the confirmation page', async () => {
  demo.clock.advance(600)
  expect(await admin.visit('/admin')).toMatchObject({ status: 200 })
  demo.clock.advance(1)
  expect(await admin.visit('/admin')).toEqual({ status: 302, location: '/reauthenticate?next=%2Fadmin' })
  expect(await admin.read('/admin')).toContain('This page requires a fresh login. Please confirm your login.')

  const response = await admin.submit('/reauthenticate?next=/admin', { password: BOB.password })
  expect(response.headers.get('location')).toBe('/admin')
  expect(await admin.visit('/admin')).toMatchObject({ status: 200 })
})

it('the admin page does not open for a remembered login or for another browser that uses the cookies', async () => {
  const browser = demo.browser()
  await browser.logIn(BOB, { remember: 'yes' })
  browser.client.restart()
  expect(await browser.visit('/admin')).toEqual({ status: 302, location: '/reauthenticate?next=%2Fadmin' })

  const thief = demo.browser({ 'user-agent': 'another browser' })
  for (const name of admin.client.cookies.names()) thief.client.cookies.set(name, admin.client.cookies.get(name) ?? '')
  expect(await thief.visit('/dashboard')).toMatchObject({ status: 200 })
  expect(await thief.visit('/admin')).toMatchObject({ status: 302 })
})

it('deactivating a user ends the session, the remember cookie and the API key, and prevents a new login', async () => {
  const browser = demo.browser()
  await browser.logIn(ALICE, { remember: 'yes' })
  expect((await switchTo('no', ALICE)).headers.get('location')).toBe('/admin')
  expect(await admin.read('/admin')).toContain('Alice is deactivated and logged out everywhere.')

  expect(await browser.visit('/dashboard')).toMatchObject({ status: 302 })
  browser.client.restart()
  expect(await browser.visit('/dashboard')).toMatchObject({ status: 302 })
  expect((await browser.client.get('/api/profile', { 'x-api-key': ALICE.apiKey })).status).toBe(401)
  expect((await browser.logIn(ALICE)).status).toBe(422)
})

it('activating a user allows a new login, and does not restore earlier logins', async () => {
  const browser = demo.browser()
  await browser.client.loginAs(demo.userOf(ALICE))
  await switchTo('no', ALICE)
  await switchTo('yes', ALICE)
  expect(await browser.visit('/dashboard')).toMatchObject({ status: 302 })
  expect((await browser.logIn(ALICE)).status).toBe(303)
})

it('an admin cannot deactivate their own account, and an unknown user id is refused', async () => {
  const { id: own } = demo.userOf(BOB)
  for (const spelling of [own, `0${own}`, `${own}.0`]) {
    const response = await admin.submit(`/admin/users/${spelling}`, { active: 'no' }, '/admin')
    expect([404, 422]).toContain(response.status)
  }
  expect(demo.userOf(BOB).isActive).toBe(true)
  for (const id of ['99', 'unknown']) {
    expect((await admin.submit(`/admin/users/${id}`, { active: 'no' }, '/admin')).status).toBe(404)
  }
})

it('the 403 page names the current user, and logs in as another user who then sees the admin page', async () => {
  const browser = demo.browser()
  await browser.client.loginAs(demo.userOf(ALICE))
  expect(await browser.read('/admin')).toContain('You are logged in as Alice')

  const response = await browser.submit('/switch-user?next=/admin', {}, '/admin')
  expect(response.status).toBe(303)
  expect(response.headers.get('location')).toBe('/login?next=%2Fadmin')
  expect(await (await browser.client.follow(response)).text()).toContain('You are logged out. Log in as another user.')
  expect(
    (await browser.submit('/login?next=/admin', { email: BOB.email, password: BOB.password })).headers.get('location'),
  ).toBe('/admin')
  expect(await browser.visit('/admin')).toMatchObject({ status: 200 })
})

it('switching the user deletes the remember cookie and never redirects to another site', async () => {
  const browser = demo.browser()
  await browser.logIn(ALICE, { remember: 'yes' })
  const response = await browser.submit('/switch-user?next=https://evil.example/', {}, '/admin')
  expect(response.headers.get('location')).toBe('/login?next=%2Fdashboard')
  expect(browser.client.cookies.names()).not.toContain('demo_remember')
})

it('an operation that deactivates an account has the danger style, and one that activates an account has not', async () => {
  const html = await admin.read('/admin')
  expect(html).toMatch(/<button[^>]*class="danger small"[^>]*>Deactivate Alice/)
  expect(html).toMatch(/<button[^>]*class="quiet small"[^>]*>Activate Carol/)
})
