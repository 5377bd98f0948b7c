import { expect, it } from 'vitest'
import { createRequestMap } from './request-map'

it('a request map returns the value of an object, which other maps do not return', () => {
  const [one, other] = [createRequestMap<object, string>(), createRequestMap<object, string>()]
  const request = { url: '/' }
  one.set(request, 'mine')
  expect([one.get(request), other.get(request)]).toEqual(['mine', undefined])
  other.set(request, 'theirs')
  expect([one.get(request), other.get(request)]).toEqual(['mine', 'theirs'])
  expect(one.get({ url: '/' })).toBeUndefined()
})

it('a request map has no value for a copy of an object, or for an object that inherits from it', () => {
  const map = createRequestMap<object, string>()
  const request = { url: '/' }
  map.set(request, 'mine')
  for (const other of [Object.create(request), { ...request }, Object.assign({}, request)] as object[]) {
    expect(map.get(other)).toBeUndefined()
    map.set(other, 'its own')
    expect([map.get(other), map.get(request)]).toEqual(['its own', 'mine'])
  }
})

it('a request map works for frozen objects and proxies, and does not modify the target of a proxy', () => {
  const map = createRequestMap<object, string>()
  const [frozen, request] = [Object.freeze({ url: '/' }), { url: '/' }]
  map.set(frozen, 'of the frozen')
  map.set(request, 'mine')
  const proxy = new Proxy(request, {})
  expect(map.get(proxy)).toBeUndefined()
  map.set(proxy, 'of the proxy')
  expect([frozen, request, proxy].map((one) => map.get(one))).toEqual(['of the frozen', 'mine', 'of the proxy'])
})

it('a request map does not change the visible properties of an object', () => {
  const request = { url: '/' }
  createRequestMap<object, string>().set(request, 'mine')
  expect([Object.keys(request), JSON.stringify(request)]).toEqual([['url'], '{"url":"/"}'])
})
