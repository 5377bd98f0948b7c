import { createTestClock, type TestClient, type TestClock } from '@fetch-login/core/testing'
import { TOTP } from 'otpauth'
import { beforeEach, describe, expect, it } from 'vitest'
import { MemoryCounter } from './counter'
import { browserAt, served } from './fake/served'
import { createApp, type User } from './totp'

const SECRET = 'a secret of the tests, with no value elsewhere'
const ALICE: User = { id: '1', name: 'Alice', totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }
const BOB: User = { id: '2', name: 'Bob', totpSecret: null }
const CAROL: User = { id: '3', name: 'Carol', totpSecret: 'KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU' }
const DAVE = { id: '4', name: 'Dave', totpSecret: ALICE.totpSecret, isActive: false }
const ERIN = { id: '5', name: 'Erin', totpSecret: null, isActive: false }
const EVERYBODY: User[] = [ALICE, BOB, CAROL, DAVE, ERIN]
const PASSWORD = 'through the looking-glass'

const users = {
  find: async (id: string) => EVERYBODY.find((user) => user.id === id),
  check: async (name: string, password: string) =>
    EVERYBODY.find((user) => user.name === name && password === PASSWORD),
}

let clock: TestClock
let newBrowser: () => TestClient
let browser: TestClient

beforeEach(async () => {
  clock = createTestClock(1_800_000_000)
  const counter = new MemoryCounter(clock)
  const { origin } = await served(() => createApp({ secret: SECRET, clock, counter, users }))
  newBrowser = () => browserAt(origin, { clock })
  browser = newBrowser()
})

