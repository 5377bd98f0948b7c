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

it('lists the users for an admin', async () => {
  const html = await admin.read('/admin')
  expect(html).toContain('<h1>Admin</h1>')
  for (const { email } of [ALICE, BOB, CAROL]) expect(html).toContain(email)
})

it('is for nobody without the role, fresh or not, and asks them for no password', async () => {
  const browser = demo.browser()
  await browser.client.loginAs(demo.userOf(ALICE))
  expect(await browser.visit('/admin')).toEqual({ status: 403, location: null })
  demo.clock.advance(601)
  const refused = await browser.client.get('/admin')
  expect(refused.status).toBe(403)
  expect(await refused.text()).toContain('<h1>Not for you</h1>')

  const id = demo.userOf(BOB).id
  expect((await browser.submit(`/admin/users/${id}`, { active: 'no' }, '/dashboard')).status).toBe(403)
  expect(demo.userOf(BOB).isActive).toBe(true)
})

it('opens for 600 seconds after the password, and no longer', async () => {
  demo.clock.advance(600)
  expect(await admin.visit('/admin')).toMatchObject({ status: 200 })
  demo.clock.advance(1)
  expect(await admin.visit('/admin')).toEqual({ status: 302, location: '/reauthenticate?next=%2Fadmin' })
  expect(await admin.read('/admin')).toContain('This needs a fresh login. Please confirm that it is you.')

  const answer = await admin.submit('/reauthenticate?next=/admin', { password: BOB.password })
  expect(answer.headers.get('location')).toBe('/admin')
  expect(await admin.visit('/admin')).toMatchObject({ status: 200 })
})

it('does not open for a remembered login, nor for another browser with the cookies', async () => {
  const browser = demo.browser()
  await browser.logIn(BOB, { remember: 'yes' })
  browser.client.restart()
  expect(await browser.visit('/admin')).toEqual({ status: 302, location: '/reauthenticate?next=%2Fadmin' })

  const thief = demo.browser({ 'user-agent': 'another browser' })
  for (const name of admin.client.cookies.names()) thief.client.cookies.set(name, admin.client.cookies.get(name) ?? '')
  expect(await thief.visit('/dashboard')).toMatchObject({ status: 200 })
  expect(await thief.visit('/admin')).toMatchObject({ status: 302 })
})

it('deactivates a user, who is out at once: pages, remember cookie, API key and login', async () => {
  const browser = demo.browser()
  await browser.logIn(ALICE, { remember: 'yes' })
  expect((await switchTo('no', ALICE)).headers.get('location')).toBe('/admin')
  expect(await admin.read('/admin')).toContain('Alice is deactivated, and logged out everywhere.')

  expect(await browser.visit('/dashboard')).toMatchObject({ status: 302 })
  browser.client.restart()
  expect(await browser.visit('/dashboard')).toMatchObject({ status: 302 })
  expect((await browser.client.get('/api/profile', { 'x-api-key': ALICE.apiKey })).status).toBe(401)
  expect((await browser.logIn(ALICE)).status).toBe(422)
})

it('activates a user, who may log in again; the old logins stay dead', async () => {
  const browser = demo.browser()
  await browser.client.loginAs(demo.userOf(ALICE))
  await switchTo('no', ALICE)
  await switchTo('yes', ALICE)
  expect(await browser.visit('/dashboard')).toMatchObject({ status: 302 })
  expect((await browser.logIn(ALICE)).status).toBe(303)
})

it('lets no admin deactivate themselves, and knows no user who is none', async () => {
  const { id: own } = demo.userOf(BOB)
  for (const spelling of [own, `0${own}`, `${own}.0`]) {
    const answer = await admin.submit(`/admin/users/${spelling}`, { active: 'no' }, '/admin')
    expect([404, 422]).toContain(answer.status)
  }
  expect(demo.userOf(BOB).isActive).toBe(true)
  for (const id of ['99', 'nobody']) {
    expect((await admin.submit(`/admin/users/${id}`, { active: 'no' }, '/admin')).status).toBe(404)
  }
})
