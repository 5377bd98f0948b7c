import {
  createTestClient,
  createTestClock,
  recordEvents,
  type TestClient,
  type TestClock,
} from '@fetch-login/core/testing'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createApp } from './app'
import { SEEDS, type Seed, type User, Users } from './users'

const [ALICE, BOB, CAROL] = SEEDS as [Seed, Seed, Seed]
const ORIGIN = 'http://127.0.0.1:3000'
const SECRET = 'a secret of the tests, with no value elsewhere'

let users: Users
let clock: TestClock
let manager: ReturnType<typeof createApp>['manager']
let browser: TestClient<User>
let newBrowser: (headers?: Record<string, string>) => TestClient<User>

beforeAll(async () => {
  users = await Users.create()
})

beforeEach(() => {
  clock = createTestClock()
  const demo = createApp({ users, secret: SECRET, clock })
  manager = demo.manager
  newBrowser = (headers = {}) =>
    createTestClient((request) => demo.app.fetch(request), { manager, clock, origin: ORIGIN, headers })
  browser = newBrowser()
})

/** Opens the page with the form, fills it in and sends it. */
async function submit(path: string, fields: Record<string, string> = {}, page = path): Promise<Response> {
  return browser.post(path, { csrf_token: await tokenOn(page), ...fields })
}

async function tokenOn(page: string): Promise<string> {
  const html = await (await browser.get(page)).text()
  return /name="csrf_token" value="([^"]+)"/.exec(html)?.[1] ?? ''
}

function logIn(path = '/login', more: Record<string, string> = {}): Promise<Response> {
  return submit(path, { email: ALICE.email, password: ALICE.password, ...more })
}

async function bodyOf(path: string): Promise<string> {
  return (await browser.get(path)).text()
}

async function visit(path: string): Promise<{ status: number; location: string | null }> {
  const { status, headers } = await browser.get(path)
  return { status, location: headers.get('location') }
}

function asUser({ email }: Seed): User {
  return users.find(String(SEEDS.findIndex((seed) => seed.email === email) + 1)) as User
}

describe('logging in', () => {
  it('shows the secret page to nobody, and sends them to the login with a message', async () => {
    const refused = await browser.get('/secret')
    expect(refused.status).toBe(302)
    expect(refused.headers.get('location')).toBe('/login?next=%2Fsecret')
    const login = await (await browser.follow(refused)).text()
    expect(login).toContain('<p class="flash warning" role="status">Please log in to access this page.</p>')
  })

  it('takes the right password, greets the user once and shows the secret page', async () => {
    const answer = await logIn()
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/secret')
    const secret = await bodyOf('/secret')
    expect(secret).toContain('This one is number 1, Alice')
    expect(secret).toContain('<p class="flash success" role="status">Welcome, Alice.</p>')
    expect(await bodyOf('/secret')).not.toContain('Welcome')
  })

  it('finds the address in any case', async () => {
    const answer = await submit('/login', { email: ' ALICE@example.com ', password: ALICE.password })
    expect(answer.status).toBe(303)
  })

  it('says the same of a wrong password and of an unknown address, and logs nobody in', async () => {
    const wrong = await logIn('/login', { password: BOB.password })
    const unknown = await submit('/login', { email: 'nobody@example.com', password: ALICE.password })
    for (const answer of [wrong, unknown]) {
      expect(answer.status).toBe(422)
      expect(await answer.text()).toContain('This e-mail address and password do not match.')
    }
    expect(await visit('/secret')).toMatchObject({ status: 302 })
  })

  it('does not let a suspended account in, with the right password', async () => {
    const answer = await submit('/login', { email: CAROL.email, password: CAROL.password })
    expect(answer.status).toBe(422)
    expect(await answer.text()).toContain('This account is suspended.')
    expect(await visit('/secret')).toMatchObject({ status: 302 })
  })

  it('keeps what was typed, but never the password, and never as markup', async () => {
    const answer = await submit('/login', {
      email: '"><script>alert(1)</script>',
      password: 'my own words',
      remember: 'yes',
    })
    const html = await answer.text()
    expect(html).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"')
    expect(html).toContain('checked')
    expect(html).not.toContain('<script')
    expect(html).not.toContain('my own words')
  })

  it('sends on a visitor who is logged in already', async () => {
    await browser.loginAs(asUser(ALICE))
    expect(await visit('/login')).toEqual({ status: 302, location: '/secret' })
    expect(await visit('/login?next=/vault')).toEqual({ status: 302, location: '/vault' })
  })

  it('knows one user from another', async () => {
    await browser.loginAs(asUser(BOB))
    const secret = await bodyOf('/secret')
    expect(secret).toContain('bob@example.com')
    expect(secret).not.toContain('alice@example.com')
  })
})

