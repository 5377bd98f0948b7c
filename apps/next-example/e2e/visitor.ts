// What a visitor does and sees.
import type { Page, Response } from 'playwright-core'

export const SESSION = 'session'
export const REMEMBER = 'remember_token'

export function pathOf(page: Page): string {
  const { pathname, search } = new URL(page.url())
  return pathname + search
}

export function heading(page: Page): Promise<string> {
  return page.locator('h1').innerText()
}

export async function press(page: Page, button: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click()
}

/** Returns the names of the cookies in the browser, in order, without the tombstone that a logout leaves. */
export async function cookieNames(page: Page): Promise<string[]> {
  const cookies = await page.context().cookies()
  return cookies
    .map(({ name }) => name)
    .filter((name) => name !== `${SESSION}_ended`)
    .sort()
}

export async function cookieValue(page: Page, name: string): Promise<string | undefined> {
  const cookies = await page.context().cookies()
  return cookies.find((cookie) => cookie.name === name)?.value
}

/** Closes the browser and opens it again, as far as cookies tell: those without a date are gone. */
export async function restart(page: Page): Promise<void> {
  for (const { name, expires } of await page.context().cookies())
    if (expires < 0) await page.context().clearCookies({ name })
}

/** The names of the cookies that an answer sets or clears. */
export async function namesSetBy(response: Response | null): Promise<string[]> {
  const headers = (await response?.headersArray()) ?? []
  return headers
    .filter(({ name }) => name.toLowerCase() === 'set-cookie')
    .map(({ value }) => value.slice(0, value.indexOf('=')))
    .sort()
}

/** All requests of this page from now on, but those for files. */
export function recordRequests(page: Page): string[] {
  const seen: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (!pathname.startsWith('/_next/')) seen.push(`${request.method()} ${pathname}`)
  })
  return seen
}
