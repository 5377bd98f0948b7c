import { expect, it } from 'vitest'
import { systemClock } from './clock'

it('tells the time in whole seconds', () => {
  expect(Number.isInteger(systemClock())).toBe(true)
  expect(Math.abs(systemClock() - Date.now() / 1000)).toBeLessThan(10)
})
