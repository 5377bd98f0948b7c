import { createLoginManager } from '@fetch-login/core'
import { createTestClock, type TestClient, type TestClock } from '@fetch-login/core/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MemoryCounter } from './counter'
import { Authenticator, type CreationOptions, type Lies, type RequestOptions } from './fake/authenticator'
import { browserAt, served } from './fake/served'
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
let newBrowser: () => TestClient<User>
let browser: TestClient<User>
let key: Authenticator

beforeEach(async () => {
  clock = createTestClock()
  table = new Map()
  // Passkeys are bound to a domain, and an address is none.
  const named = (address: string): string => address.replace('127.0.0.1', 'localhost')
  const counter = new MemoryCounter(clock)
  const make = (address: string) =>
    createApp({ secret: SECRET, origin: named(address), clock, counter, users, passkeys })
  const server = await served(make)
  origin = named(server.origin)
  newBrowser = () => browserAt<User>(server.origin, { clock, manager })
  browser = newBrowser()
  key = new Authenticator(origin)
})

afterEach(() => void vi.unstubAllGlobals())

const users = { find: async (id: string) => [ALICE, BOB, CAROL].find((user) => user.id === id) }
const passkeys = {
  find: async (id: string) => table.get(id),
  of: async ({ id }: User) => [...table.values()].filter(({ userId }) => userId === id),
  add: async (passkey: Passkey) => !table.has(passkey.id) && Boolean(table.set(passkey.id, passkey)),
  setCounter: async (id: string, counter: number) => {
    table.set(id, { ...(table.get(id) as Passkey), counter })
  },
}
/** As the app's, for `loginAs()`: the first login comes from elsewhere. */
const manager = createLoginManager<User>({ loadUser: users.find, secrets: SECRET, clock: () => clock() })

async function send(path: string, body: unknown, client = browser): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  return client.fetch(path, { method: 'POST', body: JSON.stringify(body), headers })
}

async function optionsOf(path: string, client = browser) {
  return (await send(path, {}, client)).json()
}

async function register(lies: Lies = {}, authenticator = key): Promise<Response> {
  return send('/passkeys', authenticator.create(await optionsOf('/passkeys/challenge'), lies))
}

async function logIn(lies: Lies = {}, authenticator = key): Promise<Response> {
  return send('/login', authenticator.get(await optionsOf('/login/challenge'), lies))
}

function copyOf(client: TestClient<User>): TestClient<User> {
  const copy = newBrowser()
  for (const name of client.cookies.names()) copy.cookies.set(name, client.cookies.get(name) as string)
  return copy
}

/** A passkey for this user, and nobody logged in. */
async function registered(user: User, authenticator = key): Promise<Passkey> {
  browser = newBrowser()
  await browser.loginAs(user)
  expect((await register({}, authenticator)).status).toBe(201)
  browser = newBrowser()
  return [...table.values()].at(-1) as Passkey
}

async function whoIs(client = browser): Promise<string> {
  const answer = await client.get('/')
  return answer.status === 200 ? answer.text() : 'nobody'
}

it('registers a passkey for who is logged in, and logs in by it alone', async () => {
  await registered(ALICE)
  expect(await whoIs()).toBe('nobody')
  const answer = await send('/login?next=/vault', key.get(await optionsOf('/login/challenge')))
  expect(await answer.json()).toEqual({ next: '/vault' })
  expect(await whoIs()).toBe('Hello Alice')
})

it('opens what wants two factors: having the device, and being verified by it', async () => {
  await registered(ALICE)
  await browser.loginAs(ALICE)
  expect((await browser.get('/vault')).headers.get('location')).toBe('/login?next=%2Fvault')
  await logIn()
  expect((await browser.get('/vault')).status).toBe(200)
})

it('confirms a remembered login, and leaves the remember cookie where it is', async () => {
  await registered(ALICE)
  await browser.loginAs(ALICE, { remember: true })
  browser.restart()
  expect((await browser.get('/vault')).status).toBe(302)
  await logIn()
  expect((await browser.get('/vault')).status).toBe(200)
  expect(browser.cookies.names()).toContain('__Host-remember_token')
})

it('is of whoever touched the key: the login of Alice is not confirmed by Bob', async () => {
  await registered(BOB)
  await browser.loginAs(ALICE)
  await logIn()
  expect(await whoIs()).toBe('Hello Bob')
})

it('lets nobody in who is suspended', async () => {
  await registered(ALICE)
  const [passkey] = table.values()
  table.set(String(passkey?.id), { ...(passkey as Passkey), userId: CAROL.id })
  const answer = await logIn({ userHandle: Buffer.from(CAROL.id).toString('base64url') })
  expect(await answer.json()).toEqual({ error: 'This account is suspended.' })
  expect(await whoIs()).toBe('nobody')
})

