import { createLoginManager } from '@fetch-login/core'
import type { TestClient } from '@fetch-login/core/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { browserAt, sendRaw, served } from './fake/served'
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
  ;({ origin } = await served(() => createApp({ secret: SECRET, users, notes })))
  browser = browserAt(origin)
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

describe('a visitor without a login', () => {
  it('sees what is excepted and the login page', async () => {
    for (const path of ['/health', '/about/us', '/login']) expect(await visit(path)).toBe(200)
  })

  it('is sent to the login by all else, and does not learn what is there and what is not', async () => {
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

  it('gets 401 as a program', async () => {
    const answer = await browser.get('/drafts', { accept: 'application/json' })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
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
  ])('does not slip through an excepted path: %s', async (path) => {
    const { status, body } = await sendRaw(origin, path)
    expect([302, 400, 404]).toContain(status)
    expect(body).not.toContain('The users')
  })
})

describe('a role', () => {
  it.each([
    ['Alice', 200, 200],
    ['Bob', 200, 403],
    ['Carol', 403, 403],
  ])('opens to %s what is theirs, and refuses the rest with 403', async (name, drafts, admin) => {
    await logIn(name)
    expect(await visit('/')).toBe(200)
    expect(await visit('/drafts')).toBe(drafts)
    expect(await visit('/admin/users')).toBe(admin)
    expect(await visit('/admin/nowhere')).toBe(admin === 200 ? 404 : 403)
  })

  it('is refused in the language of who asks, and not by a redirect to the login again', async () => {
    await logIn('Bob')
    const page = await browser.get('/admin/users')
    expect([page.headers.get('location'), await page.text()]).toEqual([null, expect.stringContaining('403 Forbidden')])
    const program = await browser.get('/admin/users', { accept: 'application/json' })
    expect(await program.json()).toMatchObject({ status: 403, title: 'Forbidden' })
  })

  it('wants both, where a route is guarded inside a guarded folder', async () => {
    await logIn('Bob')
    expect((await browser.fetch('/drafts/1', { method: 'DELETE' })).status).toBe(403)
    await logIn('Alice')
    expect((await browser.fetch('/drafts/1', { method: 'DELETE' })).status).toBe(204)
    table.set('1', { id: '1', name: 'Alice', roles: ['admin'] })
    expect((await browser.fetch('/drafts/1', { method: 'DELETE' })).status).toBe(403)
  })

  it('wants a fresh login too, where the folder says so', async () => {
    const manager = createLoginManager<User>({ loadUser: users.find, secrets: SECRET })
    const stale = browserAt<User>(origin, { manager })
    await stale.loginAs(table.get('1') as User, { fresh: false })
    expect((await stale.get('/drafts')).status).toBe(200)
    expect((await stale.get('/admin/users')).headers.get('location')).toBe('/login?next=%2Fadmin%2Fusers')
  })

  it('is lost at the next request after it was taken away: no cookie carries it', async () => {
    await logIn('Alice')
    expect(await visit('/admin/users')).toBe(200)
    table.set('1', { id: '1', name: 'Alice', roles: [] })
    expect(await visit('/admin/users')).toBe(403)
    expect(await visit('/')).toBe(200)
  })
})

describe('what belongs to somebody', () => {
  it.each([
    ['Bob', 200],
    ['Alice', 200],
    ['Carol', 404],
  ])('is there for its owner and for an admin: %s %d', async (name, status) => {
    await logIn(name)
    expect(await visit('/notes/1')).toBe(status)
  })

  it('looks to others as if it were not there', async () => {
    await logIn('Carol')
    const [theirs, nobodys] = [await browser.get('/notes/1'), await browser.get('/notes/2')]
    expect([theirs.status, await theirs.text()]).toEqual([nobodys.status, await nobodys.text()])
  })
})
