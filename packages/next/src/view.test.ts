import { describe, expect, it } from 'vitest'
import { createPageView, guessMethod, URL_HEADER } from './view'

const rejectSignature = (): null => null
const createHeaders = (given: Record<string, string>): Headers => new Headers(given)

describe('the view of a page', () => {
  it('has the headers of a browser navigation instead of those of the router of Next.js', () => {
    const given = createHeaders({
      accept: 'text/x-component',
      rsc: '1',
      'x-requested-with': 'XMLHttpRequest',
      'hx-request': 'true',
      'x-own': 'a',
    })
    const view = createPageView('GET', given, null, rejectSignature)
    expect(view.headers.get('Accept')).toBe('text/html')
    expect(view.headers.get('sec-fetch-mode')).toBe('navigate')
    expect(view.headers.get('RSC')).toBeNull()
    expect(view.headers.get('x-requested-with')).toBeNull()
    expect(view.headers.get('HX-Request')).toBeNull()
    expect(view.headers.get('x-own')).toBe('a')
    expect(view.headers.get('constructor')).toBeNull()
  })

  it('has the cookies of the argument, and not those of the request', () => {
    expect(createPageView('GET', createHeaders({ cookie: 'a=1' }), 'a=2', rejectSignature).headers.get('cookie')).toBe(
      'a=2',
    )
    expect(
      createPageView('GET', createHeaders({ cookie: 'a=1' }), null, rejectSignature).headers.get('cookie'),
    ).toBeNull()
  })

  it('has the URL that the proxy signed, and hides its header from loaders and handlers', () => {
    const view = createPageView(
      'GET',
      createHeaders({ [URL_HEADER]: 'signed' }),
      null,
      (signed) => `https://app.test/${signed}`,
    )
    expect([view.url, view.headers.get(URL_HEADER)]).toEqual(['https://app.test/signed', null])
  })

  it('has no URL if the signature is wrong', () => {
    expect(createPageView('GET', createHeaders({ [URL_HEADER]: 'https://app.test/' }), null, rejectSignature).url).toBe(
      '',
    )
  })

  it('has no URL without the proxy', () => {
    expect(createPageView('GET', createHeaders({}), null, rejectSignature).url).toBe('')
  })
})

describe('guessMethod()', () => {
  it('returns GET only if no header indicates another method', () => {
    expect(guessMethod(createHeaders({ accept: 'text/html', cookie: 'a=1', 'sec-fetch-site': 'cross-site' }))).toBe(
      'GET',
    )
  })

  it.each([
    ['next-action', '40f'],
    ['origin', 'https://evil.test'],
    ['origin', 'null'],
    ['content-type', 'text/plain'],
    ['content-length', '0'],
  ])('returns POST with %s: %s', (name, value) => {
    expect(guessMethod(createHeaders({ [name]: value }))).toBe('POST')
  })
})
