// Speculation Rules in a real Chromium: pages that the browser loads before the visitor opens them. The site of this file
// is as small as it can be, so that each request to it can be counted.
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

/** The shell of the npm package comes first elsewhere; a whole Chromium is what visitors have. */
const WHOLE = '/usr/bin/chromium'
const isWhole = process.env.E2E_BROWSER === undefined && existsSync(WHOLE)
const launched = await launchBrowser(isWhole ? { executablePath: WHOLE } : {})

const manager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  loginView: '/login',
  cookies: { secure: false },
})
const guard = manager.guard()

const page = (body: string) =>
  new Response(`<!doctype html><title>Test</title><main>${body}</main>`, { headers: { 'content-type': 'text/html' } })
const sentTo = (location: string) => new Response(null, { status: 303, headers: { location } })
const LINK = '<a href="/private">private</a>'

/** A page with a link to the private page, which the browser loads at once. */
function start(kind: string): Response {
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
  if (path === '/start') return start(searchParams.get('kind') ?? '')
  if (path === '/login') return page(`login ${(await auth.takeFlashes()).map(({ message }) => message).join()}`)
  if (path === '/messages') return page(`messages: ${(await auth.takeFlashes()).length}`)
  if (path === 'POST /login') await auth.loginUser({ id: 'alice' })
  if (path === 'POST /logout') await auth.logoutUser()
  return request.method === 'POST' ? sentTo('/home') : page(LINK)
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
    /** The header that ends prepared pages is removed, to prove that these tests depend on it. */
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
     * Opens the page that lets the browser prepare the private one, and waits for the end of that. DevTools, by which
     * this browser is driven, switch rendering ahead off: a prerender then is the request of one, kept as a prefetch.
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

    it('is shown without another request as long as the login stays', async () => {
      const visiting = await visitor()
      await visiting.goto(`${url}/start`)
      await press(visiting, 'login')
      await prepare(visiting, 'Ready')
      expect(await follow(visiting, '/private')).toBe('private page of alice')
      expect(requests).not.toContain('GET /private')
    })

    it('without a login is not kept, so the page is there after the login', async () => {
      const visiting = await visitor()
      await prepare(visiting, 'Failure')
      await press(visiting, 'login')
      expect(await follow(visiting, '/private')).toBe('private page of alice')
      expect(requests).toContain('GET /private')
    })

    it('without a login leaves no message to a visitor who never opened it', async () => {
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
