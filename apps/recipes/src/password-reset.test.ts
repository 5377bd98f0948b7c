import { randomBytes, scryptSync } from 'node:crypto'
import { createTestClock, type TestClient, type TestClock } from '@fetch-login/core/testing'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { MemoryCounter } from './counter'
import { browserAt, sendRaw, served } from './fake/served'
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
let newBrowser: () => TestClient
let browser: TestClient

beforeEach(async () => {
  clock = createTestClock()
  table = new Map()
  for (const [id, email] of [
    ['1', ALICE],
    ['2', BOB],
  ] as const)
    table.set(id, { id, email, passwordHash: hashed(OLD) })
  mails = []
  tokens = new Map()
  errors = []
  sendMail = async (to, text) => void mails.push({ to, text })
  findByEmail = async (email) => [...table.values()].find((user) => user.email === email)
  ;({ origin } = await served((origin) => createApp(optionsAt(origin))))
  newBrowser = () => browserAt(origin, { clock })
  browser = newBrowser()
})

function optionsAt(origin: string): ResetOptions {
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
        [...table.values()].find((user) => user.email === email && isOf(user.passwordHash, password)),
      setPassword: async (id, password) => {
        table.set(id, { ...(table.get(id) as User), passwordHash: hashed(password) })
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

function hashed(password: string, salt = randomBytes(8).toString('hex')): string {
  return `${salt}.${scryptSync(password, salt, 16, { N: 16 }).toString('hex')}`
}

function isOf(hash: string, password: string): boolean {
  return hashed(password, hash.split('.')[0]) === hash
}

async function logIn(password: string, client = browser, email = ALICE): Promise<Response> {
  return client.post('/login', { email, password, remember: 'yes' })
}

async function forgot(email = ALICE): Promise<string> {
  const before = mails.length
  await browser.post('/forgot', { email })
  await vi.waitFor(() => expect(mails.length).toBe(before + 1), { interval: 5 })
  return /token=([\w-]+)/.exec(mails.at(-1)?.text ?? '')?.[1] as string
}

async function isIn(client: TestClient): Promise<boolean> {
  return (await client.get('/')).status === 200
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 30))
}

it('sets a new password by the link of the mail, which is of this app alone', async () => {
  const token = await forgot()
  expect(mails[0]).toEqual({ to: ALICE, text: `Choose a new password: ${origin}/reset?token=${token}` })
  expect(await (await browser.get(`/reset?token=${token}`)).text()).toContain(`value="${token}"`)
  const answer = await browser.post('/reset', { token, password: NEW })
  expect(answer.headers.get('location')).toBe('/login')
  expect((await logIn(OLD)).status).toBe(403)
  expect((await logIn(NEW)).status).toBe(303)
  expect(await isIn(browser)).toBe(true)
})

it('ends every other login: sessions, remember cookies and their copies, and nobody else’s', async () => {
  const [thief, remembered, bob] = [newBrowser(), newBrowser(), newBrowser()]
  await logIn(OLD)
  await logIn(OLD, thief)
  await logIn(OLD, remembered)
  await logIn(OLD, bob, BOB)
  remembered.restart()
  expect(remembered.cookies.names()).toEqual(['__Host-remember_token'])
  expect(await isIn(thief)).toBe(true)

  await browser.post('/reset', { token: await forgot(), password: NEW })
  for (const client of [browser, thief, remembered]) expect(await isIn(client)).toBe(false)
  expect(await isIn(bob)).toBe(true)
})

it('ends them where the new password is the old one too', async () => {
  const thief = newBrowser()
  await logIn(OLD, thief)
  await browser.post('/reset', { token: await forgot(), password: OLD })
  expect(await isIn(thief)).toBe(false)
})

it('logs nobody in by itself: a mailbox is no second factor', async () => {
  await browser.post('/reset', { token: await forgot(), password: NEW })
  expect(await isIn(browser)).toBe(false)
})

