// The limits of a session in a cookie (docs/security.md). The server stores no session, so it cannot delete one, and
// parallel responses do not merge their changes. If a limit does not exist any more, update the test and the documents.
import { describe, expect, it } from 'vitest'
import { type Auth, createLoginManager, type LoginManagerOptions, withLogin } from '../src/index'
import { createTestClient, createTestClock, type TestClock } from '../src/testing'

interface User {
  readonly id: string
  stamp: number
}

const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'
const DAY = 86_400

type Operation = (auth: Auth<User>) => unknown

function setUp(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const alice: User = { id: 'alice', stamp: 1 }
  const manager = createLoginManager<User>({
    secrets: 'only for tests: 0123456789 abcdefghijklmnop',
    loadUser: (id) => (id === alice.id ? alice : null),
    sessionStamp: (user) => user.stamp,
    clock,
    ...options,
  })
  const createBrowser = () => {
    const operations: ((auth: Auth<User>) => Promise<string>)[] = []
    const app = withLogin(
      manager,
      async (request, auth) => new Response(await operations[Number(new URL(request.url).pathname.slice(1))]?.(auth)),
    )
    const client = createTestClient<User>(app, { clock })
    /** Runs an operation on the server. The browser receives the response when `until` resolves. */
    const run = async (operation: Operation, until: Promise<unknown> = Promise.resolve()): Promise<string> => {
      const number = operations.push(async (auth) => {
        const result = String(await operation(auth))
        await until
        return result
      })
      return (await client.fetch(`/${number - 1}`)).text()
    }
    return Object.assign(client, { run })
  }
  type Browser = ReturnType<typeof createBrowser>
  /** Creates a browser of a thief with a copy of these cookies and the same user agent. */
  const createThief = (victim: Browser, ...names: string[]): Browser => {
    const thief = createBrowser()
    for (const name of names) thief.cookies.set(name, victim.cookies.get(name) ?? '')
    return thief
  }
  return { alice, clock, manager, createBrowser, createThief }
}

const getUserId: Operation = async (auth) => (await auth.currentUser())?.id
const isFresh: Operation = (auth) => auth.loginFresh()
const getReason: Operation = (auth) => auth.whyAnonymous()

async function setUpLogin(options: Partial<LoginManagerOptions<User>> = {}) {
  const { createBrowser, ...rest } = setUp(options)
  const browser = createBrowser()
  await browser.run((auth) => auth.loginUser(rest.alice, { remember: true }))
  return { browser, createBrowser, ...rest }
}

/** Uses the login twice a day until one second before the end, and advances the clock by this second. */
async function useUntilEnd(
  days: number,
  browser: { run(operation: Operation): Promise<string> },
  clock: TestClock,
): Promise<void> {
  for (let half = 1; half < days * 2; half++) {
    clock.advance(DAY / 2)
    expect(await browser.run(getUserId)).toBe('alice')
  }
  clock.advance(DAY / 2 - 1)
  expect(await browser.run(getUserId)).toBe('alice')
  clock.advance(1)
}

describe('a copy of the cookies from before the logout', () => {
  it('stays logged in and fresh after the logout of the browser', async () => {
    const { browser, createThief } = await setUpLogin()
    const thief = createThief(browser, SESSION)
    await browser.run((auth) => auth.logoutUser())
    expect(browser.cookies.names()).toEqual(['__Host-session_ended'])
    expect(await browser.run(getUserId)).toBe('undefined')
    expect([await thief.run(getUserId), await thief.run(isFresh)]).toEqual(['alice', 'true'])
  })

  it('ends exactly after its idle time if it is not used', async () => {
    const { browser, clock, createThief } = await setUpLogin()
    const [used, unused] = [createThief(browser, SESSION), createThief(browser, SESSION)]
    await browser.run((auth) => auth.logoutUser())
    clock.advance(DAY - 1)
    expect(await used.run(getUserId)).toBe('alice')
    clock.advance(1)
    expect([await unused.run(getUserId), await unused.run(getReason)]).toEqual(['undefined', 'no-cookie'])
    expect(await used.run(getUserId)).toBe('alice')
  })

  it('is renewed while it is used, and ends exactly 31 days after the login', async () => {
    const { browser, clock, createThief } = await setUpLogin()
    const thief = createThief(browser, SESSION)
    await browser.run((auth) => auth.logoutUser())
    await useUntilEnd(31, thief, clock)
    expect(await thief.run(getReason)).toBe('expired')
  })

  it('of the remember cookie restores a login until its exact end, and is never fresh', async () => {
    const { browser, clock, createThief } = await setUpLogin()
    const [one, two] = [createThief(browser, REMEMBER), createThief(browser, REMEMBER)]
    await browser.run((auth) => auth.logoutUser())
    clock.advance(30 * DAY - 1)
    expect([await one.run(getUserId), await one.run(isFresh)]).toEqual(['alice', 'false'])
    clock.advance(1)
    expect(await two.run(getReason)).toBe('expired')
  })

  it('of the remember cookie starts a session whose 31 days begin at the restore', async () => {
    const { browser, clock, createThief } = await setUpLogin()
    const thief = createThief(browser, REMEMBER)
    clock.advance(30 * DAY - 1)
    expect(await thief.run(getUserId)).toBe('alice')
    await useUntilEnd(31, thief, clock)
    expect(await thief.run(getReason)).toBe('expired')
  })

  it.each([SESSION, REMEMBER])('is rejected after the stamp of the user changed: %s', async (name) => {
    const { browser, alice, createThief } = await setUpLogin()
    const thief = createThief(browser, name)
    expect(await thief.run(getUserId)).toBe('alice')
    alice.stamp = 2
    expect(await thief.run(getUserId)).toBe('undefined')
  })
})

