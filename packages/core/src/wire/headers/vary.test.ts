import { expect, it } from 'vitest'
import { mergeVary } from './vary'

it.each([
  [null, ['Cookie'], 'Cookie'],
  ['', ['Cookie'], 'Cookie'],
  ['Accept', ['Cookie', 'Accept'], 'Accept, Cookie'],
  ['accept , cookie,', ['Cookie', 'X-Key'], 'accept, cookie, X-Key'],
  ['*', ['Cookie'], '*'],
  ['Accept, *', ['Cookie'], '*'],
  ['a', ['B', 'b'], 'a, B'],
])('mergeVary() merges %j and %j to %j', (present, added, merged) => {
  expect(mergeVary(present, added)).toBe(merged)
})
