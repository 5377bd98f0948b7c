// The four pages of the example, in a browser: what the README promises a visitor.
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { cookieNames, cookieValue, heading, namesSetBy, pathOf, press, REMEMBER, restart, SESSION } from './visitor'
import { inBrowser } from './world'

async function logIn(page: Page, { name = 'alice', password = 'open sesame', remember = false } = {}): Promise<void> {
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Password').fill(password)
  if (remember) await page.getByLabel('Remember me').check()
  await press(page, 'Log in')
}

inBrowser('the example', '..', (world) => {
  describe.each([
    ['with JavaScript', true],
    ['without JavaScript', false],
  ])('%s', (_, javaScriptEnabled) => {
    const visitor = (): Promise<Page> => world.visitor({ javaScriptEnabled })

    it('a visitor who wants the secret logs in, and gets there', async () => {
      const page = await visitor()
      await page.goto('/secret')
      expect(pathOf(page)).toBe('/login?next=%2Fsecret')
      expect(await cookieNames(page)).toEqual([])
      await logIn(page)
      await page.waitForURL('**/secret')
      expect(await page.locator('main').innerText()).toContain('Alice, the treasure')
      expect(await cookieNames(page)).toEqual([SESSION])
    })

    it('a wrong password is told, and logs nobody in', async () => {
      const page = await visitor()
      await page.goto('/login?next=%2Fsecret')
      await logIn(page, { password: 'let me in' })
      expect(await page.getByRole('status').innerText()).toBe('Wrong name or password.')
      expect(pathOf(page)).toBe('/login?next=%2Fsecret')
      expect(await cookieNames(page)).toEqual([])
      await logIn(page)
      await page.waitForURL('**/secret')
    })

    it('a next that leads elsewhere leads home', async () => {
      const page = await visitor()
      await page.goto('/login?next=https%3A%2F%2Fevil.test%2F')
      await logIn(page)
      await page.waitForURL(`${world.url}/`)
      expect(await page.locator('main').innerText()).toContain('You are Alice.')
    })

    it('a remembered visitor is logged in by the very page that takes the login up again', async () => {
      const page = await visitor()
      await page.goto('/login')
      await logIn(page, { remember: true })
      await page.waitForURL(`${world.url}/`)
      expect(await cookieNames(page)).toEqual([REMEMBER, SESSION])
      await restart(page)
      expect(await cookieNames(page)).toEqual([REMEMBER])
      const answer = await page.goto('/secret')
      expect(pathOf(page)).toBe('/secret')
      expect(await answer?.text()).toContain('the treasure')
      expect(await namesSetBy(answer)).toEqual([SESSION])
      expect(answer?.headers()['cache-control']).toMatch(/private.*no-store/)
      expect(await cookieNames(page)).toEqual([REMEMBER, SESSION])
    })

    it('a stale login has to be confirmed before sudo, in the page and in its action', async () => {
      const page = await visitor()
      await page.goto('/login')
      await logIn(page, { remember: true })
      await page.waitForURL(`${world.url}/`)
      await page.goto('/sudo')
      expect(await heading(page)).toBe('Sudo')
      // The form is open when the browser ends, and is sent afterwards.
      await restart(page)
      await press(page, 'Launch the rocket')
      await page.waitForURL('**/reauthenticate**')
      expect(await heading(page)).toBe('Is it still you?')
      await page.goto('/sudo')
      expect(pathOf(page)).toBe('/reauthenticate?next=%2Fsudo')
      const stale = await cookieValue(page, SESSION)
      await page.getByLabel('Password of Alice').fill('let me in')
      await press(page, 'Confirm')
      expect(await page.getByRole('status').innerText()).toBe('Wrong password.')
      await page.getByLabel('Password of Alice').fill('open sesame')
      await press(page, 'Confirm')
      await page.waitForURL('**/sudo')
      expect(await cookieValue(page, SESSION)).not.toBe(stale)
      await press(page, 'Launch the rocket')
      await expect.poll(() => page.locator('main').innerText()).toContain('Alice launched the rocket.')
    })

    it('a logout ends all of it, and the back button shows no secret', async () => {
      const page = await visitor()
      await page.goto('/login?next=%2Fsecret')
      await logIn(page, { remember: true })
      await page.waitForURL('**/secret')
      await page.getByRole('link', { name: 'Home' }).click()
      await page.waitForURL(`${world.url}/`)
      await press(page, 'Log out')
      await expect.poll(() => page.locator('main').innerText()).toContain('Nobody is logged in.')
      expect(await cookieNames(page)).toEqual([])
      await page.goBack()
      await page.goBack()
      await expect.poll(() => pathOf(page)).toBe('/login?next=%2Fsecret')
      expect(await page.locator('main').innerText()).not.toContain('the treasure')
    })

    it('a logout by the remember cookie alone is not undone by the proxy that takes it up again', async () => {
      const page = await visitor()
      await page.goto('/login')
      await logIn(page, { remember: true })
      await page.waitForURL(`${world.url}/`)
      await restart(page)
      await press(page, 'Log out')
      await expect.poll(() => page.locator('main').innerText()).toContain('Nobody is logged in.')
      expect(await cookieNames(page)).toEqual([])
    })
  })

  it('a logout in one tab holds in the other, where the router goes on', async () => {
    const one = await world.visitor()
    await one.goto('/login')
    await logIn(one)
    await one.waitForURL(`${world.url}/`)
    const two = await one.context().newPage()
    await two.goto('/')
    await press(one, 'Log out')
    await expect.poll(() => one.locator('main').innerText()).toContain('Nobody is logged in.')
    await two.getByRole('link', { name: 'Secret' }).click()
    await two.waitForURL('**/login?next=%2Fsecret')
    expect(await two.locator('main').innerText()).not.toContain('the treasure')
    expect(await cookieNames(two)).toEqual([])
  })

  it('a form from elsewhere logs nobody out', async () => {
    const page = await world.visitor()
    await page.goto('/login')
    await logIn(page)
    await page.waitForURL(`${world.url}/`)
    const session = await cookieValue(page, SESSION)
    const forged = await page.request.post('/logout', { headers: { 'sec-fetch-site': 'cross-site' } })
    expect(forged.status()).toBe(403)
    expect(await cookieValue(page, SESSION)).toBe(session)
    await page.goto('/secret')
    expect(pathOf(page)).toBe('/secret')
  })
})
