import { expect, it } from 'vitest'
import { drawSystemRandom } from './random'

it('draws as many bytes as were asked for, and never the same twice', () => {
  expect(drawSystemRandom(16)).toHaveLength(16)
  expect(drawSystemRandom(0)).toHaveLength(0)
  expect(drawSystemRandom(32)).not.toEqual(drawSystemRandom(32))
})