describe('where the login leads', () => {
  it('leads to the page that was asked for, its query included', async () => {
    const refused = await browser.get('/secret?page=2&sort=name')
    const answer = await logIn(refused.headers.get('location') as string)
    expect(answer.headers.get('location')).toBe('/secret?page=2&sort=name')
  })

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    'http://127.0.0.1:3000@evil.example/',
    'javascript:alert(1)',
    '\thttps://evil.example/',
    '%2F%2Fevil.example',
    `${ORIGIN}.evil.example/`,
  ])('never leads to another site: %s', async (next) => {
    const answer = await logIn(`/login?next=${encodeURIComponent(next)}`)
    const target = new URL(answer.headers.get('location') as string, ORIGIN)
    expect(answer.status).toBe(303)
    expect(target.origin).toBe(ORIGIN)
  })
})

describe('remember me', () => {
  it('knows the user after the browser was closed, asks for the password before the vault, and then opens it', async () => {
    await logIn('/login', { remember: 'yes' })
    expect(await visit('/vault')).toMatchObject({ status: 200 })

    browser.restart()
    expect(browser.cookies.names()).toEqual(['demo_remember'])
    expect(await visit('/secret')).toMatchObject({ status: 200 })
    expect(await visit('/vault')).toEqual({ status: 302, location: '/reauthenticate?next=%2Fvault' })

    const wrong = await submit('/reauthenticate?next=/vault', { password: BOB.password })
    expect(wrong.status).toBe(422)
    expect(await wrong.text()).toContain('This is not your password.')
    expect(await visit('/vault')).toMatchObject({ status: 302 })

    const right = await submit('/reauthenticate?next=/vault', { password: ALICE.password })
    expect(right.status).toBe(303)
    expect(right.headers.get('location')).toBe('/vault')
    expect(await visit('/vault')).toMatchObject({ status: 200 })
  })

  it('does not know who did not ask for it', async () => {
    await logIn()
    browser.restart()
    expect(browser.cookies.names()).toEqual([])
    expect(await visit('/secret')).toMatchObject({ status: 302 })
  })

  it('ends after 30 days', async () => {
    await logIn('/login', { remember: 'yes' })
    browser.restart()
    clock.advance(30 * 86_400)
    expect(await visit('/secret')).toMatchObject({ status: 302 })
  })
})

describe('a fresh login', () => {
  beforeEach(async () => browser.loginAs(asUser(ALICE)))

  it('opens the vault for 600 seconds and no longer', async () => {
    clock.advance(600)
    expect(await visit('/vault')).toMatchObject({ status: 200 })
    clock.advance(1)
    expect(await visit('/vault')).toEqual({ status: 302, location: '/reauthenticate?next=%2Fvault' })
    expect(await visit('/secret')).toMatchObject({ status: 200 })
  })

  it('is over when another browser comes with the cookies', async () => {
    const thief = newBrowser({ 'user-agent': 'another browser' })
    for (const name of browser.cookies.names()) thief.cookies.set(name, browser.cookies.get(name) as string)
    expect((await thief.get('/secret')).status).toBe(200)
    expect((await thief.get('/vault')).headers.get('location')).toBe('/reauthenticate?next=%2Fvault')
  })

  it('is confirmed by the password of the one who is logged in, and of nobody else', async () => {
    clock.advance(601)
    await submit('/reauthenticate', { email: BOB.email, password: BOB.password })
    expect(await visit('/vault')).toMatchObject({ status: 302 })
    await submit('/reauthenticate', { email: BOB.email, password: ALICE.password })
    expect(await visit('/vault')).toMatchObject({ status: 200 })
  })

  it('is for nobody who is not logged in at all', async () => {
    browser = newBrowser()
    expect(await visit('/vault')).toEqual({ status: 302, location: '/login?next=%2Fvault' })
    expect(await visit('/reauthenticate')).toMatchObject({ location: '/login?next=%2Freauthenticate' })
  })
})

