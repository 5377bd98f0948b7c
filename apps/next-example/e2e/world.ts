// What every test of this folder starts from: one site, one browser, and a visitor who has never been here.
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest'
import { launchBrowser } from '../../demo/e2e/browser'
import { type Site, startSite } from './site'

const launched = await launchBrowser()
/** One of each for all groups of a file. */
const sites = new Map<string, Promise<Site>>()

export interface World {
  readonly url: string
  /** All that the server has printed. */
  log(): string
  /** A browser that has never been here; closed after the test. */
  visitor(options?: BrowserContextOptions): Promise<Page>
}

/** A group of tests in a browser: skipped by name where there is none, and failing with E2E=required. */
export function inBrowser(name: string, folder: string, tests: (world: World) => void): void {
  describe(name, () => {
    if (launched.browser === null) {
      const { reasons } = launched
      it.skipIf(process.env.E2E !== 'required')('finds a browser (Chromium, Chrome or Edge)', () => {
        throw new Error(`No browser starts here:\n${reasons.join('\n')}`)
      })
      return
    }
    tests(worldOf(launched.browser, folder))
  })
}

function worldOf(browser: Browser, folder: string): World {
  const open = new Set<BrowserContext>()
  let site: Site | undefined
  const running = (): Site => {
    if (site === undefined) throw new Error('The site is there from the first test on.')
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
      return running().url
    },
    log: () => running().log(),
    async visitor(options) {
      const context = await browser.newContext({ baseURL: running().url, ...options })
      context.setDefaultTimeout(15_000)
      open.add(context)
      return context.newPage()
    },
  }
}

// One that did not start keeps none of the others.
afterAll(async () => {
  const started = await Promise.allSettled(sites.values())
  await Promise.all(started.map((site) => (site.status === 'fulfilled' ? site.value.stop() : null)))
  await launched.browser?.close()
})
