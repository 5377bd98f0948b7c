// Actions of a visitor, and what the page and its cookies contain.
import type { Page, Response } from 'playwright-core'

export const SESSION = 'session'
export const REMEMBER = 'remember_token'

export function getPath(page: Page): string {
  const { pathname, search } = new URL(page.url())
  return pathname + search
}

export function getHeading(page: Page): Promise<string> {
  return page.locator('h1').innerText()
}

export async function press(page: Page, button: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click()
}

/** Returns the names of the cookies in the browser, in order, without the tombstone that a logout leaves. */
export async function getCookieNames(page: Page): Promise<string[]> {
  const cookies = await page.context().cookies()
  return cookies
    .map(({ name }) => name)
    .filter((name) => name !== `${SESSION}_ended`)
    .sort()
}

export async function getCookieValue(page: Page, name: string): Promise<string | undefined> {
  const cookies = await page.context().cookies()
  return cookies.find((cookie) => cookie.name === name)?.value
}

/** Removes the cookies that a restart of the browser would remove, which are those without an expiry. */
export async function restart(page: Page): Promise<void> {
  for (const { name, expires } of await page.context().cookies())
    if (expires < 0) await page.context().clearCookies({ name })
}

/** Returns the names of the cookies that a response sets or clears. */
export async function getSetCookieNames(response: Response | null): Promise<string[]> {
  const headers = (await response?.headersArray()) ?? []
  return headers
    .filter(({ name }) => name.toLowerCase() === 'set-cookie')
    .map(({ value }) => value.slice(0, value.indexOf('=')))
    .sort()
}

/** Records the requests of the page, except those for files of Next.js. */
export function recordRequests(page: Page): string[] {
  const seen: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (!pathname.startsWith('/_next/')) seen.push(`${request.method()} ${pathname}`)
  })
  return seen
}
