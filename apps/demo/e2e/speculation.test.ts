// Speculation Rules in a real Chromium, which loads pages before the visitor opens them. This file has a small site of its
// own, so the tests can count each request.
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createLoginManager, withLogin } from '@fetch-login/core'
import { serve } from '@hono/node-server'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './browser'

interface User {
  readonly id: string
}

/** Other tests prefer the reduced browser of the npm package. Visitors have a complete Chromium. */
const COMPLETE_CHROMIUM = '/usr/bin/chromium'
const isComplete = process.env.E2E_BROWSER === undefined && existsSync(COMPLETE_CHROMIUM)
const launched = await launchBrowser(isComplete ? { executablePath: COMPLETE_CHROMIUM } : {})

const manager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  loginView: '/login',
  cookies: { secure: false },
})
const guard = manager.guard()

const page = (body: string) =>
  new Response(`<!doctype html><title>Test</title><main>${body}</main>`, { headers: { 'content-type': 'text/html' } })
const redirect = (location: string) => new Response(null, { status: 303, headers: { location } })
const LINK = '<a href="/private">private</a>'

/** Returns a page with a link to the private page, which the browser loads at once. */
function createStartPage(kind: string): Response {
  const rules = JSON.stringify({ [kind]: [{ urls: ['/private'], eagerness: 'immediate' }] })
  const forms = ['login', 'logout'].map(
    (path) => `<form method="post" action="/${path}"><button>${path}</button></form>`,
  )
  return page(`${LINK}${forms.join('')}<script type="speculationrules">${rules}</script>`)
}

const site = withLogin(manager, async (request, auth) => {
  const { pathname, searchParams } = new URL(request.url)
  const path = request.method === 'POST' ? `POST ${pathname}` : pathname
  if (path === '/private') {
    const outcome = await guard(auth)
    return outcome.ok ? page(`private page of ${auth.user.id}`) : outcome.respond()
  }
  if (path === '/start') return createStartPage(searchParams.get('kind') ?? '')
  if (path === '/login') return page(`login ${(await auth.takeFlashes()).map(({ message }) => message).join()}`)
  if (path === '/messages') return page(`messages: ${(await auth.takeFlashes()).length}`)
  if (path === 'POST /login') await auth.loginUser({ id: 'alice' })
  if (path === 'POST /logout') await auth.logoutUser()
  return request.method === 'POST' ? redirect('/home') : page(LINK)
})

if (launched.browser === null) {
  const { reasons } = launched
  it.skipIf(process.env.E2E !== 'required')('finds a browser for Speculation Rules', () => {
    throw new Error(`No browser starts here:\n${reasons.join('\n')}`)
  })
} else {
  const { browser } = launched
  afterAll(() => browser.close())

  describe.each(['prefetch', 'prerender'])('a %s of a guarded page', (kind) => {
    const requests: string[] = []
    let server: ReturnType<typeof serve>
    let url: string
    let context: BrowserContext
    /** Whether the header that ends prepared pages is removed. One test proves that the others depend on it. */
    let isStripped = false

    const fetch = async (request: Request): Promise<Response> => {
      requests.push(`${request.method} ${new URL(request.url).pathname}`)
      const response = await site(request)
      const copy = new Response(response.body, response)
      if (isStripped) copy.headers.delete('clear-site-data')
      return copy
    }

    beforeAll(async () => {
      await new Promise<void>((resolve) => {
        server = serve({ port: 0, hostname: '127.0.0.1', fetch }, () => resolve())
      })
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    })
    afterAll(() => server?.close())
    afterEach(() => context.close())

    const visitor = async (): Promise<Page> => {
      isStripped = false
      context = await browser.newContext()
      return context.newPage()
    }

    /**
     * Opens the page whose rules prepare the private page, and waits until the preparation ended. The tests control the
     * browser by DevTools, which disable prerendering: a prerender is then a prefetch.
     */
    const prepare = async (visiting: Page, end: 'Ready' | 'Failure'): Promise<void> => {
      const devTools = await context.newCDPSession(visiting)
      const ended = new Promise<void>((resolve) => {
        devTools.on('Preload.prefetchStatusUpdated', ({ status }: { status: string }) => {
          if (status === end) resolve()
        })
      })
      await devTools.send('Preload.enable')
      await visiting.goto(`${url}/start?kind=${kind}`)
      await ended
      requests.length = 0
    }

    const press = async (visiting: Page, button: string): Promise<void> => {
      await visiting.getByRole('button', { name: button, exact: true }).click()
      await visiting.waitForURL('**/home')
    }

    const follow = async (visiting: Page, to: string): Promise<string | null> => {
      await visiting.getByRole('link').click()
      await visiting.waitForURL((address) => address.pathname === to)
      return visiting.locator('main').textContent()
    }

    it('is shown without another request while the login lasts', async () => {
      const visiting = await visitor()
      await visiting.goto(`${url}/start`)
      await press(visiting, 'login')
      await prepare(visiting, 'Ready')
      expect(await follow(visiting, '/private')).toBe('private page of alice')
      expect(requests).not.toContain('GET /private')
    })

    it('of an anonymous visitor is discarded, so the page opens after the login', async () => {
      const visiting = await visitor()
      await prepare(visiting, 'Failure')
      await press(visiting, 'login')
      expect(await follow(visiting, '/private')).toBe('private page of alice')
      expect(requests).toContain('GET /private')
    })

    it('of an anonymous visitor stores no flash message', async () => {
      const visiting = await visitor()
      await prepare(visiting, 'Failure')
      await visiting.goto(`${url}/messages`)
      expect(await visiting.locator('main').textContent()).toBe('messages: 0')
    })

    it('is not shown after a logout', async () => {
      const visiting = await visitor()
      await visiting.goto(`${url}/start`)
      await press(visiting, 'login')
      await prepare(visiting, 'Ready')
      await press(visiting, 'logout')
      expect(await follow(visiting, '/login')).toBe('login Please log in to access this page.')
    })

    it('is not shown after a logout in another tab', async () => {
      const visiting = await visitor()
      await visiting.goto(`${url}/start`)
      await press(visiting, 'login')
      await prepare(visiting, 'Ready')
      const other = await context.newPage()
      await other.goto(`${url}/start`)
      await press(other, 'logout')
      await visiting.bringToFront()
      expect(await follow(visiting, '/login')).toBe('login Please log in to access this page.')
    })

    it('would be shown after a logout by a script if the response had no Clear-Site-Data', async () => {
      const visiting = await visitor()
      await visiting.goto(`${url}/start`)
      await press(visiting, 'login')
      await prepare(visiting, 'Ready')
      isStripped = true
      await visiting.evaluate(() => globalThis.fetch('/logout', { method: 'POST' }).then((response) => response.text()))
      expect(await follow(visiting, '/private')).toBe('private page of alice')
    })
  })
}
