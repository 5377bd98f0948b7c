// What axe says about every page, in light and in dark, and whether it fits a small screen.
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { opener, SCENES } from './scenes'
import { inBrowser } from './world'

const NARROWEST = 320

inBrowser('axe finds nothing', (world) => {
  const open = opener(world)

  it.each(SCENES)('on: $name', async (scene) => {
    const page = await open(scene)
    await page.evaluate(axe.source)
    await page.emulateMedia({ colorScheme: 'light' })
    expect(await violations(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: NARROWEST, height: 640 })
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(NARROWEST)
  })

  it('but notices what is wrong', async () => {
    const page = await world.visitor()
    await page.goto('/login')
    await page.evaluate(axe.source)
    await page.locator('label[for=email]').evaluate((label) => label.remove())
    expect(await violations(page)).toEqual([expect.stringMatching(/^critical: label: .*id="email"/)])
  })
})

/** All of them, down to the minor ones. */
function violations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    const result = await axe.run(document, { resultTypes: ['violations'] })
    return result.violations.flatMap(({ impact, id, nodes }) => {
      return nodes.map((node) => `${impact}: ${id}: ${node.html.slice(0, 150)} ${node.failureSummary}`)
    })
  })
}
