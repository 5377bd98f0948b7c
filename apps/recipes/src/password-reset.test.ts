import { randomBytes, scryptSync } from 'node:crypto'
import { createTestClock, type TestClient, type TestClock } from '@fetch-login/core/testing'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { MemoryCounter } from './counter'
import { createBrowser, sendRaw, serveApp } from './fake/served'
import { createApp, type ResetOptions, type User } from './password-reset'

const SECRET = 'a secret of the tests, with no value elsewhere'
const OLD = 'through the looking-glass'
const NEW = 'a boat on the river'
const ALICE = 'alice@example.com'
const BOB = 'bob@example.com'

let clock: TestClock
let table: Map<string, User>
let mails: { to: string; text: string }[]
let tokens: Map<string, { userId: string; until: number }>
let errors: unknown[]
let sendMail: ResetOptions['sendMail']
let findByEmail: ResetOptions['users']['findByEmail']
let origin: string
let openBrowser: () => TestClient
let browser: TestClient

beforeEach(async () => {
  clock = createTestClock()
  table = new Map()
  for (const [id, email] of [
    ['1', ALICE],
    ['2', BOB],
  ] as const)
    table.set(id, { id, email, passwordHash: hashPassword(OLD) })
  mails = []
  tokens = new Map()
  errors = []
  sendMail = async (to, text) => void mails.push({ to, text })
  findByEmail = async (email) => [...table.values()].find((user) => user.email === email)
  ;({ origin } = await serveApp((origin) => createApp(createOptions(origin))))
  openBrowser = () => createBrowser(origin, { clock })
  browser = openBrowser()
})

function createOptions(origin: string): ResetOptions {
  return {
    secret: SECRET,
    origin,
    clock,
    counter: new MemoryCounter(clock),
    sendMail: (to, text) => sendMail(to, text),
    onError: (error) => void errors.push(error),
    users: {
      find: async (id) => table.get(id),
      findByEmail: (email) => findByEmail(email),
      check: async (email, password) =>
        [...table.values()].find((user) => user.email === email && isHashOf(user.passwordHash, password)),
      setPassword: async (id, password) => {
        table.set(id, { ...(table.get(id) as User), passwordHash: hashPassword(password) })
      },
    },
    resets: {
      add: async ({ tokenHash, userId, until }) => void tokens.set(tokenHash, { userId, until }),
      take: async (tokenHash) => {
        const found = tokens.get(tokenHash)
        for (const [other, { userId }] of tokens) if (userId === found?.userId) tokens.delete(other)
        return found
      },
    },
  }
}

function hashPassword(password: string, salt = randomBytes(8).toString('hex')): string {
  return `${salt}.${scryptSync(password, salt, 16, { N: 16 }).toString('hex')}`
}

function isHashOf(hash: string, password: string): boolean {
  return hashPassword(password, hash.split('.')[0]) === hash
}

async function logIn(password: string, client = browser, email = ALICE): Promise<Response> {
  return client.post('/login', { email, password, remember: 'yes' })
}

async function requestToken(email = ALICE): Promise<string> {
  const before = mails.length
  await browser.post('/forgot', { email })
  await vi.waitFor(() => expect(mails.length).toBe(before + 1), { interval: 5 })
  return /token=([\w-]+)/.exec(mails.at(-1)?.text ?? '')?.[1] as string
}

async function isLoggedIn(client: TestClient): Promise<boolean> {
  return (await client.get('/')).status === 200
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 30))
}

it('sets a new password by the link of the mail, which leads to this app', async () => {
  const token = await requestToken()
  expect(mails[0]).toEqual({ to: ALICE, text: `Choose a new password: ${origin}/reset?token=${token}` })
  expect(await (await browser.get(`/reset?token=${token}`)).text()).toContain(`value="${token}"`)
  const response = await browser.post('/reset', { token, password: NEW })
  expect(response.headers.get('location')).toBe('/login')
  expect((await logIn(OLD)).status).toBe(403)
  expect((await logIn(NEW)).status).toBe(303)
  expect(await isLoggedIn(browser)).toBe(true)
})

it('ends every session and remembered login of the user, copies included, and no login of another user', async () => {
  const [thief, remembered, bob] = [openBrowser(), openBrowser(), openBrowser()]
  await logIn(OLD)
  await logIn(OLD, thief)
  await logIn(OLD, remembered)
  await logIn(OLD, bob, BOB)
  remembered.restart()
  expect(remembered.cookies.names()).toEqual(['__Host-remember_token'])
  expect(await isLoggedIn(thief)).toBe(true)

  await browser.post('/reset', { token: await requestToken(), password: NEW })
  for (const client of [browser, thief, remembered]) expect(await isLoggedIn(client)).toBe(false)
  expect(await isLoggedIn(bob)).toBe(true)
})

it('ends other logins even if the new password equals the old one', async () => {
  const thief = openBrowser()
  await logIn(OLD, thief)
  await browser.post('/reset', { token: await requestToken(), password: OLD })
  expect(await isLoggedIn(thief)).toBe(false)
})

