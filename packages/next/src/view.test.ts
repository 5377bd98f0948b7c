import { describe, expect, it } from 'vitest'
import { methodOf, pageView, URL_HEADER } from './view'

const headers = (given: Record<string, string>): Headers => new Headers(given)

describe('the view of a page', () => {
  it('is of a request for a page, whatever the router of Next.js accepts', () => {
    const given = headers({ accept: 'text/x-component', rsc: '1', 'x-requested-with': 'XMLHttpRequest', 'x-own': 'a' })
    const view = pageView('GET', given, null)
    expect(view.headers.get('Accept')).toBe('text/html')
    expect(view.headers.get('sec-fetch-mode')).toBe('navigate')
    expect(view.headers.get('RSC')).toBeNull()
    expect(view.headers.get('x-requested-with')).toBeNull()
    expect(view.headers.get('x-own')).toBe('a')
    expect(view.headers.get('constructor')).toBeNull()
  })

  it('has the cookies that it is given, and not those that came', () => {
    expect(pageView('GET', headers({ cookie: 'a=1' }), 'a=2').headers.get('cookie')).toBe('a=2')
    expect(pageView('GET', headers({ cookie: 'a=1' }), null).headers.get('cookie')).toBeNull()
  })

  it.each([
    ['http://app.test/a?b=1', 'http://app.test/a?b=1'],
    ['https://app.test/', 'https://app.test/'],
    ['/a', ''],
    ['//evil.test/', ''],
    ['javascript:alert(1)', ''],
    ['http://%', ''],
    ['', ''],
  ])('takes %j for the address %j', (told, url) => {
    expect(pageView('GET', headers({ [URL_HEADER]: told }), null).url).toBe(url)
  })

  it('knows no address without the proxy', () => {
    expect(pageView('GET', headers({}), null).url).toBe('')
  })
})

describe('the method of what acts', () => {
  it('is GET only where nothing speaks for anything else', () => {
    expect(methodOf(headers({ accept: 'text/html', cookie: 'a=1', 'sec-fetch-site': 'cross-site' }))).toBe('GET')
  })

  it.each([
    ['next-action', '40f'],
    ['origin', 'https://evil.test'],
    ['origin', 'null'],
    ['content-type', 'text/plain'],
    ['content-length', '0'],
  ])('is POST with %s: %s', (name, value) => {
    expect(methodOf(headers({ [name]: value }))).toBe('POST')
  })
})