describe('a registration', () => {
  it('is for nobody, and for no login that is not fresh', async () => {
    expect((await send('/passkeys/challenge', {})).status).toBe(401)
    await browser.loginAs(ALICE, { fresh: false })
    expect((await send('/passkeys/challenge', {})).status).toBe(401)
    expect((await send('/passkeys', {})).status).toBe(401)
  })

  it.each<[string, Lies]>([
    ['a wrong challenge', { challenge: 'AAAA' }],
    ['an empty challenge', { challenge: '' }],
    ['a wrong origin: the page of a phisher', { origin: 'https://evil.example' }],
    ['another domain', { rpId: 'evil.example' }],
    ['an answer to the other question', { type: 'webauthn.get' }],
    ['a user whom the device did not verify', { unverified: true }],
  ])('is refused with %s', async (_what, lies) => {
    await browser.loginAs(ALICE)
    expect((await register(lies)).status).toBe(400)
    expect(table.size).toBe(0)
  })

  it('does not take over the passkey of somebody else', async () => {
    const { id, publicKey } = await registered(BOB)
    await browser.loginAs(ALICE)
    expect((await register({ id }, new Authenticator(origin))).status).toBe(409)
    expect(table.get(id)).toMatchObject({ userId: BOB.id, publicKey })
  })

  it('is not taken with the challenge of the one who was logged in before', async () => {
    await browser.loginAs(ALICE)
    const answer = key.create(await optionsOf('/passkeys/challenge'))
    await browser.loginAs(BOB)
    expect((await send('/passkeys', answer)).status).toBe(400)
  })
})

describe('a login', () => {
  it.each<[string, Lies]>([
    ['a wrong challenge', { challenge: 'AAAA' }],
    ['an empty challenge', { challenge: '' }],
    ['a wrong origin: the page of a phisher', { origin: 'https://evil.example' }],
    ['another domain', { rpId: 'evil.example' }],
    ['an answer to the other question', { type: 'webauthn.create' }],
    ['a user whom the device did not verify', { unverified: true }],
    ['the name of another user', { userHandle: Buffer.from(BOB.id).toString('base64url') }],
    ['no name of a user', { userHandle: '' }],
    ['a passkey that nobody has', { id: 'AAAA' }],
  ])('is refused with %s', async (_what, lies) => {
    await registered(ALICE)
    expect((await logIn(lies)).status).toBe(403)
    expect(await whoIs()).toBe('nobody')
  })

  it("is refused with another user's passkey under one's own name, and with one's own under another's", async () => {
    const mine = new Authenticator(origin)
    const { id } = await registered(BOB)
    await registered(ALICE, mine)
    const bob = Buffer.from(BOB.id).toString('base64url')
    expect((await logIn({ id, userHandle: bob }, mine)).status).toBe(403)
    expect((await logIn({ id }, mine)).status).toBe(403)
    expect(await whoIs()).toBe('nobody')
  })

  it('is refused without a challenge, and with one that was given to another browser', async () => {
    await registered(ALICE)
    const elsewhere = key.get(await optionsOf('/login/challenge', newBrowser()))
    expect((await send('/login', elsewhere)).status).toBe(403)
    await optionsOf('/login/challenge')
    expect((await send('/login', elsewhere)).status).toBe(403)
  })

  it('is refused after five minutes', async () => {
    await registered(ALICE)
    const answer = key.get(await optionsOf('/login/challenge'))
    clock.advance(300)
    expect((await send('/login', answer)).status).toBe(403)
  })

  it('takes a challenge once: not for a second answer, and not for a copy of the cookie from before', async () => {
    await registered(ALICE)
    const options = await optionsOf('/login/challenge')
    const [thief, robber] = [copyOf(browser), copyOf(browser)]
    const answer = key.get(options)
    expect((await send('/login', answer)).status).toBe(200)
    expect((await send('/login', answer)).status).toBe(403)
    expect((await send('/login', answer, thief)).status).toBe(403)
    expect((await send('/login', key.get(options), robber)).status).toBe(403)
    expect([await whoIs(thief), await whoIs(robber)]).toEqual(['nobody', 'nobody'])
  })

  it('takes a challenge once for a wrong answer too: nobody guesses twice', async () => {
    await registered(ALICE)
    const options = await optionsOf('/login/challenge')
    const copy = copyOf(browser)
    expect((await send('/login', key.get(options, { challenge: 'AAAA' }))).status).toBe(403)
    expect((await send('/login', key.get(options))).status).toBe(403)
    expect((await send('/login', key.get(options), copy)).status).toBe(403)
  })

  it('leaves no challenge behind in the session', async () => {
    await registered(ALICE)
    const challenge = (await optionsOf('/login/challenge')).challenge
    const session = (): string =>
      Buffer.from(String(browser.cookies.get('__Host-session')?.split('.')[1]), 'base64url').toString()
    expect(session()).toContain(challenge)
    await logIn()
    expect(session()).not.toContain('challenge')
  })

  it('is refused where the device counts backwards: somebody has a copy of it', async () => {
    await registered(ALICE)
    expect((await logIn({ counter: 7 })).status).toBe(200)
    browser = newBrowser()
    expect((await logIn({ counter: 7 })).status).toBe(403)
    expect((await logIn({ counter: 6 })).status).toBe(403)
    expect((await logIn({ counter: 8 })).status).toBe(200)
  })

  it.each(['null', '1', '"text"', '{}', '[]', 'no JSON', '{"id":{}}', '{"id":"__proto__"}'])(
    'is refused, and breaks nothing, with %s',
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

it('is done by a few lines in the page, without a library', async () => {
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
  browser = newBrowser()
  await page.logIn()
  expect(assign).toHaveBeenCalledWith('/vault')
  expect(await whoIs()).toBe('Hello Alice')
})
