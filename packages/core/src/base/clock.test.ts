import { expect, it } from 'vitest'
import { readSystemClock } from './clock'

it('the system clock returns whole epoch seconds', () => {
  expect(Number.isInteger(readSystemClock())).toBe(true)
  expect(Math.abs(readSystemClock() - Date.now() / 1000)).toBeLessThan(10)
})
