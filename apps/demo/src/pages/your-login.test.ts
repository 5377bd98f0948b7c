import { beforeEach, expect, it } from 'vitest'
import { startDemo, type TestBrowser, type TestDemo } from '../test-browser'
import { ALICE, BOB } from '../users/seeds'

let demo: TestDemo
let browser: TestBrowser

beforeEach(async () => {
  demo = await startDemo()
  browser = demo.browser()
})

/** The facts of the page, as text. */
async function facts(): Promise<Record<string, string>> {
  const html = await browser.read('/your-login')
  const list = html.slice(html.indexOf('<dl class="card facts"'), html.indexOf('</dl>'))
  const pairs = [...list.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)]
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value.replace(/<[^>]+>/g, '')]))
}

async function events(): Promise<string[]> {
  const html = await browser.read('/your-login')
  return [...html.matchAll(/<li><code>(\w+)<\/code>/g)].map(([, name = '']) => name)
}

it('says why nobody is logged in', async () => {
  expect(await browser.read('/your-login')).toContain('Nobody is logged in: your browser brought no login.')
  await browser.logIn(ALICE)
  demo.users.endLogins(demo.userOf(ALICE).id)
  expect(await browser.read('/your-login')).toContain('Nobody is logged in: all logins of this account were ended.')
})

it('says who, by what, since when, and how fresh', async () => {
  await browser.logIn(ALICE)
  const at = new Date(demo.clock() * 1000).toISOString()
  expect(await browser.read('/your-login')).toContain(`<dt>Logged in since</dt><dd><time datetime="${at}">`)
  expect(await facts()).toMatchObject({
    Who: 'Alice, alice@example.com, user id 1',
    'Named by': 'the session cookie',
    'Last proved': expect.stringMatching(/ UTC, by password$/),
    Fresh: expect.stringMatching(/^yes; fresh enough for the admin page until .* UTC$/),
    Remembered: 'no',
    'Ends if unused': expect.stringMatching(/or when the browser closes$/),
    Protection: 'on; the client is the one that logged in',
  })
})

it('tells a login that was taken up from the remember cookie', async () => {
  await browser.logIn(ALICE, { remember: 'yes' })
  browser.client.restart()
  expect(await facts()).toMatchObject({
    'Named by': 'the remember cookie, just now',
    Fresh: 'no; not fresh enough for the admin page',
    Remembered: 'yes, this browser has a remember cookie',
  })
  expect(await facts()).toMatchObject({ 'Named by': 'the session cookie' })
})

it('tells that the client changed', async () => {
  await browser.logIn(ALICE)
  const before = browser.client.cookies
  const thief = demo.browser({ 'user-agent': 'another browser' })
  for (const name of before.names()) thief.client.cookies.set(name, before.get(name) ?? '')
  browser = thief
  expect((await facts()).Protection).toContain('the client is another one than logged in')
})

it('shows the events of this login, as they happened', async () => {
  await browser.logIn(BOB)
  expect(await events()).toEqual(['userLoggedIn'])
  demo.clock.advance(601)
  await browser.visit('/admin')
  await browser.submit('/reauthenticate', { password: BOB.password })
  await browser.client.post('/logout', { csrf_token: 'forged' })
  expect(await events()).toEqual(['userLoggedIn', 'userNeedsRefresh', 'userLoginConfirmed', 'csrfRejected'])
})

it('shows an event of the very request that shows it, once', async () => {
  await browser.logIn(ALICE, { remember: 'yes' })
  browser.client.restart()
  expect(await events()).toEqual(['userLoadedFromCookie'])
  expect(await events()).toEqual(['userLoadedFromCookie'])
})

it('shows nobody the events of another login', async () => {
  await browser.logIn(ALICE)
  await browser.client.post('/logout', { csrf_token: 'forged' })
  const other = demo.browser()
  await other.logIn(ALICE)
  expect(await other.read('/your-login')).not.toContain('csrfRejected')
  await browser.submit('/logout', {}, '/your-login')
  await browser.logIn(BOB)
  expect(await events()).toEqual(['userLoggedIn'])
})

it('says what each button would change, for this very login', async () => {
  await browser.logIn(ALICE)
  expect(await browser.read('/your-login')).toContain('There is no remember cookie to delete.')
  await browser.submit('/logout', {}, '/your-login')
  await browser.logIn(ALICE, { remember: 'yes' })
  expect(await browser.read('/your-login')).toContain('The remember cookie is deleted.')
})
