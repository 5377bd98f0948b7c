// Checks every scene with axe, in light and dark, and its width on a small screen.
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { createSceneOpener, SCENES } from './scenes'
import { inBrowser } from './world'

const NARROWEST = 320

inBrowser('axe', (world) => {
  const open = createSceneOpener(world)

  it.each(SCENES)('finds no violation in the scene: $name', async (scene) => {
    const page = await open(scene)
    await page.evaluate(axe.source)
    await page.emulateMedia({ colorScheme: 'light' })
    expect(await findViolations(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: NARROWEST, height: 640 })
    expect(await findViolations(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(NARROWEST)
  })

  it.each(SCENES.filter(({ picture }) => picture))(
    'header controls are 44 pixels high on a phone: $name',
    async (scene) => {
      const page = await open(scene, { viewport: { width: 390, height: 844 } })
      const heights = await page
        .locator('nav a, .visitor a, .visitor button')
        .evaluateAll((controls) => controls.map((control) => control.getBoundingClientRect().height))
      expect(heights.length).toBeGreaterThan(5)
      expect(Math.min(...heights)).toBeGreaterThanOrEqual(44)
    },
  )

  it('finds a planted violation', async () => {
    const page = await world.visitor()
    await page.goto('/login')
    await page.evaluate(axe.source)
    await page.locator('label[for=email]').evaluate((label) => label.remove())
    expect(await findViolations(page)).toEqual([expect.stringMatching(/^critical: label: .*id="email"/)])
  })
})

/** Returns all violations, including minor ones. */
function findViolations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    const result = await axe.run(document, { resultTypes: ['violations'] })
    return result.violations.flatMap(({ impact, id, nodes }) => {
      return nodes.map((node) => `${impact}: ${id}: ${node.html.slice(0, 150)} ${node.failureSummary}`)
    })
  })
}
