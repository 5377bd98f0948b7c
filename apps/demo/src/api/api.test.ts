import { beforeEach, describe, expect, it } from 'vitest'
import { startDemo, type TestBrowser, type TestDemo } from '../test-browser'
import { ALICE, BOB, CAROL } from '../users/seeds'
import { openApi } from './openapi'

let demo: TestDemo
let browser: TestBrowser

beforeEach(async () => {
  demo = await startDemo()
  browser = demo.browser()
})

describe('a key', () => {
  it.each([
    ['in the header', '/api/profile', { 'x-api-key': ALICE.apiKey }],
    ['in the query', `/api/profile?api_key=${ALICE.apiKey}`, {}],
  ])('%s names the user, and leaves no cookie', async (_where, path, headers) => {
    const response = await browser.client.get(path, headers)
    expect(response.status).toBe(200)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(browser.client.cookies.names()).toEqual([])
  })

  it('does not open a page or an address that requires a session', async () => {
    expect(await browser.visit(`/dashboard?api_key=${ALICE.apiKey}`)).toMatchObject({ status: 302 })
    expect((await browser.client.get('/dashboard', { 'x-api-key': ALICE.apiKey })).status).toBe(401)
    expect((await browser.client.get('/api/data', { 'x-api-key': ALICE.apiKey })).status).toBe(401)
  })

  it('is refused if the account is deactivated', async () => {
    expect((await browser.client.get('/api/profile', { 'x-api-key': CAROL.apiKey })).status).toBe(401)
  })

  it('does not override a session', async () => {
    await browser.client.loginAs(demo.userOf(BOB))
    const response = await browser.client.get('/api/profile', { 'x-api-key': ALICE.apiKey })
    expect(await response.json()).toMatchObject({ name: 'Bob', by: 'session' })
  })
})

describe('a session', () => {
  it('gives access to the data', async () => {
    expect((await browser.client.get('/api/data')).status).toBe(401)
    await browser.client.loginAs(demo.userOf(ALICE))
    expect(await (await browser.client.get('/api/data')).json()).toMatchObject({ message: 'Hello, Alice', fresh: true })
  })
})

describe('a refusal', () => {
  it.each(['/api/profile', '/api/data'])('is a problem in JSON, for a browser as well: %s', async (path) => {
    for (const accept of ['text/html', '*/*', 'application/json']) {
      const response = await browser.client.get(path, { accept })
      expect(response.status).toBe(401)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(response.headers.getSetCookie()).toEqual([])
      expect(await response.json()).toMatchObject({ type: 'about:blank', title: 'Unauthorized', status: 401 })
    }
  })

  it('is a problem in JSON for an unknown address', async () => {
    const response = await browser.client.get('/api/nothing')
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
  })
})

describe('the description', () => {
  it('is OpenAPI 3.1 and is public', async () => {
    const response = await browser.client.get('/api/openapi.json')
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(await response.json()).toMatchObject({ openapi: '3.1.0', paths: { '/api/profile': {}, '/api/data': {} } })
  })

  it('lists exactly the fields of the responses', async () => {
    await browser.client.loginAs(demo.userOf(ALICE))
    const { schemas } = openApi.components
    for (const [path, { required }] of [
      ['/api/profile', schemas.Profile],
      ['/api/data', schemas.Data],
    ] as const) {
      expect(Object.keys(await (await browser.client.get(path)).json()).sort()).toEqual([...required].sort())
    }
    const refused = await demo.browser().client.get('/api/data')
    expect(Object.keys(await refused.json()).sort()).toEqual([...schemas.Problem.required].sort())
  })

  it('is rendered on the page /api', async () => {
    const html = await browser.read('/api')
    for (const path of Object.keys(openApi.paths)) expect(html).toContain(`GET ${path}`)
    expect(html).toContain('href="/api/openapi.json"')
  })
})
