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

it('makes an account that can log in, and leads to the page that was wanted', async () => {
  const answer = await browser.submit('/register?next=/profile', DORA)
  expect(answer.status).toBe(303)
  expect(answer.headers.get('location')).toBe('/login?next=%2Fprofile')
  expect(await (await browser.client.follow(answer)).text()).toContain('You are registered. Please log in.')
  expect((await browser.submit('/login?next=/profile', DORA)).headers.get('location')).toBe('/profile')
  expect(demo.userOf(DORA)).toMatchObject({ name: 'Dora', role: 'user', isActive: true })
})

it.each([
  ['name', '', 'Tell us your name.'],
  ['name', '   ', 'Tell us your name.'],
  ['name', 'x'.repeat(81), 'Use at most 80 characters for your name.'],
  ['email', '', 'Tell us your e-mail address.'],
  ['email', 'dora', 'This is not an e-mail address: it looks like name@example.com.'],
  ['email', 'alice@example.com', 'This e-mail address is taken.'],
  ['email', ' Alice@Example.com', 'This e-mail address is taken.'],
  ['password', '', 'Choose a password.'],
  ['password', 'too short', 'This password is too short: use at least 10 characters.'],
  ['password', 'x'.repeat(201), 'This password is too long: use at most 200 characters.'],
  ['repeat', '', 'Repeat the password.'],
  ['repeat', 'a map of nothing', 'The passwords differ.'],
])('says what is wrong with %s, %j', async (name, value, message) => {
  const before = demo.users.list().length
  const answer = await browser.submit('/register', { ...DORA, [name]: value })
  const html = await answer.text()
  expect(answer.status).toBe(422)
  expect(html).toContain(`<p class="wrong" id="${name}-error">${message}</p>`)
  expect(html).toContain(`<a href="#${name}">${message}</a>`)
  expect(html).toMatch(new RegExp(`id="${name}"[^>]*aria-invalid="true"`))
  expect(html).not.toContain(DORA.password)
  expect(demo.users.list()).toHaveLength(before)
})

it('says all that is wrong at once, and keeps what was typed', async () => {
  const html = await (await browser.submit('/register', { email: 'dora@example.com' })).text()
  expect(html.match(/class="wrong"/g)).toHaveLength(3)
  expect(html).toContain('value="dora@example.com"')
})

it('gives one address to one of two at the same time', async () => {
  const csrf_token = await browser.tokenOn('/register')
  const both = [1, 2].map(() => browser.client.post('/register', { csrf_token, ...DORA }))
  expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([303, 422])
})

it('asks for patience where too many accounts come from one address', async () => {
  const form = { ...DORA, csrf_token: await browser.tokenOn('/register') }
  for (let round = 0; round < 20; round++)
    await browser.client.post('/register', { ...form, email: 'alice@example.com' })
  const answer = await browser.client.post('/register', form)
  expect(answer.status).toBe(429)
  expect(await answer.text()).toContain('Too many new accounts from here. Try again later.')
  expect(demo.users.list().map(({ email }) => email)).not.toContain(DORA.email)
})
