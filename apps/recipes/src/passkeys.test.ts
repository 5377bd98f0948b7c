import { createLoginManager } from '@fetch-login/core'
import { createTestClock, type TestClient, type TestClock } from '@fetch-login/core/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MemoryCounter } from './counter'
import { Authenticator, type CreationOptions, type Forgery, type RequestOptions } from './fake/authenticator'
import { createBrowser, serveApp } from './fake/served'
import { createApp, type Passkey, type User } from './passkeys'
import * as page from './passkeys.browser'

const SECRET = 'a secret of the tests, with no value elsewhere'
const [ALICE, BOB]: [User, User] = [
  { id: '1', name: 'Alice' },
  { id: '2', name: 'Bob' },
]
const CAROL = { id: '3', name: 'Carol', isActive: false }

let origin: string
let clock: TestClock
let table: Map<string, Passkey>
let openBrowser: () => TestClient<User>
let browser: TestClient<User>
let key: Authenticator

beforeEach(async () => {
  clock = createTestClock()
  table = new Map()
  // Passkeys are bound to a domain name, and an IP address is not one.
  const toLocalhost = (address: string): string => address.replace('127.0.0.1', 'localhost')
  const counter = new MemoryCounter(clock)
  const createTestApp = (address: string) =>
    createApp({ secret: SECRET, origin: toLocalhost(address), clock, counter, users, passkeys })
  const server = await serveApp(createTestApp)
  origin = toLocalhost(server.origin)
  openBrowser = () => createBrowser<User>(server.origin, { clock, manager })
  browser = openBrowser()
  key = new Authenticator(origin)
})

afterEach(() => void vi.unstubAllGlobals())

const users = { find: async (id: string) => [ALICE, BOB, CAROL].find((user) => user.id === id) }
const passkeys = {
  find: async (id: string) => table.get(id),
  findByUser: async ({ id }: User) => [...table.values()].filter(({ userId }) => userId === id),
  add: async (passkey: Passkey) => !table.has(passkey.id) && Boolean(table.set(passkey.id, passkey)),
  setCounter: async (id: string, counter: number) => {
    table.set(id, { ...(table.get(id) as Passkey), counter })
  },
}
/** A manager with the options of the app, for `loginAs()`. The first login does not use a passkey. */
const manager = createLoginManager<User>({ loadUser: users.find, secrets: SECRET, clock: () => clock() })

async function send(path: string, body: unknown, client = browser): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  return client.fetch(path, { method: 'POST', body: JSON.stringify(body), headers })
}

async function requestOptions(path: string, client = browser) {
  return (await send(path, {}, client)).json()
}

async function register(forgery: Forgery = {}, authenticator = key): Promise<Response> {
  return send('/passkeys', authenticator.create(await requestOptions('/passkeys/challenge'), forgery))
}

async function logIn(forgery: Forgery = {}, authenticator = key): Promise<Response> {
  return send('/login', authenticator.get(await requestOptions('/login/challenge'), forgery))
}

function copyBrowser(client: TestClient<User>): TestClient<User> {
  const copy = openBrowser()
  for (const name of client.cookies.names()) copy.cookies.set(name, client.cookies.get(name) as string)
  return copy
}

/** Registers a passkey for this user, and leaves an anonymous browser. */
async function registerFor(user: User, authenticator = key): Promise<Passkey> {
  browser = openBrowser()
  await browser.loginAs(user)
  expect((await register({}, authenticator)).status).toBe(201)
  browser = openBrowser()
  return [...table.values()].at(-1) as Passkey
}

async function readGreeting(client = browser): Promise<string> {
  const response = await client.get('/')
  return response.status === 200 ? response.text() : 'anonymous'
}

it('registers a passkey for the current user, who can then log in by the passkey alone', async () => {
  await registerFor(ALICE)
  expect(await readGreeting()).toBe('anonymous')
  const response = await send('/login?next=/vault', key.get(await requestOptions('/login/challenge')))
  expect(await response.json()).toEqual({ next: '/vault' })
  expect(await readGreeting()).toBe('Hello Alice')
})