describe('a link', () => {
  it('is good once', async () => {
    const token = await forgot()
    expect((await browser.post('/reset', { token, password: NEW })).status).toBe(303)
    expect((await browser.post('/reset', { token, password: 'the password of a thief' })).status).toBe(403)
    expect((await logIn(NEW)).status).toBe(303)
  })

  it('is good once, where two come at the same time', async () => {
    const token = await forgot()
    const answers = await Promise.all([1, 2].map((n) => browser.post('/reset', { token, password: `${NEW} ${n}` })))
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 403])
  })

  it('is good for half an hour', async () => {
    const token = await forgot()
    clock.advance(1800)
    expect((await browser.post('/reset', { token, password: NEW })).status).toBe(403)
    expect((await logIn(OLD)).status).toBe(303)
  })

  it('is dead once another one of the same user was used', async () => {
    const [first, second] = [await forgot(), await forgot()]
    expect((await browser.post('/reset', { token: second, password: NEW })).status).toBe(303)
    expect((await browser.post('/reset', { token: first, password: 'the password of a thief' })).status).toBe(403)
  })

  it('is not used up by looking at it, nor by a password that is too short', async () => {
    const token = await forgot()
    await browser.get(`/reset?token=${token}`)
    expect((await browser.post('/reset', { token, password: 'short' })).status).toBe(422)
    expect((await browser.post('/reset', { token, password: NEW })).status).toBe(303)
  })

  it('is not in the table, so that who reads the table cannot use it', async () => {
    const token = await forgot()
    expect(tokens.size).toBe(1)
    expect([...tokens.keys()]).not.toContain(token)
    expect((await browser.post('/reset', { token: [...tokens.keys()][0] as string, password: NEW })).status).toBe(403)
  })

  it.each(['', 'undefined', 'guessed', '"><script>'])('is refused when it is made up: %s', async (token) => {
    await forgot()
    expect((await browser.post('/reset', { token, password: NEW })).status).toBe(403)
    expect(await (await browser.get(`/reset?token=${encodeURIComponent(token)}`)).text()).not.toContain('<script>')
  })

  it('leads to this app, whatever host the request names', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' }
    expect((await sendRaw(origin, '/forgot', { form: { email: ALICE }, headers })).status).toBe(200)
    await vi.waitFor(() => expect(mails.length).toBe(1), { interval: 5 })
    expect(mails[0]?.text).not.toContain('evil')
  })

  it('is told to no other site and no cache by the page that it opens', async () => {
    const page = await browser.get(`/reset?token=${await forgot()}`)
    expect(page.headers.get('referrer-policy')).toBe('same-origin')
    expect(page.headers.get('cache-control')).toBe('no-store')
  })
})

describe('who asks', () => {
  it('is not told whether somebody has the address: the answers are the same to the byte', async () => {
    const [unknown, known] = [await told('nobody@example.com'), await told(ALICE)]
    expect(known).toEqual(unknown)
    await vi.waitFor(() => expect(mails.map(({ to }) => to)).toEqual([ALICE]), { interval: 5 })
    expect(browser.cookies.names()).toEqual([])
  })

  it('waits for no mail server, no table and no mistake: the time tells nothing either', async () => {
    const asked = vi.fn()
    const after = async (kind: string, behave: () => Promise<never>): Promise<object> => {
      const slowly = () => {
        asked(kind)
        return behave()
      }
      if (kind === 'table') findByEmail = slowly
      else sendMail = slowly
      const answer = await told(ALICE)
      await vi.waitFor(() => expect(asked).toHaveBeenLastCalledWith(kind), { interval: 5 })
      return answer
    }
    const never = (): Promise<never> => new Promise(() => {})
    const usual = await told('nobody@example.com')
    expect(await after('mail', never)).toEqual(usual)
    expect(await after('mail again', () => Promise.reject(new Error('no mail today')))).toEqual(usual)
    expect(await after('table', never)).toEqual(usual)
    await vi.waitFor(() => expect(errors).toEqual([new Error('no mail today')]), { interval: 5 })
  })

  it('cannot fill a mailbox: three mails an hour, and the same answer', async () => {
    const found = vi.fn(findByEmail)
    findByEmail = found
    for (const _ of [1, 2, 3]) await forgot()
    const fourth = await told(ALICE)
    await vi.waitFor(() => expect(found).toHaveBeenCalledTimes(4), { interval: 5 })
    await pause()
    expect(mails).toHaveLength(3)
    expect(fourth).toEqual(await told('nobody@example.com'))
    clock.advance(3600)
    await forgot()
  })
})

async function told(email: string): Promise<object> {
  const answer = await browser.post('/forgot', { email })
  const { date, ...headers } = Object.fromEntries(answer.headers)
  return { status: answer.status, headers, body: await answer.text() }
}
