import { beforeEach, expect, it } from 'vitest'
import { startDemo, type TestBrowser, type TestDemo } from '../test-browser'
import { ALICE, BOB } from '../users/seeds'

let demo: TestDemo
let browser: TestBrowser

beforeEach(async () => {
  demo = await startDemo()
  browser = demo.browser()
})

/** Returns the facts of the page as text. */
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

it('the page states why the visitor is not logged in', async () => {
  expect(await browser.read('/your-login')).toContain('You are not logged in: your browser sent no login cookie.')
  await browser.logIn(ALICE)
  demo.users.endLogins(demo.userOf(ALICE).id)
  expect(await browser.read('/your-login')).toContain('You are not logged in: all logins of this account were ended.')
})

it('the page shows the user, the credential, the start and the freshness of the login', async () => {
  await browser.logIn(ALICE)
  const at = new Date(demo.clock() * 1000).toISOString()
  expect(await browser.read('/your-login')).toContain(`<dt>Logged in since</dt><dd><time datetime="${at}">`)
  expect(await facts()).toMatchObject({
    User: 'Alice, alice@example.com, user id 1',
    'Identified by': 'the session cookie',
    'Last confirmed': expect.stringMatching(/ UTC, by password$/),
    Fresh: expect.stringMatching(/^yes; fresh enough for the admin page until .* UTC$/),
    Remembered: 'no',
    'Ends if unused': expect.stringMatching(/or when the browser closes$/),
    Protection: 'on; the client is the one that logged in',
  })
})

it('the page shows that the remember cookie restored the login', async () => {
  await browser.logIn(ALICE, { remember: 'yes' })
  browser.client.restart()
  expect(await facts()).toMatchObject({
    'Identified by': 'the remember cookie, just now',
    Fresh: 'no; not fresh enough for the admin page',
    Remembered: 'yes, this browser has a remember cookie',
  })
  expect(await facts()).toMatchObject({ 'Identified by': 'the session cookie' })
})

it('the page shows that another client uses the login', async () => {
  await browser.logIn(ALICE)
  const before = browser.client.cookies
  const thief = demo.browser({ 'user-agent': 'another browser' })
  for (const name of before.names()) thief.client.cookies.set(name, before.get(name) ?? '')
  browser = thief
  expect((await facts()).Protection).toContain('the client differs from the one that logged in')
})

it('the page shows the events of this login in order', async () => {
  await browser.logIn(BOB)
  expect(await events()).toEqual(['userLoggedIn'])
  demo.clock.advance(601)
  await browser.visit('/admin')
  await browser.submit('/reauthenticate', { password: BOB.password })
  await browser.client.post('/logout', { csrf_token: 'forged' })
  expect(await events()).toEqual(['userLoggedIn', 'userNeedsRefresh', 'userLoginConfirmed', 'csrfRejected'])
})

it('the page shows an event of the current request exactly once', async () => {
  await browser.logIn(ALICE, { remember: 'yes' })
  browser.client.restart()
  expect(await events()).toEqual(['userLoadedFromCookie'])
  expect(await events()).toEqual(['userLoadedFromCookie'])
})

it('the page does not show the events of another login', async () => {
  await browser.logIn(ALICE)
  await browser.client.post('/logout', { csrf_token: 'forged' })
  const other = demo.browser()
  await other.logIn(ALICE)
  expect(await other.read('/your-login')).not.toContain('csrfRejected')
  await browser.submit('/logout', {}, '/your-login')
  await browser.logIn(BOB)
  expect(await events()).toEqual(['userLoggedIn'])
})

it('the page describes the effect of each button on the current login', async () => {
  await browser.logIn(ALICE)
  expect(await browser.read('/your-login')).toContain('This browser has no remember cookie.')
  await browser.submit('/logout', {}, '/your-login')
  await browser.logIn(ALICE, { remember: 'yes' })
  expect(await browser.read('/your-login')).toContain('The remember cookie is deleted.')
})
