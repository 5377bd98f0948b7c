// A visitor uses the pages of the demo, as its README describes them.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { launchBrowser } from './browser'
import { type Account, ALICE, BOB, fill, heading, logIn, mainText, pathOf, press, register } from './visitor'
import { inBrowser } from './world'

const DORA: Account = { name: 'Dora', email: 'dora@example.com', password: 'fox in the henhouse' }

inBrowser('registration', (world) => {
  const form = { Name: DORA.name, 'E-mail': DORA.email, Password: DORA.password, 'Repeat the password': DORA.password }

  it.each([
    ['no name', { Name: '' }, 'Enter your name.'],
    ['no address', { 'E-mail': '' }, 'Enter your e-mail address.'],
    ['no password', { Password: '', 'Repeat the password': '' }, 'Choose a password.'],
    ['a repetition that differs', { 'Repeat the password': 'a fox in the henhouse' }, 'The passwords differ.'],
    ['a short password', { Password: 'fox', 'Repeat the password': 'fox' }, 'use at least 10 characters'],
    ['an address that is taken', { 'E-mail': ALICE.email }, 'taken'],
  ])('refuses a form with %s, keeps the other fields, and does not log in', async (_what, mistake, message) => {
    const page = await world.visitor()
    await page.goto('/register')
    const filled: Record<string, string> = { ...form, ...mistake }
    await fill(page, filled)
    await press(page, 'Register')
    expect(pathOf(page)).toBe('/register')
    const text = await mainText(page)
    expect(text).toContain(message)
    expect(await page.getByLabel('E-mail').inputValue()).toBe(filled['E-mail'])
    expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('')
    await page.goto('/dashboard')
    expect(pathOf(page)).toBe('/login')
  })

  it('connects each message with its field', async () => {
    const page = await world.visitor()
    await page.goto('/register')
    await press(page, 'Register')
    for (const [label, message] of [
      ['Name', 'Enter your name.'],
      ['E-mail', 'Enter your e-mail address.'],
      ['Password', 'Choose a password.'],
    ] as const) {
      const field = page.getByLabel(label, { exact: true })
      expect(await field.getAttribute('aria-invalid')).toBe('true')
      const ids = (await field.getAttribute('aria-describedby')) ?? ''
      const described = await page
        .locator(
          ids
            .split(' ')
            .map((id) => `#${id}`)
            .join(','),
        )
        .allInnerTexts()
      expect(described.join(' ')).toContain(message)
    }
  })

  it('logs the user in and opens the page that was requested before', async () => {
    const page = await world.visitor()
    await page.goto('/profile')
    await page.locator('main').getByRole('link', { name: 'Register' }).click()
    await fill(page, form)
    await press(page, 'Register')
    expect(await heading(page)).toBe('Profile')
    expect(await mainText(page)).toContain('Welcome, Dora. Your account is created.')
    await page.goto('/dashboard')
    expect(await mainText(page)).toContain(DORA.email)
  })
})

