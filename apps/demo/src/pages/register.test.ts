import { beforeEach, expect, it } from 'vitest'
import { startDemo, type TestBrowser, type TestDemo } from '../test-browser'

const DORA = {
  name: 'Dora',
  email: 'dora@example.com',
  password: 'a map of everything',
  repeat: 'a map of everything',
}

let demo: TestDemo
let browser: TestBrowser

beforeEach(async () => {
  demo = await startDemo()
  browser = demo.browser()
})

it('creates an account, logs the user in, and redirects to the page in `next`', async () => {
  const response = await browser.submit('/register?next=/profile', DORA)
  expect(response.status).toBe(303)
  expect(response.headers.get('location')).toBe('/profile')
  const html = await (await browser.client.follow(response)).text()
  expect(html).toContain('Welcome, Dora. Your account is created.')
  expect(html).toContain('<h1>Profile</h1>')
  expect(demo.userOf(DORA)).toMatchObject({ name: 'Dora', role: 'user', isActive: true, lastLoginAt: demo.clock() })
})

it('creates an account that can log in from another browser', async () => {
  await browser.submit('/register', DORA)
  expect((await demo.browser().logIn(DORA)).status).toBe(303)
})

it('sets no remember cookie when a user registers', async () => {
  await browser.submit('/register', DORA)
  expect(browser.client.cookies.names()).not.toContain('demo_remember')
  browser.client.restart()
  expect(await browser.visit('/dashboard')).toMatchObject({ status: 302 })
})

it.each(['https://evil.example/', '//evil.example/', '/\\evil.example/'])(
  'redirects to the dashboard after registration when `next` is on another site: %s',
  async (next) => {
    const response = await browser.submit(`/register?next=${encodeURIComponent(next)}`, DORA)
    expect(response.headers.get('location')).toBe('/dashboard')
  },
)

it('keeps `next` in the link from the registration page to the login page', async () => {
  expect(await browser.read('/register?next=/profile')).toContain('href="/login?next=%2Fprofile"')
})

it.each([
  ['name', '', 'Enter your name.'],
  ['name', '   ', 'Enter your name.'],
  ['name', 'x'.repeat(81), 'Use at most 80 characters for your name.'],
  ['email', '', 'Enter your e-mail address.'],
  ['email', 'dora', 'This is not an e-mail address: it looks like name@example.com.'],
  ['email', 'alice@example.com', 'This e-mail address is taken.'],
  ['email', ' Alice@Example.com', 'This e-mail address is taken.'],
  ['password', '', 'Choose a password.'],
  ['password', 'too short', 'This password is too short: use at least 10 characters.'],
  ['password', 'x'.repeat(201), 'This password is too long: use at most 200 characters.'],
  ['repeat', '', 'Repeat the password.'],
  ['repeat', 'a map of nothing', 'The passwords differ.'],
])('refuses a registration and shows the error at the field %s, for the value %j', async (name, value, message) => {
  const before = demo.users.list().length
  const response = await browser.submit('/register', { ...DORA, [name]: value })
  const html = await response.text()
  expect(response.status).toBe(422)
  expect(html).toContain(`<p class="wrong" id="${name}-error">${message}</p>`)
  expect(html).toContain(`<a href="#${name}">${message}</a>`)
  expect(html).toMatch(new RegExp(`id="${name}"[^>]*aria-invalid="true"`))
  expect(html).not.toContain(DORA.password)
  expect(demo.users.list()).toHaveLength(before)
})

it('shows all errors of a registration at once, and keeps the e-mail address in its field', async () => {
  const html = await (await browser.submit('/register', { email: 'dora@example.com' })).text()
  expect(html.match(/class="wrong"/g)).toHaveLength(3)
  expect(html).toContain('value="dora@example.com"')
})

it('accepts one of two simultaneous registrations with the same e-mail address', async () => {
  const csrf_token = await browser.tokenOn('/register')
  const both = [1, 2].map(() => browser.client.post('/register', { csrf_token, ...DORA }))
  expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([303, 422])
})

it('responds with 429 when one client address registers too many accounts', async () => {
  const form = { ...DORA, csrf_token: await browser.tokenOn('/register') }
  for (let round = 0; round < 20; round++)
    await browser.client.post('/register', { ...form, email: 'alice@example.com' })
  const response = await browser.client.post('/register', form)
  expect(response.status).toBe(429)
  expect(await response.text()).toContain('Too many new accounts from your network. Try again later.')
  expect(demo.users.list().map(({ email }) => email)).not.toContain(DORA.email)
})