describe('a deny list of the logins that a logout ended', () => {
  async function setUpDenyList() {
    const list = new Set<string>()
    const { manager, ...rest } = await setUpLogin({ isRevoked: (id) => list.has(id) })
    manager.on('userLoggedOut', ({ ended }) => ended.forEach(({ id }) => void list.add(id)))
    return rest
  }

  it.each([SESSION, REMEMBER])('rejects a copy of the cookie: %s', async (name) => {
    const { browser, createThief } = await setUpDenyList()
    const thief = createThief(browser, name)
    await browser.run((auth) => auth.logoutUser())
    expect([await thief.run(getReason), await thief.run(getUserId)]).toEqual(['revoked', 'undefined'])
  })

  it('does not reject a session that a thief restored earlier from a copy of the remember cookie', async () => {
    const { browser, createThief } = await setUpDenyList()
    const thief = createThief(browser, REMEMBER)
    expect(await thief.run(getUserId)).toBe('alice')
    await browser.run((auth) => auth.logoutUser())
    expect(await thief.run(getUserId)).toBe('alice')
    thief.cookies.delete(SESSION)
    expect(await thief.run(getUserId)).toBe('undefined')
  })
})

function createDeferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

describe('two parallel requests that change the session', () => {
  /** Sends both with the same cookies. The response of the second one arrives last. */
  async function runInParallel(
    browser: { run(operation: Operation, until?: Promise<unknown>): Promise<string> },
    ...operations: [Operation, Operation]
  ) {
    const [first, second] = [createDeferred(), createDeferred()]
    const responses = [browser.run(operations[0], first.promise), browser.run(operations[1], second.promise)]
    first.resolve()
    await responses[0]
    second.resolve()
    return Promise.all(responses)
  }
  const setKey =
    (key: string): Operation =>
    (auth) =>
      auth.session.set(key, 1)
  const getKeys: Operation = async (auth) => [await auth.session.get('one'), await auth.session.get('two')]

  it('are not merged: the browser keeps the cookie of the last response', async () => {
    const { browser } = await setUpLogin()
    await runInParallel(browser, setKey('one'), setKey('two'))
    expect(await browser.run(getKeys)).toBe(',1')
    await browser.run((auth) => auth.session.delete('two'))
    await runInParallel(browser, setKey('two'), setKey('one'))
    expect(await browser.run(getKeys)).toBe('1,')
  })

  it('both show a flash message', async () => {
    const { browser } = await setUpLogin()
    await browser.run((auth) => auth.flash('Saved.'))
    const take: Operation = async (auth) => (await auth.takeFlashes()).map(({ message }) => message)
    expect(await runInParallel(browser, take, take)).toEqual(['Saved.', 'Saved.'])
    expect(await browser.run(take)).toBe('')
  })

  it('create two valid CSRF tokens', async () => {
    const { browser } = await setUpLogin()
    const issue: Operation = (auth) => auth.csrfToken()
    const [early, late] = await runInParallel(browser, issue, issue)
    const check =
      (token: string | undefined): Operation =>
      (auth) =>
        auth.checkCsrf(token)
    expect([await browser.run(check(early)), await browser.run(check(late))]).toEqual(['true', 'true'])
  })

  it('leave the browser logged out if the response of a slow request arrives after that of the logout', async () => {
    const { browser } = await setUpLogin()
    await runInParallel(browser, (auth) => auth.logoutUser(), setKey('one'))
    expect(await browser.run(getUserId)).toBe('undefined')
  })

  it('leave the browser logged out if the slow request only renewed the session', async () => {
    const { browser, clock } = await setUpLogin()
    clock.advance(DAY / 10)
    await runInParallel(browser, (auth) => auth.logoutUser(), getUserId)
    expect(await browser.run(getUserId)).toBe('undefined')
  })

  it('leave the browser logged out if the slow request does not change a cookie', async () => {
    const { browser } = await setUpLogin()
    await runInParallel(browser, (auth) => auth.logoutUser(), getUserId)
    expect(await browser.run(getUserId)).toBe('undefined')
  })
})

it('the library accepts an old session cookie, so a visitor can restore earlier session data', async () => {
  const { browser, createThief } = await setUpLogin()
  await browser.run((auth) => auth.session.set('voucher', 'unused'))
  const before = createThief(browser, SESSION)
  await browser.run((auth) => auth.session.delete('voucher'))
  const voucher: Operation = (auth) => auth.session.get('voucher')
  expect([await browser.run(voucher), await before.run(voucher)]).toEqual(['undefined', 'unused'])
})
