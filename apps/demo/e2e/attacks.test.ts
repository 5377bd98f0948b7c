// Attacks from another site: a foreign address in `next`, and forged forms.
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { type Site, startForeignSite } from './demo'
import { ALICE, heading, logIn, pathOf } from './visitor'
import { inBrowser } from './world'

inBrowser('a foreign address in next', (world) => {
  it.each(['//evil.example/', '/\\evil.example/', 'https://evil.example/', 'javascript:document.title=1'])(
    'does not redirect to another site after the login: %j',
    async (next) => {
      const page = await world.visitor()
      const requested = await recordForeignRequests(page)
      await page.goto(`/login?next=${encodeURIComponent(next)}`)
      await logIn(page, ALICE)
      expect(requested).toEqual([])
      expect(new URL(page.url()).origin).toBe(world.url)
      expect(await page.title()).not.toBe('1')
      await page.goto('/dashboard')
      expect(await heading(page)).toBe('Dashboard')
    },
  )

  it('redirects a logged-in user to a page of this app in every spelling', async () => {
    const page = await world.visitor()
    await logIn(page, ALICE)
    const requested = await recordForeignRequests(page)
    for (const next of [
      '//evil.example/',
      '///evil.example/',
      '/\\evil.example/',
      '\\\\evil.example/',
      '/\t/evil.example/',
      '\n//evil.example/',
      '/..//evil.example/',
      '/.//evil.example/',
      '/%5cevil.example/',
      '/%2f/evil.example/',
      'https:evil.example/',
      'https:/evil.example/',
      'HTTPS://evil.example/',
      `${world.url}@evil.example/`,
      `${world.url}.evil.example/`,
      'data:text/html,evil',
    ]) {
      await page.goto(`/login?next=${encodeURIComponent(next)}`)
      expect(requested, next).toEqual([])
      expect(new URL(page.url()).origin, next).toBe(world.url)
    }
  })

  /** Records the requests of the page to other sites, and blocks them. */
  async function recordForeignRequests(page: Page): Promise<readonly string[]> {
    const requested: string[] = []
    await page.route(
      (url) => url.origin !== world.url,
      (route) => {
        requested.push(route.request().url())
        return route.abort()
      },
    )
    return requested
  }
})

inBrowser('a forged form', (world) => {
  it('is refused without a token, and changes nothing', async () => {
    const page = await openDashboard()
    const status = await submitForm(page, async () => {
      await page.evaluate(() => {
        const form = document.createElement('form')
        form.method = 'post'
        form.action = '/logout'
        document.body.append(form)
        form.submit()
      })
    })
    expect(status).toBe(403)
    await expectLoggedIn(page)
  })

  it('is refused with the token of another user', async () => {
    const other = await world.visitor()
    await other.goto('/login')
    const token = await other.locator('input[name=csrf_token]').first().inputValue()
    const page = await openDashboard()
    const status = await submitForm(page, async () => {
      await page.locator('form[action="/logout"] input[name=csrf_token]').evaluate((field, value) => {
        ;(field as HTMLInputElement).value = value
      }, token)
      await page.getByRole('button', { name: 'Log out', exact: true }).click()
    })
    expect(status).toBe(403)
    await expectLoggedIn(page)
  })

  it.each([
    // A browser sends the cookies, because a site does not include the port.
    ['another port of this host, with the cookies', '127.0.0.1', true],
    ['another host, without the cookies', 'localhost', false],
  ])('that another site submits from %s is refused', async (_where, host, withCookies) => {
    const page = await openDashboard()
    const foreignSite = await startSubmittingSite('/logout')
    try {
      const posted = page.waitForRequest((request) => request.method() === 'POST')
      const status = await submitForm(page, () => page.goto(foreignSite.url.replace('127.0.0.1', host)).then(() => {}))
      expect(status).toBe(403)
      const { cookie = '' } = await (await posted).allHeaders()
      expect(cookie.includes('demo_session=')).toBe(withCookies)
      await expectLoggedIn(page)
    } finally {
      await foreignSite.stop()
    }
  })

  it('cannot log a visitor in as another user', async () => {
    const page = await world.visitor()
    await page.goto('/login')
    const foreignSite = await startSubmittingSite('/login', { email: ALICE.email, password: ALICE.password })
    try {
      expect(await submitForm(page, () => page.goto(foreignSite.url).then(() => {}))).toBe(403)
      await page.goto('/dashboard')
      expect(pathOf(page)).toBe('/login')
    } finally {
      await foreignSite.stop()
    }
  })

  async function openDashboard(): Promise<Page> {
    const page = await world.visitor()
    await logIn(page, ALICE)
    await page.goto('/dashboard')
    return page
  }

  async function expectLoggedIn(page: Page): Promise<void> {
    await page.goto('/dashboard')
    expect(await heading(page)).toBe('Dashboard')
  }

  /** Submits a form and returns the status of the response. */
  async function submitForm(page: Page, act: () => Promise<void>): Promise<number> {
    const responded = page.waitForResponse((response) => response.request().method() === 'POST')
    // The form may navigate before the page is loaded.
    await act().catch(() => {})
    const response = await responded
    await page.waitForURL(response.url())
    return response.status()
  }

  function startSubmittingSite(path: string, fields: Readonly<Record<string, string>> = {}): Promise<Site> {
    const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`)
    return startForeignSite(
      `<form method="post" action="${world.url}${path}">${inputs.join('')}</form><script>document.forms[0].submit()</script>`,
    )
  }
})
