// Actions of a visitor, by the visible names of fields and buttons.
import type { Page } from 'playwright-core'

export interface Account {
  readonly name: string
  readonly email: string
  readonly password: string
}

export const ALICE: Account = { name: 'Alice', email: 'alice@example.com', password: 'through the looking-glass' }

export const BOB: Account = { name: 'Bob', email: 'bob@example.com', password: 'a boat on the river' }

export async function fill(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text)
}

export async function press(page: Page, button: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click()
}

export async function logIn(page: Page, { email, password }: Account, { remember = false } = {}): Promise<void> {
  if (!new URL(page.url(), 'http://x').pathname.startsWith('/login')) await page.goto('/login')
  await fill(page, { 'E-mail': email, Password: password })
  if (remember) await page.getByLabel(/^Remember me/).check()
  await page.locator('main').getByRole('button', { name: 'Log in', exact: true }).click()
}

export async function register(page: Page, { name, email, password }: Account): Promise<void> {
  await page.goto('/register')
  await fill(page, { Name: name, 'E-mail': email, Password: password, 'Repeat the password': password })
  await press(page, 'Register')
}

/** Returns the heading of the open page. */
export function heading(page: Page): Promise<string> {
  return page.locator('h1').innerText()
}

export function mainText(page: Page): Promise<string> {
  return page.locator('main').innerText()
}

export function pathOf(page: Page): string {
  return new URL(page.url()).pathname
}