it('does not log the user in, because access to a mailbox is not a second factor', async () => {
  await browser.post('/reset', { token: await requestToken(), password: NEW })
  expect(await isLoggedIn(browser)).toBe(false)
})

describe('the link of a password reset', () => {
  it('works once', async () => {
    const token = await requestToken()
    expect((await browser.post('/reset', { token, password: NEW })).status).toBe(303)
    expect((await browser.post('/reset', { token, password: 'the password of a thief' })).status).toBe(403)
    expect((await logIn(NEW)).status).toBe(303)
  })

  it('works once if two requests use it at the same time', async () => {
    const token = await requestToken()
    const answers = await Promise.all([1, 2].map((n) => browser.post('/reset', { token, password: `${NEW} ${n}` })))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 403])
  })

  it('is refused after half an hour', async () => {
    const token = await requestToken()
    clock.advance(1800)
    expect((await browser.post('/reset', { token, password: NEW })).status).toBe(403)
    expect((await logIn(OLD)).status).toBe(303)
  })

  it('is refused after another link of the same user was used', async () => {
    const [first, second] = [await requestToken(), await requestToken()]
    expect((await browser.post('/reset', { token: second, password: NEW })).status).toBe(303)
    expect((await browser.post('/reset', { token: first, password: 'the password of a thief' })).status).toBe(403)
  })

  it('still works after a GET request and after a password that is too short', async () => {
    const token = await requestToken()
    await browser.get(`/reset?token=${token}`)
    expect((await browser.post('/reset', { token, password: 'short' })).status).toBe(422)
    expect((await browser.post('/reset', { token, password: NEW })).status).toBe(303)
  })

  it('cannot be used with the value from the table, which does not contain the token', async () => {
    const token = await requestToken()
    expect(tokens.size).toBe(1)
    expect([...tokens.keys()]).not.toContain(token)
    expect((await browser.post('/reset', { token: [...tokens.keys()][0] as string, password: NEW })).status).toBe(403)
  })

  it.each(['', 'undefined', 'guessed', '"><script>'])('is refused if the token is invalid: %s', async (token) => {
    await requestToken()
    expect((await browser.post('/reset', { token, password: NEW })).status).toBe(403)
    expect(await (await browser.get(`/reset?token=${encodeURIComponent(token)}`)).text()).not.toContain('<script>')
  })

  it('leads to the configured origin, even if the request has another host', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' }
    expect((await sendRaw(origin, '/forgot', { form: { email: ALICE }, headers })).status).toBe(200)
    await vi.waitFor(() => expect(mails.length).toBe(1), { interval: 5 })
    expect(mails[0]?.text).not.toContain('evil')
  })

  it('opens a page that reveals the token to no other site and no cache', async () => {
    const page = await browser.get(`/reset?token=${await requestToken()}`)
    expect(page.headers.get('referrer-policy')).toBe('same-origin')
    expect(page.headers.get('cache-control')).toBe('no-store')
  })
})

describe('the request of a link', () => {
  it('returns the same bytes for a known and for an unknown address', async () => {
    const [unknown, known] = [await requestResponse('unknown@example.com'), await requestResponse(ALICE)]
    expect(known).toEqual(unknown)
    await vi.waitFor(() => expect(mails.map(({ to }) => to)).toEqual([ALICE]), { interval: 5 })
    expect(browser.cookies.names()).toEqual([])
  })

  it('responds before the table and the mail server are called, even if they hang or fail', async () => {
    const called = vi.fn()
    const respondDuring = async (kind: string, behave: () => Promise<never>): Promise<object> => {
      const replacement = () => {
        called(kind)
        return behave()
      }
      if (kind === 'table') findByEmail = replacement
      else sendMail = replacement
      const response = await requestResponse(ALICE)
      await vi.waitFor(() => expect(called).toHaveBeenLastCalledWith(kind), { interval: 5 })
      return response
    }
    const never = (): Promise<never> => new Promise(() => {})
    const usual = await requestResponse('unknown@example.com')
    expect(await respondDuring('mail', never)).toEqual(usual)
    expect(await respondDuring('mail again', () => Promise.reject(new Error('no mail today')))).toEqual(usual)
    expect(await respondDuring('table', never)).toEqual(usual)
    await vi.waitFor(() => expect(errors).toEqual([new Error('no mail today')]), { interval: 5 })
  })

  it('sends at most three mails an hour to a user, and returns the same response for each request', async () => {
    const found = vi.fn(findByEmail)
    findByEmail = found
    for (const _ of [1, 2, 3]) await requestToken()
    const fourth = await requestResponse(ALICE)
    await vi.waitFor(() => expect(found).toHaveBeenCalledTimes(4), { interval: 5 })
    await pause()
    expect(mails).toHaveLength(3)
    expect(fourth).toEqual(await requestResponse('unknown@example.com'))
    clock.advance(3600)
    await requestToken()
  })
})

async function requestResponse(email: string): Promise<object> {
  const response = await browser.post('/forgot', { email })
  const { date, ...headers } = Object.fromEntries(response.headers)
  return { status: response.status, headers, body: await response.text() }
}
