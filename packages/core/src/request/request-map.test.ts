import { expect, it } from 'vitest'
import { createRequestMap } from './request-map'

it('lets an object carry a value that only this carrier finds', () => {
  const [one, other] = [createRequestMap<object, string>(), createRequestMap<object, string>()]
  const request = { url: '/' }
  one.set(request, 'mine')
  expect([one.get(request), other.get(request)]).toEqual(['mine', undefined])
  other.set(request, 'theirs')
  expect([one.get(request), other.get(request)]).toEqual(['mine', 'theirs'])
  expect(one.get({ url: '/' })).toBeUndefined()
})

it('gives nothing to another object that is made of the first', () => {
  const handles = createRequestMap<object, string>()
  const request = { url: '/' }
  handles.set(request, 'mine')
  for (const other of [Object.create(request), { ...request }, Object.assign({}, request)] as object[]) {
    expect(handles.get(other)).toBeUndefined()
    handles.set(other, 'its own')
    expect([handles.get(other), handles.get(request)]).toEqual(['its own', 'mine'])
  }
})

it('works for what can carry nothing, and leaves alone what is behind it', () => {
  const handles = createRequestMap<object, string>()
  const [frozen, request] = [Object.freeze({ url: '/' }), { url: '/' }]
  handles.set(frozen, 'of the frozen')
  handles.set(request, 'mine')
  const proxy = new Proxy(request, {})
  expect(handles.get(proxy)).toBeUndefined()
  handles.set(proxy, 'of the proxy')
  expect([frozen, request, proxy].map((one) => handles.get(one))).toEqual(['of the frozen', 'mine', 'of the proxy'])
})

it('changes nothing that others see of the object', () => {
  const request = { url: '/' }
  createRequestMap<object, string>().set(request, 'mine')
  expect([Object.keys(request), JSON.stringify(request)]).toEqual([['url'], '{"url":"/"}'])
})