/** What the authenticator app of the user shows, some seconds from now. */
function codeOf({ totpSecret }: User, seconds = 0): string {
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

describe('a login in two steps', () => {
  it('asks for password and code, and leads to the page asked for', async () => {
    const refused = await browser.get('/vault')
    const first = await typePassword(ALICE, {}, refused.headers.get('location') as string)
    expect(first.headers.get('location')).toBe('/login/code?next=%2Fvault')
    const second = await typeCode(codeOf(ALICE), first.headers.get('location') as string)
    expect(second.headers.get('location')).toBe('/vault')
    expect(await visit('/vault')).toBe(200)
    clock.advance(30)
    expect((await typeCode(codeOf(ALICE))).headers.get('location')).toMatch(/^\/login\?next=/)
  })

  it('is no login while the code is pending: not for a page, not for the step-up', async () => {
    await typePassword(ALICE, { remember: 'yes' })
    expect(browser.cookies.names()).toEqual(['__Host-session'])
    expect(await visit('/')).toBe('/login?next=%2F')
    expect(await visit('/vault')).toBe('/login?next=%2Fvault')
    expect(await visit('/confirm')).toBe('/login')
    expect((await typeCode(codeOf(ALICE), '/confirm')).headers.get('location')).toBe('/login')
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('wants the password first: a code alone leads back to the start', async () => {
    expect((await typeCode(codeOf(ALICE))).headers.get('location')).toMatch(/^\/login\?next=/)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('is too late for the code after five minutes', async () => {
    await typePassword(ALICE)
    clock.advance(300)
    expect((await typeCode(codeOf(ALICE))).headers.get('location')).toMatch(/^\/login\?next=/)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('is over with another password: a wrong one leaves nobody pending', async () => {
    await typePassword(ALICE)
    expect((await typePassword(ALICE, { password: 'wrong' })).status).toBe(403)
    expect((await typeCode(codeOf(ALICE))).headers.get('location')).toMatch(/^\/login\?next=/)
  })

  it('takes the code of the very user, not of another one', async () => {
    await typePassword(ALICE)
    expect((await typeCode(codeOf(CAROL))).status).toBe(403)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('lets nobody in who is suspended, in one step or two', async () => {
    await typePassword(DAVE)
    expect((await typeCode(codeOf(DAVE))).status).toBe(403)
    expect((await typePassword(ERIN)).status).toBe(403)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('is one step for who has no second factor, who never sees what wants two', async () => {
    expect((await typePassword(BOB)).headers.get('location')).toBe('/')
    expect(await visit('/')).toBe(200)
    expect(await visit('/vault')).toBe('/confirm?next=%2Fvault')
    expect((await typeCode('', '/confirm')).status).toBe(403)
    expect((await typeCode('null', '/confirm')).status).toBe(403)
    expect(await visit('/vault')).toBe('/confirm?next=%2Fvault')
  })
})

describe('a code', () => {
  it.each(['000000', '', '12345', 'abcdef', '1234567'])('is refused when it is wrong: "%s"', async (code) => {
    await typePassword(ALICE)
    expect((await typeCode(code)).status).toBe(403)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('is good 30 seconds before and after its time, for clocks differ, and no longer', async () => {
    for (const [seconds, status] of [
      [-60, 403],
      [60, 403],
      [-30, 303],
      [0, 303],
      [30, 303],
    ] as const) {
      browser = newBrowser()
      await typePassword(ALICE)
      expect((await typeCode(codeOf(ALICE, seconds))).status).toBe(status)
    }
  })

  it('is refused the second time, in any browser and while it is still shown: somebody looked over the shoulder', async () => {
    const code = codeOf(ALICE)
    await typePassword(ALICE)
    expect((await typeCode(code)).status).toBe(303)
    browser = newBrowser()
    await typePassword(ALICE)
    for (const _ of [1, 2]) {
      expect((await typeCode(code)).status).toBe(403)
      clock.advance(30)
    }
    expect(await visit('/')).toBe('/login?next=%2F')
    expect((await typeCode(codeOf(ALICE))).status).toBe(303)
  })

  it('is taken once where twenty bring it at the same time', async () => {
    const copies = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const copy = newBrowser()
        await copy.post('/login', { name: ALICE.name, password: PASSWORD })
        return copy
      }),
    )
    const code = codeOf(ALICE)
    const answers = await Promise.all(copies.map((copy) => copy.post('/login/code', { code })))
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
  })
})

describe('guessing', () => {
  it('ends after five tries, with the right code too, for an hour', async () => {
    await typePassword(ALICE)
    for (let tries = 0; tries < 5; tries++) expect((await typeCode('000000')).status).toBe(403)
    expect((await typeCode(codeOf(ALICE))).status).toBe(403)
    clock.advance(3599)
    await typePassword(ALICE)
    expect((await typeCode(codeOf(ALICE))).status).toBe(403)
    clock.advance(1)
    expect((await typeCode(codeOf(ALICE))).status).toBe(303)
  })

  it('does not begin anew with a copy of the cookie, another browser or the step-up: the server counts', async () => {
    await typePassword(ALICE)
    const session = browser.cookies.get('__Host-session') as string
    for (let tries = 0; tries < 5; tries++) {
      browser = newBrowser()
      browser.cookies.set('__Host-session', session)
      expect((await typeCode('000000')).status).toBe(403)
    }
    browser = newBrowser()
    await typePassword(ALICE)
    expect((await typeCode(codeOf(ALICE))).status).toBe(403)
  })

  it('locks out nobody else, and a right code clears the count', async () => {
    for (let round = 0; round < 3; round++) {
      await typePassword(ALICE)
      for (let tries = 0; tries < 4; tries++) expect((await typeCode('000000')).status).toBe(403)
      expect((await typeCode(codeOf(ALICE))).status).toBe(303)
      clock.advance(30)
    }
    await typePassword(CAROL)
    expect((await typeCode(codeOf(CAROL))).status).toBe(303)
  })

  it('does not use up the code of another user in the same half minute', async () => {
    for (const user of [ALICE, CAROL]) {
      await typePassword(user)
      expect((await typeCode(codeOf(user))).status).toBe(303)
    }
  })
})

describe('the step-up', () => {
  beforeEach(async () => {
    await typePassword(ALICE, { remember: 'yes' })
    await typeCode(codeOf(ALICE))
    clock.advance(601)
  })

  it('asks a fresh login for the code alone, once the proof is ten minutes old', async () => {
    expect(await visit('/vault')).toBe('/confirm?next=%2Fvault')
    expect(await (await browser.get('/confirm')).text()).not.toContain('password')
    const answer = await typeCode(codeOf(ALICE), '/confirm?next=/vault')
    expect(answer.headers.get('location')).toBe('/vault')
    expect(await visit('/vault')).toBe(200)
  })

  it('asks a remembered login for the password too: a stolen cookie and a code are not two factors', async () => {
    browser.restart()
    expect(await visit('/')).toBe(200)
    expect(await visit('/vault')).toBe('/confirm?next=%2Fvault')
    expect(await (await browser.get('/confirm')).text()).toContain('password')
    expect((await typeCode(codeOf(ALICE), '/confirm')).status).toBe(403)
    expect(await visit('/vault')).toBe('/confirm?next=%2Fvault')

    clock.advance(30)
    const answer = await browser.post('/confirm', { code: codeOf(ALICE), password: PASSWORD })
    expect(answer.status).toBe(303)
    expect(await visit('/vault')).toBe(200)
    expect(browser.cookies.names()).toContain('__Host-remember_token')
  })

  it('refuses a wrong code and one that was used, and confirms nothing', async () => {
    const code = codeOf(ALICE)
    expect((await typeCode('000000', '/confirm')).status).toBe(403)
    expect((await typeCode(code, '/confirm')).status).toBe(303)
    clock.advance(601)
    expect((await typeCode(code, '/confirm')).status).toBe(403)
    expect(await visit('/vault')).toBe('/confirm?next=%2Fvault')
  })
})
