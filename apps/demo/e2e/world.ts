// What every test of this folder starts from: one demo, one browser, and a visitor who has never been here.
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest'
import { launchBrowser } from './browser'
import { type Site, startDemo } from './demo'

const launched = await launchBrowser()

export interface World {
  /** Where the demo is. */
  readonly url: string
  readonly browser: Browser
  /** A browser that has never been here; closed after the test. */
  visitor(options?: BrowserContextOptions): Promise<Page>
  /** Closes the browser and opens it again: it keeps the cookies with a date, and nothing else. */
  restarted(page: Page, options?: BrowserContextOptions): Promise<Page>
}

/** A group of tests in a browser: skipped by name where there is none, and failing with E2E=required. */
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
        if (demo === undefined) throw new Error('The demo is there from the first test on.')
        return demo.url
      },
      browser,
      async visitor(options) {
        const context = await browser.newContext({ baseURL: world.url, reducedMotion: 'reduce', ...options })
        context.setDefaultTimeout(15_000)
        open.add(context)
        return context.newPage()
      },
      async restarted(page, options) {
        const { cookies } = await page.context().storageState()
        await page.context().close()
        // A cookie without a date ends with the browser.
        const kept = cookies.filter(({ expires }) => expires > 0)
        return world.visitor({ ...options, storageState: { cookies: kept, origins: [] } })
      },
    }
    tests(world)
  })
}

afterAll(() => launched.browser?.close())
