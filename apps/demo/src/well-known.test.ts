// The tests of Flask-Login's example app, with the same names.
import { beforeEach, expect, it } from 'vitest'
import { startDemo, type TestBrowser, type TestDemo } from './test-browser'
import { ALICE, BOB } from './users/seeds'

let demo: TestDemo
let browser: TestBrowser

beforeEach(async () => {
  demo = await startDemo()
  browser = demo.browser()
})

it('login and logout', async () => {
  const response = await browser.logIn(ALICE)
  expect(response.status).toBe(303)
  expect(response.headers.get('location')).toBe('/dashboard')
  expect(await browser.read('/dashboard')).toContain('Welcome, Alice.')
  expect(await browser.read('/dashboard')).not.toContain('Welcome, Alice.')

  const out = await browser.submit('/logout', {}, '/dashboard')
  expect(out.headers.get('location')).toBe('/')
  expect(await browser.read('/')).toContain('You are logged out.')
  expect(await browser.visit('/dashboard')).toEqual({ status: 302, location: '/login?next=%2Fdashboard' })
})

it('login required', async () => {
  for (const path of ['/dashboard', '/profile', '/admin']) {
    const next = encodeURIComponent(path)
    expect(await browser.visit(path)).toEqual({ status: 302, location: `/login?next=${next}` })
  }
  expect(await browser.visit('/reauthenticate')).toEqual({ status: 302, location: '/login' })
  expect(await browser.read('/dashboard')).toContain(
    '<p class="flash warning" role="status">Please log in to access this page.</p>',
  )
})

it('API key', async () => {
  const known = await browser.client.get('/api/profile', { 'x-api-key': ALICE.apiKey })
  expect(known.status).toBe(200)
  expect(await known.json()).toMatchObject({ name: 'Alice', email: ALICE.email, by: 'key' })
  const byQuery = await browser.client.get(`/api/profile?api_key=${BOB.apiKey}`)
  expect(await byQuery.json()).toMatchObject({ name: 'Bob' })
  expect((await browser.client.get('/api/profile', { 'x-api-key': 'a guess' })).status).toBe(401)
  expect((await browser.client.get('/api/profile')).status).toBe(401)
})

it('logged-in test client', async () => {
  await browser.client.loginAs(demo.userOf(ALICE))
  const page = await browser.read('/dashboard')
  expect(page).toContain('<h1>Dashboard</h1>')
  expect(page).toContain(ALICE.email)
})

it('remember cookie set', async () => {
  await browser.logIn(ALICE)
  expect(browser.client.cookies.names()).not.toContain('demo_remember')
  await browser.submit('/logout', {}, '/dashboard')

  const response = await browser.logIn(ALICE, { remember: 'yes' })
  const cookie = response.headers.getSetCookie().find((line) => line.startsWith('demo_remember='))
  expect(cookie).toMatch(/Max-Age=2592000/i)
  expect(cookie).toMatch(/HttpOnly/i)
  browser.client.restart()
  expect(await browser.visit('/dashboard')).toMatchObject({ status: 200 })
})

it('wrong password', async () => {
  const response = await browser.logIn({ ...ALICE, password: BOB.password })
  expect(response.status).toBe(422)
  expect(await response.text()).toContain('This e-mail address and password do not match.')
  expect(await browser.visit('/dashboard')).toMatchObject({ status: 302 })
})
