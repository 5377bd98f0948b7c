import { expect, it } from 'vitest'
import { carrier } from './carrier'

it('lets an object carry a value that only this carrier finds', () => {
  const [one, other] = [carrier<string>(), carrier<string>()]
  const request = { url: '/' }
  one.give(request, 'mine')
  expect([one.of(request), other.of(request)]).toEqual(['mine', undefined])
  other.give(request, 'theirs')
  expect([one.of(request), other.of(request)]).toEqual(['mine', 'theirs'])
  expect(one.of({ url: '/' })).toBeUndefined()
})

it('changes nothing that others see of the object', () => {
  const lines = ['host', 'app.test']
  carrier<string>().give(lines, 'mine')
  expect([Object.keys(lines), [...lines], JSON.stringify(lines), lines.length]).toEqual([
    ['0', '1'],
    ['host', 'app.test'],
    '["host","app.test"]',
    2,
  ])
})
