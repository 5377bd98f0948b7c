// Uses the demo with the keyboard only, and without JavaScript.
import type { Locator, Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { BOB, fill, heading, logIn, pathOf, press } from './visitor'
import { inBrowser } from './world'

inBrowser('the keyboard alone', (world) => {
  it('can log in, open the profile, confirm the login and log out, with a visible focus at every step', async () => {
    const page = await world.visitor()
    await page.goto('/')
    await activate(page, page.getByRole('link', { name: 'Log in', exact: true }).first())
    await page.waitForURL('**/login*')
    await tabTo(page, page.getByLabel('E-mail'))
    await page.keyboard.type(BOB.email)
    await tabTo(page, page.getByLabel('Password'))
    await page.keyboard.type(BOB.password)
    const remember = page.getByLabel(/^Remember me/)
    await tabTo(page, remember)
    await page.keyboard.press('Space')
    expect(await remember.isChecked()).toBe(true)
    await activate(page, page.locator('main').getByRole('button', { name: 'Log in', exact: true }))
    await page.waitForURL('**/dashboard')

    const again = await world.restart(page)
    await again.goto('/dashboard')
    await activate(again, again.getByRole('link', { name: 'Profile', exact: true }).first())
    await again.waitForURL('**/profile')
    expect(await heading(again)).toBe('Profile')
    await activate(again, again.getByRole('link', { name: 'Admin', exact: true }).first())
    await again.waitForURL('**/reauthenticate*')
    await tabTo(again, again.getByLabel('Password'))
    await again.keyboard.type(BOB.password)
    // Enter in a field submits the form.
    await again.keyboard.press('Enter')
    await again.waitForURL('**/admin')
    expect(await heading(again)).toBe('Admin')
    await activate(again, again.getByRole('button', { name: 'Log out', exact: true }), 'Space')
    await again.getByText('You are logged out').waitFor()
  })

  it('can skip the navigation with the first link', async () => {
    const page = await world.visitor()
    await page.goto('/login')
    await page.keyboard.press('Tab')
    expect(await inspectFocus(page)).toMatchObject({ visible: true })
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true)
  })
})

inBrowser('without JavaScript', (world) => {
  it('a visitor can log in, confirm the login, and log out', async () => {
    const page = await world.visitor({ javaScriptEnabled: false })
    await page.goto('/dashboard')
    expect(pathOf(page)).toBe('/login')
    await logIn(page, BOB, { remember: true })
    expect(await heading(page)).toBe('Dashboard')
    const again = await world.restart(page, { javaScriptEnabled: false })
    await again.goto('/admin')
    expect(pathOf(again)).toBe('/reauthenticate')
    await fill(again, { Password: BOB.password })
    await press(again, 'Confirm your login')
    expect(await heading(again)).toBe('Admin')
    await press(again, 'Log out')
    await again.goto('/dashboard')
    expect(pathOf(again)).toBe('/login')
  })
})

interface FocusedElement {
  readonly html: string
  /** The element is on the screen and not covered. */
  readonly visible: boolean
  /** The element has an outline of at least two pixels. */
  readonly outlined: boolean
}

/** Presses Tab until the target has the focus. Every element on the way must be visible and outlined. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  const element = await target.elementHandle()
  for (let stop = 0; stop < 40; stop++) {
    await page.keyboard.press('Tab')
    expect(await inspectFocus(page)).toEqual({ html: expect.any(String), visible: true, outlined: true })
    if (await page.evaluate((one) => document.activeElement === one, element)) return
  }
  throw new Error(`Tab does not reach ${target}`)
}

async function activate(page: Page, target: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press(key)
}

function inspectFocus(page: Page): Promise<FocusedElement> {
  return page.evaluate(() => {
    const element = document.activeElement
    if (element === null || element === document.body) return { html: 'nothing', visible: false, outlined: false }
    const box = element.getBoundingClientRect()
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    return {
      html: element.outerHTML.slice(0, 120),
      visible: box.width > 0 && top !== null && (element.contains(top) || top.contains(element)),
      outlined: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
    }
  })
}
