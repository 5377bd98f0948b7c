// The set-up of the browser tests: one site, one browser, and a new browser context for each visitor.
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest'
import { launchBrowser } from '../../demo/e2e/browser'
import { type Site, startSite } from './site'

const launched = await launchBrowser()
/** The sites by folder, shared by the groups of a file. */
const sites = new Map<string, Promise<Site>>()

export interface Setup {
  readonly url: string
  /** Returns the output of the server. */
  log(): string
  /** Opens a page in a new browser context, which is closed after the test. */
  visitor(options?: BrowserContextOptions): Promise<Page>
}

/** Declares a group of tests in a browser. Without a browser one skipped test reports it, which fails with E2E=required. */
export function inBrowser(name: string, folder: string, tests: (setup: Setup) => void): void {
  describe(name, () => {
    if (launched.browser === null) {
      const { reasons } = launched
      it.skipIf(process.env.E2E !== 'required')('finds a browser (Chromium, Chrome or Edge)', () => {
        throw new Error(`No browser starts here:\n${reasons.join('\n')}`)
      })
      return
    }
    tests(createSetup(launched.browser, folder))
  })
}

function createSetup(browser: Browser, folder: string): Setup {
  const open = new Set<BrowserContext>()
  let site: Site | undefined
  const getSite = (): Site => {
    if (site === undefined) throw new Error('The site is not started before the first test.')
    return site
  }
  beforeAll(async () => {
    const starting = sites.get(folder) ?? startSite(folder)
    sites.set(folder, starting)
    site = await starting
  })
  afterEach(async () => {
    for (const context of open) await context.close()
    open.clear()
  })
  return {
    get url() {
      return getSite().url
    },
    log: () => getSite().log(),
    async visitor(options) {
      const context = await browser.newContext({ baseURL: getSite().url, ...options })
      context.setDefaultTimeout(15_000)
      open.add(context)
      return context.newPage()
    },
  }
}

// A site that did not start does not prevent the end of the others.
afterAll(async () => {
  const started = await Promise.allSettled(sites.values())
  await Promise.all(started.map((site) => (site.status === 'fulfilled' ? site.value.stop() : null)))
  await launched.browser?.close()
})