inBrowser('a login', (world) => {
  it('opens the requested page', async () => {
    const page = await world.visitor()
    await page.goto('/profile?tab=name')
    expect(pathOf(page)).toBe('/login')
    await logIn(page, ALICE)
    expect(page.url()).toBe(`${world.url}/profile?tab=name`)
    expect(await heading(page)).toBe('Profile')
  })

  it('is refused with one message for a wrong password and for an unknown e-mail address', async () => {
    const page = await world.visitor()
    await logIn(page, { ...ALICE, password: 'not this one' })
    expect(await heading(page)).toBe('Log in')
    const wrongPassword = await page.getByRole('alert').innerText()
    await page.goto('/login')
    await logIn(page, { ...ALICE, email: 'unknown@example.com' })
    expect(await page.getByRole('alert').innerText()).toBe(wrongPassword)
    expect(await page.context().cookies()).not.toContainEqual(expect.objectContaining({ name: 'demo_remember' }))
  })

  it('ends when the browser closes if "Remember me" is not checked', async () => {
    const page = await world.visitor()
    await logIn(page, ALICE)
    const again = await world.restart(page)
    await again.goto('/dashboard')
    expect(pathOf(again)).toBe('/login')
  })

  it('is restored after a restart of the browser if it is remembered, but is not fresh until the password is entered', async () => {
    const page = await world.visitor()
    await logIn(page, BOB, { remember: true })
    expect(await heading(page)).toBe('Dashboard')

    const again = await world.restart(page)
    await again.goto('/dashboard')
    expect(await heading(again)).toBe('Dashboard')
    expect(await mainText(again)).toContain(BOB.email)

    await again.goto('/admin')
    expect(pathOf(again)).toBe('/reauthenticate')
    await fill(again, { Password: 'not this one' })
    await press(again, 'Confirm your login')
    expect(pathOf(again)).toBe('/reauthenticate')
    await fill(again, { Password: BOB.password })
    await press(again, 'Confirm your login')
    expect(pathOf(again)).toBe('/admin')
    expect(await heading(again)).toBe('Admin')
  })

  it('of a user without the admin role does not open the admin page', async () => {
    const page = await world.visitor()
    await logIn(page, ALICE)
    const response = await page.goto('/admin')
    expect(response?.status()).toBe(403)
    expect(await mainText(page)).not.toContain(BOB.email)
  })

  it('of another browser ends when the password is changed in this one', async () => {
    const account = { name: 'Erin', email: 'erin@example.com', password: 'the first of two' }
    const [here, there] = [await world.visitor(), await world.visitor()]
    await register(here, account)
    expect(await heading(here)).toBe('Dashboard')
    await logIn(there, account, { remember: true })
    expect(await heading(there)).toBe('Dashboard')

    await changePassword(here, 'the second of two')
    await here.goto('/dashboard')
    expect(await heading(here)).toBe('Dashboard')

    await there.goto('/dashboard')
    expect(pathOf(there)).toBe('/login')
    // The remember cookie does not restore it.
    const again = await world.restart(there)
    await again.goto('/dashboard')
    expect(pathOf(again)).toBe('/login')
    await logIn(again, account)
    expect(await heading(again)).toBe('Log in')
    await logIn(again, { ...account, password: 'the second of two' })
    expect(await heading(again)).toBe('Dashboard')
  })

  it('ends with a logout, which also deletes the remember cookie', async () => {
    const page = await world.visitor()
    await logIn(page, ALICE, { remember: true })
    await press(page, 'Log out')
    expect(await mainText(page)).toContain('You are logged out.')
    expect(await page.context().cookies()).not.toContainEqual(expect.objectContaining({ name: 'demo_remember' }))
    await page.goto('/dashboard')
    expect(pathOf(page)).toBe('/login')
    const again = await world.restart(page)
    await again.goto('/dashboard')
    expect(pathOf(again)).toBe('/login')
  })

  it('ends in all browsers with "Log out everywhere"', async () => {
    const [here, there] = [await world.visitor(), await world.visitor()]
    await logIn(here, ALICE)
    await logIn(there, ALICE, { remember: true })
    await here.goto('/profile')
    await press(here, 'Log out everywhere')
    for (const page of [here, there]) {
      await page.goto('/dashboard')
      expect(pathOf(page)).toBe('/login')
    }
  })
})

inBrowser('after logging out', (world) => {
  // Not a demo account, because the login page shows those.
  const account = { name: 'Quillon', email: 'quillon@example.com', password: 'a very private password' }

  it('the back button shows no private data', async () => {
    // Playwright disables the back/forward cache. This test enables it if the browser has one.
    const { browser } = await launchBrowser({ ignoreDefaultArgs: ['--disable-back-forward-cache'] })
    if (browser === null) throw new Error('The browser started only once.')
    try {
      const page = await (await browser.newContext({ baseURL: world.url })).newPage()
      await register(page, account)
      for (const path of ['/profile', '/your-login', '/dashboard']) {
        const response = await page.goto(path)
        expect(response?.headers()['cache-control'], path).toMatch(/\bno-store\b/)
        expect(await page.content(), path).toContain(account.name)
      }
      await press(page, 'Log out')
      await page.getByText('You are logged out').waitFor()

      // The three pages, and the page after the registration.
      for (let back = 1; back <= 4; back++) {
        await goBack(page)
        expect(await page.getByRole('button', { name: 'Log out' }).count()).toBe(0)
        expect(await readContent(page)).not.toContain(account.name)
        expect(await readContent(page)).not.toContain(account.email)
      }
      // Then the filled form: a browser keeps the e-mail address, but not the password.
      await goBack(page)
      expect(await page.content()).not.toContain(account.email)
      expect(await readContent(page)).not.toContain(account.password)
    } finally {
      await browser.close()
    }
  })
})

async function changePassword(page: Page, password: string): Promise<void> {
  await page.goto('/profile')
  await fill(page, { 'New password': password, 'Repeat the password': password })
  await press(page, 'Change password')
}

/** Goes back with `history.back()`: a page from the back/forward cache does not emit a load event. */
async function goBack(page: Page): Promise<void> {
  const navigated = page.waitForEvent('framenavigated')
  await page.evaluate(() => {
    setTimeout(() => history.back(), 0)
  })
  await navigated
  await page.waitForLoadState()
}

/** Returns the HTML of the page and the values of its fields. */
async function readContent(page: Page): Promise<string> {
  const typed = await page
    .locator('input')
    .evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value))
  return [await page.content(), ...typed].join('\n')
}
