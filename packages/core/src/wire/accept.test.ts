import { describe, expect, it } from 'vitest'
import { wantsPage } from './accept'

function wants(headers: Record<string, string>): boolean {
  return wantsPage({ method: 'GET', url: '/', headers: new Headers(headers) })
}

describe('a page is wanted', () => {
  it.each<[string, Record<string, string>]>([
    ['by a browser that navigates', { 'sec-fetch-mode': 'navigate', accept: '*/*' }],
    ['by who accepts HTML', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }],
    ['by who accepts XHTML alone', { accept: 'application/xhtml+xml' }],
    ['by who accepts HTML least of all', { accept: 'application/json, text/html;q=0.1' }],
    ['by who shouts', { accept: 'TEXT/HTML; LEVEL=1; Q=0.5' }],
    ['by who does not say', {}],
  ])('%s', (_, headers) => {
    expect(wants(headers)).toBe(true)
  })
})

describe('data is wanted', () => {
  it.each<[string, Record<string, string>]>([
    ['by who takes anything', { accept: '*/*' }],
    ['by who takes any text', { accept: 'text/*' }],
    ['by who wants JSON', { accept: 'application/json' }],
    ['by who refuses HTML', { accept: 'text/html;q=0, */*' }],
    ['by who weighs HTML with nonsense', { accept: 'text/html;q=much' }],
    ['by who accepts nothing', { accept: '' }],
    ['by XMLHttpRequest', { 'x-requested-with': 'XMLHttpRequest', accept: 'text/html' }],
    ['by a server component', { rsc: '1', accept: 'text/html' }],
    [
      'by XMLHttpRequest even where it claims to navigate',
      { 'x-requested-with': 'xmlhttprequest', 'sec-fetch-mode': 'navigate' },
    ],
    ['by a script that fetches', { 'sec-fetch-mode': 'cors', accept: '*/*' }],
  ])('%s', (_, headers) => {
    expect(wants(headers)).toBe(false)
  })
})
