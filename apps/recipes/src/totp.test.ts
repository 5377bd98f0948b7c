import { createTestClock, type TestClient, type TestClock } from '@fetch-login/core/testing'
import { TOTP } from 'otpauth'
import { beforeEach, describe, expect, it } from 'vitest'
import { MemoryCounter } from './counter'
import { createBrowser, serveApp } from './fake/served'
import { createApp, type User } from './totp'

const SECRET = 'a secret of the tests, with no value elsewhere'
const ALICE: User = { id: '1', name: 'Alice', totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }
const BOB: User = { id: '2', name: 'Bob', totpSecret: null }
const CAROL: User = { id: '3', name: 'Carol', totpSecret: 'KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU' }
const DAVE = { id: '4', name: 'Dave', totpSecret: ALICE.totpSecret, isActive: false }
const ERIN = { id: '5', name: 'Erin', totpSecret: null, isActive: false }
const USERS: User[] = [ALICE, BOB, CAROL, DAVE, ERIN]
const PASSWORD = 'through the looking-glass'

const users = {
  find: async (id: string) => USERS.find((user) => user.id === id),
  check: async (name: string, password: string) => USERS.find((user) => user.name === name && password === PASSWORD),
}

let clock: TestClock
let openBrowser: () => TestClient
let browser: TestClient

beforeEach(async () => {
  clock = createTestClock(1_800_000_000)
  const counter = new MemoryCounter(clock)
  const { origin } = await serveApp(() => createApp({ secret: SECRET, clock, counter, users }))
  openBrowser = () => createBrowser(origin, { clock })
  browser = openBrowser()
})

/** Returns the code that the authenticator app of the user shows some seconds from now. */
function generateCode({ totpSecret }: User, seconds = 0): string {
  return new TOTP({ secret: totpSecret as string }).generate({ timestamp: (clock() + seconds) * 1000 })
}

function typePassword(user: User, more: Record<string, string> = {}, path = '/login'): Promise<Response> {
  return browser.post(path, { name: user.name, password: PASSWORD, ...more })
}

function typeCode(code: string, path = '/login/code'): Promise<Response> {
  return browser.post(path, { code })
}

async function visit(path: string): Promise<string | number> {
  const { status, headers } = await browser.get(path)
  return headers.get('location') ?? status
}