describe('logging out', () => {
  it('ends the session and the remember cookie, and says so', async () => {
    await logIn('/login', { remember: 'yes' })
    const answer = await submit('/logout', {}, '/secret')
    expect(answer.status).toBe(303)
    expect(browser.cookies.names()).toEqual(['demo_session'])
    expect(await (await browser.follow(answer)).text()).toContain('You are logged out.')
    expect(await visit('/secret')).toMatchObject({ status: 302 })
  })

  it('is no link, which an image could follow', async () => {
    await browser.loginAs(asUser(ALICE))
    expect(await visit('/logout')).toMatchObject({ status: 404 })
    expect(await visit('/secret')).toMatchObject({ status: 200 })
  })
})

describe('a forged form', () => {
  const credentials = { email: ALICE.email, password: ALICE.password }

  it.each(['/login', '/logout', '/reauthenticate'])('is refused without a token: %s', async (path) => {
    await browser.loginAs(asUser(ALICE))
    clock.advance(601)
    const { events } = recordEvents(manager)
    const answer = await browser.post(path, credentials)
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('This form is out of date')
    expect(events).toContainEqual(expect.objectContaining({ name: 'csrfRejected', reason: 'token' }))
    expect(await visit('/secret')).toMatchObject({ status: 200 })
    expect(await visit('/vault')).toMatchObject({ status: 302 })
  })

  it('is refused with the token of another visitor', async () => {
    const stolen = await tokenOn('/login')
    browser = newBrowser()
    await browser.get('/login')
    expect((await browser.post('/login', { ...credentials, csrf_token: stolen })).status).toBe(403)
    expect(await visit('/secret')).toMatchObject({ status: 302 })
  })

  it('is refused with a token from before the login', async () => {
    const planted = await tokenOn('/login')
    await logIn()
    expect((await browser.post('/logout', { csrf_token: planted })).status).toBe(403)
    expect(await visit('/secret')).toMatchObject({ status: 200 })
  })

  it('is refused when another site sends it, with the right token too', async () => {
    const fields = { ...credentials, csrf_token: await tokenOn('/login') }
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]) {
      expect((await browser.post('/login', fields, headers)).status).toBe(403)
    }
    expect(await visit('/secret')).toMatchObject({ status: 302 })
  })

  it.each(['multipart/form-data', 'application/json', 'text/plain'])('is no form at all: %s', async (type) => {
    const init = { method: 'POST', body: 'csrf_token', headers: { 'content-type': type } }
    expect((await browser.fetch('/login', init)).status).toBe(403)
  })
})

describe('every page', () => {
  it.each(['/', '/login', '/secret', '/vault', '/reauthenticate', '/nowhere'])(
    'allows no script and no style of its own, and none from elsewhere: %s',
    async (path) => {
      await browser.loginAs(asUser(ALICE))
      const page = await browser.follow(await browser.get(path))
      const html = await page.text()
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(html).toMatch(/^<!doctype html><html lang="en">/)
      expect(html).not.toMatch(/<script|<style|\son\w+=|\sstyle=|(?:src|href)="(?:https?:)?\/\//)
    },
  )

  it('is kept by no cache when it knows somebody', async () => {
    await browser.loginAs(asUser(ALICE))
    for (const path of ['/', '/secret', '/vault']) {
      expect((await browser.get(path)).headers.get('cache-control')).toBe('private, no-store')
    }
  })

  it('leaves no cookie with a visitor who only looks', async () => {
    await browser.get('/')
    await browser.get('/style.css')
    expect(browser.cookies.names()).toEqual([])
  })

  it('is more than a line where nothing is', async () => {
    const missing = await browser.get('/nowhere')
    expect(missing.status).toBe(404)
    expect(await missing.text()).toContain('<h1>Nothing is here</h1>')
  })

  it('finds its style and its icon', async () => {
    expect((await browser.get('/style.css')).headers.get('content-type')).toContain('text/css')
    expect((await browser.get('/icon.svg')).headers.get('content-type')).toBe('image/svg+xml')
  })
})

describe('what goes wrong', () => {
  it('refuses a form that is too large', async () => {
    expect((await browser.post('/login', { password: 'x'.repeat(20_000) })).status).toBe(413)
  })

  it('tells the console, and not the visitor, what broke', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    const broken = createApp({ users: { find: () => fail() } as unknown as Users, secret: SECRET, clock })
    browser = createTestClient((request) => broken.app.fetch(request), { manager, clock, origin: ORIGIN })
    await browser.loginAs(asUser(ALICE))
    const answer = await browser.get('/secret')
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('the table')
    expect(error).toHaveBeenCalledOnce()
    error.mockRestore()
  })
})

function fail(): never {
  throw new Error('the table is gone')
}
