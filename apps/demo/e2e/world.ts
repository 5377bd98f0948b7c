// The setup of the browser tests: one demo, one browser, and a new visitor for each test.
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest'
import { launchBrowser } from './browser'
import { type Site, startDemo } from './demo'

const launched = await launchBrowser()

export interface World {
  /** The address of the demo. */
  readonly url: string
  readonly browser: Browser
  /** Opens a page in a new browser context, which is closed after the test. */
  visitor(options?: BrowserContextOptions): Promise<Page>
  /** Restarts the browser: only the cookies with an expiry date stay. */
  restart(page: Page, options?: BrowserContextOptions): Promise<Page>
}

/** Declares tests in a browser. Without a browser they are skipped by name, and fail with E2E=required. */
export function inBrowser(name: string, tests: (world: World) => void, nodeOptions?: readonly string[]): void {
  describe(name, () => {
    if (launched.browser === null) {
      const { reasons } = launched
      it.skipIf(process.env.E2E !== 'required')('finds a browser (Chromium, Chrome or Edge)', () => {
        throw new Error(`No browser starts here:\n${reasons.join('\n')}`)
      })
      return
    }
    const { browser } = launched
    const open = new Set<BrowserContext>()
    let demo: Site | undefined

    beforeAll(async () => {
      demo = await startDemo(nodeOptions)
    })
    afterEach(async () => {
      for (const context of open) await context.close()
      open.clear()
    })
    afterAll(() => demo?.stop())

    const world: World = {
      get url() {
        if (demo === undefined) throw new Error('The demo is not started yet. Read `url` inside a test.')
        return demo.url
      },
      browser,
      async visitor(options) {
        const context = await browser.newContext({ baseURL: world.url, reducedMotion: 'reduce', ...options })
        context.setDefaultTimeout(15_000)
        open.add(context)
        return context.newPage()
      },
      async restart(page, options) {
        const { cookies } = await page.context().storageState()
        await page.context().close()
        // A cookie without a date ends with the browser.
        const persistent = cookies.filter(({ expires }) => expires > 0)
        return world.visitor({ ...options, storageState: { cookies: persistent, origins: [] } })
      },
    }
    tests(world)
  })
}

afterAll(() => launched.browser?.close())