describe('a login with TOTP', () => {
  it('requires the password and the code, and redirects to the requested page', async () => {
    const refused = await browser.get('/vault')
    const first = await typePassword(ALICE, {}, refused.headers.get('location') as string)
    expect(first.headers.get('location')).toBe('/login/code?next=%2Fvault')
    const second = await typeCode(generateCode(ALICE), first.headers.get('location') as string)
    expect(second.headers.get('location')).toBe('/vault')
    expect(await visit('/vault')).toBe(200)
    clock.advance(30)
    expect((await typeCode(generateCode(ALICE))).headers.get('location')).toMatch(/^\/login\?next=/)
  })

  it('does not exist for pages and for the step-up until the code is accepted', async () => {
    await typePassword(ALICE, { remember: 'yes' })
    expect(browser.cookies.names()).toEqual(['__Host-session'])
    expect(await visit('/')).toBe('/login?next=%2F')
    expect(await visit('/vault')).toBe('/login?next=%2Fvault')
    expect(await visit('/confirm')).toBe('/login')
    expect((await typeCode(generateCode(ALICE), '/confirm')).headers.get('location')).toBe('/login')
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('requires the password first: a code alone redirects to the login page', async () => {
    expect((await typeCode(generateCode(ALICE))).headers.get('location')).toMatch(/^\/login\?next=/)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('refuses the code five minutes after the password', async () => {
    await typePassword(ALICE)
    clock.advance(300)
    expect((await typeCode(generateCode(ALICE))).headers.get('location')).toMatch(/^\/login\?next=/)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('is no longer pending after a wrong password', async () => {
    await typePassword(ALICE)
    expect((await typePassword(ALICE, { password: 'wrong' })).status).toBe(403)
    expect((await typeCode(generateCode(ALICE))).headers.get('location')).toMatch(/^\/login\?next=/)
  })

  it('refuses the code of another user', async () => {
    await typePassword(ALICE)
    expect((await typeCode(generateCode(CAROL))).status).toBe(403)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('refuses a suspended user, with and without a second factor', async () => {
    await typePassword(DAVE)
    expect((await typeCode(generateCode(DAVE))).status).toBe(403)
    expect((await typePassword(ERIN)).status).toBe(403)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('needs only the password for a user without a second factor, who cannot open pages that require two', async () => {
    expect((await typePassword(BOB)).headers.get('location')).toBe('/')
    expect(await visit('/')).toBe(200)
    expect(await visit('/vault')).toBe('/confirm?next=%2Fvault')
    expect((await typeCode('', '/confirm')).status).toBe(403)
    expect((await typeCode('null', '/confirm')).status).toBe(403)
    expect(await visit('/vault')).toBe('/confirm?next=%2Fvault')
  })
})

describe('a TOTP code', () => {
  it.each(['000000', '', '12345', 'abcdef', '1234567'])('is refused if it is wrong: "%s"', async (code) => {
    await typePassword(ALICE)
    expect((await typeCode(code)).status).toBe(403)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('is accepted up to 30 seconds before and after its time, because clocks differ', async () => {
    for (const [seconds, status] of [
      [-60, 403],
      [60, 403],
      [-30, 303],
      [0, 303],
      [30, 303],
    ] as const) {
      browser = openBrowser()
      await typePassword(ALICE)
      expect((await typeCode(generateCode(ALICE, seconds))).status).toBe(status)
    }
  })

  it('is refused the second time, in every browser and even while it is still valid', async () => {
    const code = generateCode(ALICE)
    await typePassword(ALICE)
    expect((await typeCode(code)).status).toBe(303)
    browser = openBrowser()
    await typePassword(ALICE)
    for (const _ of [1, 2]) {
      expect((await typeCode(code)).status).toBe(403)
      clock.advance(30)
    }
    expect(await visit('/')).toBe('/login?next=%2F')
    expect((await typeCode(generateCode(ALICE))).status).toBe(303)
  })

  it('is accepted once if twenty requests send it at the same time', async () => {
    const copies = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const copy = openBrowser()
        await copy.post('/login', { name: ALICE.name, password: PASSWORD })
        return copy
      }),
    )
    const code = generateCode(ALICE)
    const answers = await Promise.all(copies.map((copy) => copy.post('/login/code', { code })))
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
  })
})

describe('attempts to guess a TOTP code', () => {
  it('are refused for an hour after five wrong codes, even with the right code', async () => {
    await typePassword(ALICE)
    for (let attempts = 0; attempts < 5; attempts++) expect((await typeCode('000000')).status).toBe(403)
    expect((await typeCode(generateCode(ALICE))).status).toBe(403)
    clock.advance(3599)
    await typePassword(ALICE)
    expect((await typeCode(generateCode(ALICE))).status).toBe(403)
    clock.advance(1)
    expect((await typeCode(generateCode(ALICE))).status).toBe(303)
  })

  it('are counted at the server, across copies of the cookie and several browsers', async () => {
    await typePassword(ALICE)
    const session = browser.cookies.get('__Host-session') as string
    for (let attempts = 0; attempts < 5; attempts++) {
      browser = openBrowser()
      browser.cookies.set('__Host-session', session)
      expect((await typeCode('000000')).status).toBe(403)
    }
    browser = openBrowser()
    await typePassword(ALICE)
    expect((await typeCode(generateCode(ALICE))).status).toBe(403)
  })

  it('do not lock out other users, and a right code resets the count', async () => {
    for (let round = 0; round < 3; round++) {
      await typePassword(ALICE)
      for (let attempts = 0; attempts < 4; attempts++) expect((await typeCode('000000')).status).toBe(403)
      expect((await typeCode(generateCode(ALICE))).status).toBe(303)
      clock.advance(30)
    }
    await typePassword(CAROL)
    expect((await typeCode(generateCode(CAROL))).status).toBe(303)
  })

  it('do not use up the code of another user in the same half minute', async () => {
    for (const user of [ALICE, CAROL]) {
      await typePassword(user)
      expect((await typeCode(generateCode(user))).status).toBe(303)
    }
  })
})

describe('the step-up to a second factor', () => {
  beforeEach(async () => {
    await typePassword(ALICE, { remember: 'yes' })
    await typeCode(generateCode(ALICE))
    clock.advance(601)
  })

  it('requires only the code for a fresh login whose second factor is ten minutes old', async () => {
    expect(await visit('/vault')).toBe('/confirm?next=%2Fvault')
    expect(await (await browser.get('/confirm')).text()).not.toContain('password')
    const response = await typeCode(generateCode(ALICE), '/confirm?next=/vault')
    expect(response.headers.get('location')).toBe('/vault')
    expect(await visit('/vault')).toBe(200)
  })

  it('requires the password too for a remembered login, because a stolen cookie is not a factor', async () => {
    browser.restart()
    expect(await visit('/')).toBe(200)
    expect(await visit('/vault')).toBe('/confirm?next=%2Fvault')
    expect(await (await browser.get('/confirm')).text()).toContain('password')
    expect((await typeCode(generateCode(ALICE), '/confirm')).status).toBe(403)
    expect(await visit('/vault')).toBe('/confirm?next=%2Fvault')

    clock.advance(30)
    const response = await browser.post('/confirm', { code: generateCode(ALICE), password: PASSWORD })
    expect(response.status).toBe(303)
    expect(await visit('/vault')).toBe(200)
    expect(browser.cookies.names()).toContain('__Host-remember_token')
  })

  it('refuses a wrong code and a used code, and does not confirm the login', async () => {
    const code = generateCode(ALICE)
    expect((await typeCode('000000', '/confirm')).status).toBe(403)
    expect((await typeCode(code, '/confirm')).status).toBe(303)
    clock.advance(601)
    expect((await typeCode(code, '/confirm')).status).toBe(403)
    expect(await visit('/vault')).toBe('/confirm?next=%2Fvault')
  })
})
