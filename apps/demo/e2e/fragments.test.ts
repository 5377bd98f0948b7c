// htmx and Turbo in a real browser, on a page whose login ended. The test has a minimal site of its own.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createLoginManager, withLogin } from '@fetch-login/core'
import { serve } from '@hono/node-server'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchBrowser } from './browser'

interface User {
  readonly id: string
}

const launched = await launchBrowser()
const require = createRequire(import.meta.url)
const SCRIPTS: Readonly<Record<string, string>> = {
  '/htmx.js': readFileSync(require.resolve('htmx.org/dist/htmx.min.js'), 'utf8'),
  '/turbo.js': readFileSync(require.resolve('@hotwired/turbo/dist/turbo.es2017-umd.js'), 'utf8'),
}

const manager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  loginView: '/login',
  cookies: { secure: false },
})
const guard = manager.guard()

const html = (body: string, script = '') =>
  new Response(
    `<!doctype html><title>Test</title>${script && `<script src="${script}"></script>`}<main>${body}</main>`,
    { headers: { 'content-type': 'text/html' } },
  )
const redirect = (location: string) => new Response(null, { status: 303, headers: { location } })

const PARTS = `
  <button hx-get="/private/part" hx-target="#part">load</button>
  <button hx-post="/private/save" hx-target="#part">save</button>
  <div hx-boost="true"><a href="/private/page">boosted</a></div>
  <div id="part"></div>`
const FRAMES = `
  <a href="/private/page">link</a>
  <form method="post" action="/private/save"><button>send</button></form>
  <turbo-frame id="frame"><a href="/private/frame">frame</a></turbo-frame>`
const OPEN: Readonly<Record<string, () => Response>> = {
  '/htmx': () => html(PARTS, '/htmx.js'),
  '/turbo': () => html(FRAMES, '/turbo.js'),
  '/login': () => html('<form method="post"><button>log in</button></form>'),
}

const site = withLogin(manager, async (request, auth) => {
  const { pathname } = new URL(request.url)
  const script = SCRIPTS[pathname]
  if (script !== undefined) return new Response(script, { headers: { 'content-type': 'text/javascript' } })
  if (request.method === 'POST' && pathname === '/login') {
    await auth.loginUser({ id: 'alice' })
    return redirect(await auth.nextUrl('/home'))
  }
  if (!pathname.startsWith('/private/')) return (OPEN[pathname] ?? (() => html(`page ${pathname}`)))()
  const outcome = await guard(auth)
  if (!outcome.ok) return outcome.respond()
  return request.method === 'POST' ? redirect('/private/saved') : html(`private ${pathname} of ${auth.user.id}`)
})

if (launched.browser === null) {
  const { reasons } = launched
  it.skipIf(process.env.E2E !== 'required')('finds a browser for htmx and Turbo', () => {
    throw new Error(`No browser starts here:\n${reasons.join('\n')}`)
  })
} else {
  const { browser } = launched
  afterAll(() => browser.close())

  let server: ReturnType<typeof serve>
  let url: string
  let context: BrowserContext
  let page: Page

  beforeAll(async () => {
    await new Promise<void>((done) => {
      server = serve({ port: 0, hostname: '127.0.0.1', fetch: site }, () => done())
    })
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server?.close())
  beforeEach(async () => {
    context = await browser.newContext()
    page = await context.newPage()
  })
  afterEach(() => context.close())

  /** Waits for the login page with this `next`, logs in, and returns the address after the redirect. */
  const comeBack = async (next: string): Promise<string> => {
    const login = `${url}/login?next=${encodeURIComponent(next)}`
    await page.waitForURL(login)
    await page.getByRole('button', { name: 'log in' }).click()
    await page.waitForURL((address) => address.pathname !== '/login')
    return page.url().slice(url.length)
  }
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const follow = (name: string) => page.getByRole('link', { name, exact: true }).click()

  describe('a page with htmx whose login ended', () => {
    beforeEach(async () => {
      await page.goto(`${url}/htmx?page=2`)
    })

    it.each(['load', 'save'])('leads to the login page and back to itself: a button that does %s', async (button) => {
      await press(button)
      expect(await comeBack('/htmx?page=2')).toBe('/htmx?page=2')
    })

    it('shows the fragment after the login', async () => {
      await press('load')
      await comeBack('/htmx?page=2')
      await press('load')
      await page.getByText('private /private/part of alice').waitFor()
      expect(page.url()).toBe(`${url}/htmx?page=2`)
    })

    it('opens the login page, and then the page of a boosted link', async () => {
      await follow('boosted')
      expect(await comeBack('/private/page')).toBe('/private/page')
    })
  })

  describe('a page with Turbo whose login ended', () => {
    beforeEach(async () => {
      await page.goto(`${url}/turbo?page=2`)
    })

    it('opens the login page, and then the page of a link', async () => {
      await follow('link')
      expect(await comeBack('/private/page')).toBe('/private/page')
    })

    it('opens the login page after a form, and then the page with the form', async () => {
      await press('send')
      expect(await comeBack('/turbo?page=2')).toBe('/turbo?page=2')
    })
  })
}
