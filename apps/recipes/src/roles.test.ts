import { createLoginManager } from '@fetch-login/core'
import type { TestClient } from '@fetch-login/core/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { createBrowser, sendRaw, serveApp } from './fake/served'
import { createApp, type Role, type User } from './roles'

const SECRET = 'a secret of the tests, with no value elsewhere'
const PASSWORD = 'through the looking-glass'

let table: Map<string, User>
let origin: string
let browser: TestClient

beforeEach(async () => {
  const roles: [string, Role[]][] = [
    ['Alice', ['editor', 'admin']],
    ['Bob', ['editor']],
    ['Carol', []],
  ]
  table = new Map(roles.map(([name, roles], index) => [String(index + 1), { id: String(index + 1), name, roles }]))
  ;({ origin } = await serveApp(() => createApp({ secret: SECRET, users, notes })))
  browser = createBrowser(origin)
})

const users = {
  find: async (id: string) => table.get(id),
  check: async (name: string, password: string) =>
    [...table.values()].find((user) => user.name === name && password === PASSWORD),
}
const notes = { find: async (id: string) => (id === '1' ? { ownerId: '2', text: 'The note of Bob' } : undefined) }

async function logIn(name: string): Promise<void> {
  expect((await browser.post('/login', { name, password: PASSWORD })).status).toBe(303)
}

async function visit(path: string): Promise<string | number> {
  const { status, headers } = await browser.get(path)
  return headers.get('location') ?? status
}

describe('an anonymous request', () => {
  it('receives the pages of `except` and the login page', async () => {
    for (const path of ['/health', '/about/us', '/login']) expect(await visit(path)).toBe(200)
  })

  it('is redirected to the login page from every other path, whether it exists or not', async () => {
    for (const path of [
      '/',
      '/drafts',
      '/admin/users',
      '/notes/1',
      '/notes/2',
      '/nowhere',
      '/healthy',
      '/about',
      '/about/',
    ])
      expect(await visit(path)).toBe(`/login?next=${encodeURIComponent(path)}`)
  })

  it('receives 401 if it accepts JSON', async () => {
    const response = await browser.get('/drafts', { accept: 'application/json' })
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
  })

  it.each([
    '/about/../admin/users',
    '/about/%2e%2e/admin/users',
    '/about/..%2fadmin/users',
    '/about/..;/admin/users',
    '/about/..\\admin/users',
    '/about//../admin/users',
    '//admin/users',
    '/health/',
    '/health;/admin/users',
    '/HEALTH',
  ])('does not reach a guarded page through a path of `except`: %s', async (path) => {
    const { status, body } = await sendRaw(origin, path)
    expect([302, 400, 404]).toContain(status)
    expect(body).not.toContain('The users')
  })
})

describe('a guard with a role', () => {
  it.each([
    ['Alice', 200, 200],
    ['Bob', 200, 403],
    ['Carol', 403, 403],
  ])('admits %s to the pages of their roles, and refuses the others with 403', async (name, drafts, admin) => {
    await logIn(name)
    expect(await visit('/')).toBe(200)
    expect(await visit('/drafts')).toBe(drafts)
    expect(await visit('/admin/users')).toBe(admin)
    expect(await visit('/admin/nowhere')).toBe(admin === 200 ? 404 : 403)
  })

  it('refuses with HTML or JSON as the request accepts, and does not redirect to the login page', async () => {
    await logIn('Bob')
    const page = await browser.get('/admin/users')
    expect([page.headers.get('location'), await page.text()]).toEqual([null, expect.stringContaining('403 Forbidden')])
    const api = await browser.get('/admin/users', { accept: 'application/json' })
    expect(await api.json()).toMatchObject({ status: 403, title: 'Forbidden' })
  })

  it('requires both roles if a guarded route is under a guarded path', async () => {
    await logIn('Bob')
    expect((await browser.fetch('/drafts/1', { method: 'DELETE' })).status).toBe(403)
    await logIn('Alice')
    expect((await browser.fetch('/drafts/1', { method: 'DELETE' })).status).toBe(204)
    table.set('1', { id: '1', name: 'Alice', roles: ['admin'] })
    expect((await browser.fetch('/drafts/1', { method: 'DELETE' })).status).toBe(403)
  })

  it('requires a fresh login too if the guard of the path is a freshLoginRequired()', async () => {
    const manager = createLoginManager<User>({ loadUser: users.find, secrets: SECRET })
    const stale = createBrowser<User>(origin, { manager })
    await stale.loginAs(table.get('1') as User, { fresh: false })
    expect((await stale.get('/drafts')).status).toBe(200)
    expect((await stale.get('/admin/users')).headers.get('location')).toBe('/login?next=%2Fadmin%2Fusers')
  })

  it('refuses the next request after the role was removed, because the role is not in a cookie', async () => {
    await logIn('Alice')
    expect(await visit('/admin/users')).toBe(200)
    table.set('1', { id: '1', name: 'Alice', roles: [] })
    expect(await visit('/admin/users')).toBe(403)
    expect(await visit('/')).toBe(200)
  })
})

describe('a page with an owner', () => {
  it.each([
    ['Bob', 200],
    ['Alice', 200],
    ['Carol', 404],
  ])('is found by its owner and by an admin only: %s receives %d', async (name, status) => {
    await logIn(name)
    expect(await visit('/notes/1')).toBe(status)
  })

  it('returns to other users the same response as a missing page', async () => {
    await logIn('Carol')
    const [existing, missing] = [await browser.get('/notes/1'), await browser.get('/notes/2')]
    expect([existing.status, await existing.text()]).toEqual([missing.status, await missing.text()])
  })
})
