// The pages of the example in a browser.
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { inBrowser } from './setup'
import {
  getCookieNames,
  getCookieValue,
  getHeading,
  getPath,
  getSetCookieNames,
  press,
  REMEMBER,
  restart,
  SESSION,
} from './visitor'

async function logIn(page: Page, { name = 'alice', password = 'open sesame', remember = false } = {}): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  if (remember) await page.getByLabel('Remember me').check()
  await press(page, 'Log in')
}

inBrowser('the example', '..', (setup) => {
  describe.each([
    ['with JavaScript', true],
    ['without JavaScript', false],
  ])('%s', (_, javaScriptEnabled) => {
    const visitor = (): Promise<Page> => setup.visitor({ javaScriptEnabled })

    it('an anonymous visitor of the secret page logs in, and returns to it', async () => {
      const page = await visitor()
      await page.goto('/secret')
      expect(getPath(page)).toBe('/login?next=%2Fsecret')
      expect(await getCookieNames(page)).toEqual([])
      await logIn(page)
      await page.waitForURL('**/secret')
      expect(await page.locator('main').innerText()).toContain('Alice, the treasure')
      expect(await getCookieNames(page)).toEqual([SESSION])
    })

    it('a wrong password shows an error, and does not log in', async () => {
      const page = await visitor()
      await page.goto('/login?next=%2Fsecret')
      await logIn(page, { password: 'let me in' })
      expect(await page.getByRole('status').innerText()).toBe('Wrong name or password.')
      expect(getPath(page)).toBe('/login?next=%2Fsecret')
      expect(await getCookieNames(page)).toEqual([])
      await logIn(page)
      await page.waitForURL('**/secret')
    })

    it('a next of another origin redirects to the home page', async () => {
      const page = await visitor()
      await page.goto('/login?next=https%3A%2F%2Fevil.test%2F')
      await logIn(page)
      await page.waitForURL(`${setup.url}/`)
      expect(await page.locator('main').innerText()).toContain('You are Alice.')
    })

    it('a remember cookie logs the visitor in with the first page after a restart', async () => {
      const page = await visitor()
      await page.goto('/login')
      await logIn(page, { remember: true })
      await page.waitForURL(`${setup.url}/`)
      expect(await getCookieNames(page)).toEqual([REMEMBER, SESSION])
      await restart(page)
      expect(await getCookieNames(page)).toEqual([REMEMBER])
      const response = await page.goto('/secret')
      expect(getPath(page)).toBe('/secret')
      expect(await response?.text()).toContain('the treasure')
      expect(await getSetCookieNames(response)).toEqual([SESSION])
      expect(response?.headers()['cache-control']).toMatch(/private.*no-store/)
      expect(await getCookieNames(page)).toEqual([REMEMBER, SESSION])
    })

    it('a stale login must be confirmed for the sudo page and for its action', async () => {
      const page = await visitor()
      await page.goto('/login')
      await logIn(page, { remember: true })
      await page.waitForURL(`${setup.url}/`)
      await page.goto('/sudo')
      expect(await getHeading(page)).toBe('Sudo')
      // The form was rendered before the restart, and is sent after it.
      await restart(page)
      await press(page, 'Launch the rocket')
      await page.waitForURL('**/reauthenticate**')
      expect(await getHeading(page)).toBe('Is it still you?')
      await page.goto('/sudo')
      expect(getPath(page)).toBe('/reauthenticate?next=%2Fsudo')
      const stale = await getCookieValue(page, SESSION)
      await page.getByLabel('Password of Alice').fill('let me in')
      await press(page, 'Confirm')
      expect(await page.getByRole('status').innerText()).toBe('Wrong password.')
      await page.getByLabel('Password of Alice').fill('open sesame')
      await press(page, 'Confirm')
      await page.waitForURL('**/sudo')
      expect(await getCookieValue(page, SESSION)).not.toBe(stale)
      await press(page, 'Launch the rocket')
      await expect.poll(() => page.locator('main').innerText()).toContain('Alice launched the rocket.')
    })

    it('a logout ends the login, and the back button does not show the secret page', async () => {
      const page = await visitor()
      await page.goto('/login?next=%2Fsecret')
      await logIn(page, { remember: true })
      await page.waitForURL('**/secret')
      await page.getByRole('link', { name: 'Home' }).click()
      await page.waitForURL(`${setup.url}/`)
      await press(page, 'Log out')
      await expect.poll(() => page.locator('main').innerText()).toContain('You are not logged in.')
      expect(await getCookieNames(page)).toEqual([])
      await page.goBack()
      await page.goBack()
      await expect.poll(() => getPath(page)).toBe('/login?next=%2Fsecret')
      expect(await page.locator('main').innerText()).not.toContain('the treasure')
    })

    it('a logout with only a remember cookie is not undone by the proxy', async () => {
      const page = await visitor()
      await page.goto('/login')
      await logIn(page, { remember: true })
      await page.waitForURL(`${setup.url}/`)
      await restart(page)
      await press(page, 'Log out')
      await expect.poll(() => page.locator('main').innerText()).toContain('You are not logged in.')
      expect(await getCookieNames(page)).toEqual([])
    })
  })

  it('a logout in one tab applies to the router of another tab', async () => {
    const one = await setup.visitor()
    await one.goto('/login')
    await logIn(one)
    await one.waitForURL(`${setup.url}/`)
    const two = await one.context().newPage()
    await two.goto('/')
    await press(one, 'Log out')
    await expect.poll(() => one.locator('main').innerText()).toContain('You are not logged in.')
    await two.getByRole('link', { name: 'Secret' }).click()
    await two.waitForURL('**/login?next=%2Fsecret')
    expect(await two.locator('main').innerText()).not.toContain('the treasure')
    expect(await getCookieNames(two)).toEqual([])
  })

  it('a form of another site does not log out', async () => {
    const page = await setup.visitor()
    await page.goto('/login')
    await logIn(page)
    await page.waitForURL(`${setup.url}/`)
    const session = await getCookieValue(page, SESSION)
    const forged = await page.request.post('/logout', { headers: { 'sec-fetch-site': 'cross-site' } })
    expect(forged.status()).toBe(403)
    expect(await getCookieValue(page, SESSION)).toBe(session)
    await page.goto('/secret')
    expect(getPath(page)).toBe('/secret')
  })
})
