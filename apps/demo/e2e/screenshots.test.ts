// Writes the screenshots: `pnpm screenshots`. Git tracks only those that the documents show.
import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from 'vitest'
import { createSceneOpener, SCENES } from './scenes'
import { inBrowser, type World } from './world'

const FOLDER = fileURLToPath(new URL('../screenshots', import.meta.url))
const SIZES = [
  [390, 844],
  [1280, 800],
] as const
const MOST_BYTES = 250_000

/** A fixed clock, so the screenshots differ only if a page changes. */
const CLOCK = `
  const now = Date.parse('2026-11-02T09:30:00Z')
  globalThis.Date = class extends Date {
    constructor(...parts) { super(...(parts.length === 0 ? [now] : parts)) }
    static now() { return now }
  }`

const NODE_OPTIONS = ['--import', `data:text/javascript,${encodeURIComponent(CLOCK)}`]

inBrowser('a screenshot', takeScreenshots, NODE_OPTIONS)

function takeScreenshots(world: World): void {
  const open = createSceneOpener(world)

  beforeAll(() => {
    rmSync(FOLDER, { recursive: true, force: true })
    mkdirSync(FOLDER, { recursive: true })
  })

  it.each(SCENES.filter(({ picture }) => picture))('shows the scene: $name', async ({ name, ...scene }) => {
    const page = await open({ name, ...scene })
    await page.evaluate((url) => {
      // The port differs in each run.
      for (const code of document.querySelectorAll('code')) {
        code.textContent = code.textContent?.replaceAll(url, 'http://127.0.0.1:3000') ?? ''
      }
      // A blinking caret would make the screenshots differ.
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
    }, world.url)
    for (const [width, height] of SIZES) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height })
        const path = `${FOLDER}/${name.replaceAll(/[^a-z]+/g, '-')}-${width}-${colorScheme}.png`
        const picture = await page.screenshot({ path, fullPage: true, animations: 'disabled' })
        expect(picture.byteLength, path).toBeLessThan(MOST_BYTES)
      }
    }
  })
}
