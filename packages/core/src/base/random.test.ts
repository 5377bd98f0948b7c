import { expect, it } from 'vitest'
import { drawSystemRandom } from './random'

it('the system source returns the requested number of random bytes, different at each call', () => {
  expect(drawSystemRandom(16)).toHaveLength(16)
  expect(drawSystemRandom(0)).toHaveLength(0)
  expect(drawSystemRandom(32)).not.toEqual(drawSystemRandom(32))
})
