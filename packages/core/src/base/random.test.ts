import { expect, it } from 'vitest'
import { systemRandom } from './random'

it('draws as many bytes as were asked for, and never the same twice', () => {
  expect(systemRandom(16)).toHaveLength(16)
  expect(systemRandom(0)).toHaveLength(0)
  expect(systemRandom(32)).not.toEqual(systemRandom(32))
})