it('counts a login by passkey as two factors: the device, and the verification of the user', async () => {
  await registerFor(ALICE)
  await browser.loginAs(ALICE)
  expect((await browser.get('/vault')).headers.get('location')).toBe('/login?next=%2Fvault')
  await logIn()
  expect((await browser.get('/vault')).status).toBe(200)
})

it('confirms a remembered login, and keeps the remember cookie', async () => {
  await registerFor(ALICE)
  await browser.loginAs(ALICE, { remember: true })
  browser.restart()
  expect((await browser.get('/vault')).status).toBe(302)
  await logIn()
  expect((await browser.get('/vault')).status).toBe(200)
  expect(browser.cookies.names()).toContain('__Host-remember_token')
})

it('logs in the user of the passkey: Bob does not confirm the login of Alice', async () => {
  await registerFor(BOB)
  await browser.loginAs(ALICE)
  await logIn()
  expect(await readGreeting()).toBe('Hello Bob')
})

it('refuses a login by the passkey of a suspended user', async () => {
  await registerFor(ALICE)
  const [passkey] = table.values()
  table.set(String(passkey?.id), { ...(passkey as Passkey), userId: CAROL.id })
  const response = await logIn({ userHandle: Buffer.from(CAROL.id).toString('base64url') })
  expect(await response.json()).toEqual({ error: 'This account is suspended.' })
  expect(await readGreeting()).toBe('anonymous')
})

describe('the registration of a passkey', () => {
  it('is refused for an anonymous request and for a stale login', async () => {
    expect((await send('/passkeys/challenge', {})).status).toBe(401)
    await browser.loginAs(ALICE, { fresh: false })
    expect((await send('/passkeys/challenge', {})).status).toBe(401)
    expect((await send('/passkeys', {})).status).toBe(401)
  })

  it.each<[string, Forgery]>([
    ['a wrong challenge', { challenge: 'AAAA' }],
    ['an empty challenge', { challenge: '' }],
    ['a wrong origin (phishing)', { origin: 'https://evil.example' }],
    ['another domain', { rpId: 'evil.example' }],
    ['the response of the other ceremony', { type: 'webauthn.get' }],
    ['a user that the device did not verify', { unverified: true }],
  ])('is refused with %s', async (_what, forgery) => {
    await browser.loginAs(ALICE)
    expect((await register(forgery)).status).toBe(400)
    expect(table.size).toBe(0)
  })

  it('does not replace the passkey of another user', async () => {
    const { id, publicKey } = await registerFor(BOB)
    await browser.loginAs(ALICE)
    expect((await register({ id }, new Authenticator(origin))).status).toBe(409)
    expect(table.get(id)).toMatchObject({ userId: BOB.id, publicKey })
  })

  it('is refused with the challenge of the previous user of the session', async () => {
    await browser.loginAs(ALICE)
    const response = key.create(await requestOptions('/passkeys/challenge'))
    await browser.loginAs(BOB)
    expect((await send('/passkeys', response)).status).toBe(400)
  })
})

describe('a login by passkey', () => {
  it.each<[string, Forgery]>([
    ['a wrong challenge', { challenge: 'AAAA' }],
    ['an empty challenge', { challenge: '' }],
    ['a wrong origin (phishing)', { origin: 'https://evil.example' }],
    ['another domain', { rpId: 'evil.example' }],
    ['the response of the other ceremony', { type: 'webauthn.create' }],
    ['a user that the device did not verify', { unverified: true }],
    ['the user handle of another user', { userHandle: Buffer.from(BOB.id).toString('base64url') }],
    ['an empty user handle', { userHandle: '' }],
    ['an unknown passkey', { id: 'AAAA' }],
  ])('is refused with %s', async (_what, forgery) => {
    await registerFor(ALICE)
    expect((await logIn(forgery)).status).toBe(403)
    expect(await readGreeting()).toBe('anonymous')
  })

  it('is refused if the user handle does not belong to the passkey, in both directions', async () => {
    const mine = new Authenticator(origin)
    const { id } = await registerFor(BOB)
    await registerFor(ALICE, mine)
    const bob = Buffer.from(BOB.id).toString('base64url')
    expect((await logIn({ id, userHandle: bob }, mine)).status).toBe(403)
    expect((await logIn({ id }, mine)).status).toBe(403)
    expect(await readGreeting()).toBe('anonymous')
  })

  it('is refused without a challenge, and with the challenge of another browser', async () => {
    await registerFor(ALICE)
    const elsewhere = key.get(await requestOptions('/login/challenge', openBrowser()))
    expect((await send('/login', elsewhere)).status).toBe(403)
    await requestOptions('/login/challenge')
    expect((await send('/login', elsewhere)).status).toBe(403)
  })

  it('is refused five minutes after its challenge', async () => {
    await registerFor(ALICE)
    const response = key.get(await requestOptions('/login/challenge'))
    clock.advance(300)
    expect((await send('/login', response)).status).toBe(403)
  })

  it('uses a challenge once: a second response is refused, and so is one with a copy of the session cookie', async () => {
    await registerFor(ALICE)
    const options = await requestOptions('/login/challenge')
    const [firstCopy, secondCopy] = [copyBrowser(browser), copyBrowser(browser)]
    const response = key.get(options)
    expect((await send('/login', response)).status).toBe(200)
    expect((await send('/login', response)).status).toBe(403)
    expect((await send('/login', response, firstCopy)).status).toBe(403)
    expect((await send('/login', key.get(options), secondCopy)).status).toBe(403)
    expect([await readGreeting(firstCopy), await readGreeting(secondCopy)]).toEqual(['anonymous', 'anonymous'])
  })

  it('uses up the challenge after a wrong response', async () => {
    await registerFor(ALICE)
    const options = await requestOptions('/login/challenge')
    const copy = copyBrowser(browser)
    expect((await send('/login', key.get(options, { challenge: 'AAAA' }))).status).toBe(403)
    expect((await send('/login', key.get(options))).status).toBe(403)
    expect((await send('/login', key.get(options), copy)).status).toBe(403)
  })

  it('removes the challenge from the session', async () => {
    await registerFor(ALICE)
    const challenge = (await requestOptions('/login/challenge')).challenge
    const decodeSession = (): string =>
      Buffer.from(String(browser.cookies.get('__Host-session')?.split('.')[1]), 'base64url').toString()
    expect(decodeSession()).toContain(challenge)
    await logIn()
    expect(decodeSession()).not.toContain('challenge')
  })

  it('is refused if the signature counter does not increase, which indicates a cloned device', async () => {
    await registerFor(ALICE)
    expect((await logIn({ counter: 7 })).status).toBe(200)
    browser = openBrowser()
    expect((await logIn({ counter: 7 })).status).toBe(403)
    expect((await logIn({ counter: 6 })).status).toBe(403)
    expect((await logIn({ counter: 8 })).status).toBe(200)
  })

  it.each(['null', '1', '"text"', '{}', '[]', 'not JSON', '{"id":{}}', '{"id":"__proto__"}'])(
    'is refused without an internal error for the body %s, as is a registration',
    async (body) => {
      await browser.loginAs(ALICE)
      for (const [path, status] of [
        ['/login', 403],
        ['/passkeys', 400],
      ] as const) {
        await send(`${path}/challenge`, {})
        expect((await browser.fetch(path, { method: 'POST', body })).status).toBe(status)
      }
    },
  )
})

it('the code of the page registers a passkey and logs in by it without a library', async () => {
  const assign = vi.fn()
  vi.stubGlobal('location', { search: '?next=/vault', assign })
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => browser.fetch(path, init))
  vi.stubGlobal('PublicKeyCredential', {
    parseCreationOptionsFromJSON: (options: unknown) => options,
    parseRequestOptionsFromJSON: (options: unknown) => options,
  })
  vi.stubGlobal('navigator', {
    credentials: {
      create: async ({ publicKey }: { publicKey: CreationOptions }) => key.create(publicKey),
      get: async ({ publicKey }: { publicKey: RequestOptions }) => key.get(publicKey),
    },
  })
  await expect(page.addPasskey()).rejects.toThrow('Please log in')
  await browser.loginAs(ALICE)
  await page.addPasskey()
  browser = openBrowser()
  await page.logIn()
  expect(assign).toHaveBeenCalledWith('/vault')
  expect(await readGreeting()).toBe('Hello Alice')
})
