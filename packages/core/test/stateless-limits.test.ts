// What a session in a cookie cannot do, exactly (docs/security.md): nothing is kept on the server, so nothing on the
// server can be deleted, and two answers that change the session do not meet. These are limits and no promises: where a
// test here turns red because a limit is gone, rejoice, and change the documents.
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

type Verb = (auth: Auth<User>) => unknown

function world(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const alice: User = { id: 'alice', stamp: 1 }
  const manager = createLoginManager<User>({
    secrets: 'only for tests: 0123456789 abcdefghijklmnop',
    loadUser: (id) => (id === alice.id ? alice : null),
    sessionStamp: (user) => user.stamp,
    clock,
    ...options,
  })
  const newBrowser = () => {
    const asked: ((auth: Auth<User>) => Promise<string>)[] = []
    const app = withLogin(
      manager,
      async (request, auth) => new Response(await asked[Number(new URL(request.url).pathname.slice(1))]?.(auth)),
    )
    const client = createTestClient<User>(app, { clock })
    /** Does something on the server, whose answer reaches the browser when `until` is through. */
    const ask = async (does: Verb, until: Promise<unknown> = Promise.resolve()): Promise<string> => {
      const number = asked.push(async (auth) => {
        const said = String(await does(auth))
        await until
        return said
      })
      return (await client.fetch(`/${number - 1}`)).text()
    }
    return Object.assign(client, { ask })
  }
  type Browser = ReturnType<typeof newBrowser>
  /** A thief's browser, with a copy of these cookies; it even names the same user agent. */
  const thiefOf = (victim: Browser, ...names: string[]): Browser => {
    const thief = newBrowser()
    for (const name of names) thief.cookies.set(name, victim.cookies.get(name) ?? '')
    return thief
  }
  return { alice, clock, manager, newBrowser, thiefOf }
}

const who: Verb = async (auth) => (await auth.currentUser())?.id
const isFresh: Verb = (auth) => auth.loginFresh()
const reason: Verb = (auth) => auth.whyAnonymous()

async function loggedIn(options: Partial<LoginManagerOptions<User>> = {}) {
  const { newBrowser, ...rest } = world(options)
  const browser = newBrowser()
  await browser.ask((auth) => auth.loginUser(rest.alice, { remember: true }))
  return { browser, newBrowser, ...rest }
}

/** Uses the login twice a day, the last time a second before the days are over; then that second passes. */
async function stayFor(days: number, browser: { ask(verb: Verb): Promise<string> }, clock: TestClock): Promise<void> {
  for (let half = 1; half < days * 2; half++) {
    clock.advance(DAY / 2)
    expect(await browser.ask(who)).toBe('alice')
  }
  clock.advance(DAY / 2 - 1)
  expect(await browser.ask(who)).toBe('alice')
  clock.advance(1)
}

describe('a copy of the cookies, made before the logout', () => {
  it('is still logged in after it, and fresh; the browser itself is not', async () => {
    const { browser, thiefOf } = await loggedIn()
    const thief = thiefOf(browser, SESSION)
    await browser.ask((auth) => auth.logoutUser())
    expect(browser.cookies.names()).toEqual(['__Host-session_ended'])
    expect(await browser.ask(who)).toBe('undefined')
    expect([await thief.ask(who), await thief.ask(isFresh)]).toEqual(['alice', 'true'])
  })

  it('ends after its idle time, to the second, if it is not used', async () => {
    const { browser, clock, thiefOf } = await loggedIn()
    const [used, unused] = [thiefOf(browser, SESSION), thiefOf(browser, SESSION)]
    await browser.ask((auth) => auth.logoutUser())
    clock.advance(DAY - 1)
    expect(await used.ask(who)).toBe('alice')
    clock.advance(1)
    expect([await unused.ask(who), await unused.ask(reason)]).toEqual(['undefined', 'no-cookie'])
    expect(await used.ask(who)).toBe('alice')
  })

  it('lives on for as long as it is used, and ends 31 days after the login, to the second', async () => {
    const { browser, clock, thiefOf } = await loggedIn()
    const thief = thiefOf(browser, SESSION)
    await browser.ask((auth) => auth.logoutUser())
    await stayFor(31, thief, clock)
    expect(await thief.ask(reason)).toBe('expired')
  })

  it('of the remember cookie logs in again until its own end, to the second, and is never fresh', async () => {
    const { browser, clock, thiefOf } = await loggedIn()
    const [one, two] = [thiefOf(browser, REMEMBER), thiefOf(browser, REMEMBER)]
    await browser.ask((auth) => auth.logoutUser())
    clock.advance(30 * DAY - 1)
    expect([await one.ask(who), await one.ask(isFresh)]).toEqual(['alice', 'false'])
    clock.advance(1)
    expect(await two.ask(reason)).toBe('expired')
  })

  it('of the remember cookie starts a session whose 31 days begin when it is taken up', async () => {
    const { browser, clock, thiefOf } = await loggedIn()
    const thief = thiefOf(browser, REMEMBER)
    clock.advance(30 * DAY - 1)
    expect(await thief.ask(who)).toBe('alice')
    await stayFor(31, thief, clock)
    expect(await thief.ask(reason)).toBe('expired')
  })

  it.each([SESSION, REMEMBER])('is dead at its next request once the stamp of the user changed: %s', async (name) => {
    const { browser, alice, thiefOf } = await loggedIn()
    const thief = thiefOf(browser, name)
    expect(await thief.ask(who)).toBe('alice')
    alice.stamp = 2
    expect(await thief.ask(who)).toBe('undefined')
  })
})

describe('with a deny list of what a logout ended', () => {
  async function denied() {
    const list = new Set<string>()
    const { manager, ...rest } = await loggedIn({ isRevoked: (id) => list.has(id) })
    manager.on('userLoggedOut', ({ ended }) => ended.forEach(({ id }) => void list.add(id)))
    return rest
  }

  it.each([SESSION, REMEMBER])('a copy of it is dead at its next request: %s', async (name) => {
    const { browser, thiefOf } = await denied()
    const thief = thiefOf(browser, name)
    await browser.ask((auth) => auth.logoutUser())
    expect([await thief.ask(reason), await thief.ask(who)]).toEqual(['revoked', 'undefined'])
  })

  it('a session that a thief took up before, by a copy of the remember cookie, is another one and lives on', async () => {
    const { browser, thiefOf } = await denied()
    const thief = thiefOf(browser, REMEMBER)
    expect(await thief.ask(who)).toBe('alice')
    await browser.ask((auth) => auth.logoutUser())
    expect(await thief.ask(who)).toBe('alice')
    thief.cookies.delete(SESSION)
    expect(await thief.ask(who)).toBe('undefined')
  })
})

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

describe('two requests at the same time that both change the session', () => {
  /** Both are sent with the same cookies; the answer of the one that is named last arrives last. */
  async function inParallel(
    browser: { ask(verb: Verb, until?: Promise<unknown>): Promise<string> },
    ...verbs: [Verb, Verb]
  ) {
    const [first, second] = [gate(), gate()]
    const answers = [browser.ask(verbs[0], first.opened), browser.ask(verbs[1], second.opened)]
    first.open()
    await answers[0]
    second.open()
    return Promise.all(answers)
  }
  const keep =
    (key: string): Verb =>
    (auth) =>
      auth.session.set(key, 1)
  const kept: Verb = async (auth) => [await auth.session.get('one'), await auth.session.get('two')]

  it('are not merged: the browser keeps the cookie of the last response', async () => {
    const { browser } = await loggedIn()
    await inParallel(browser, keep('one'), keep('two'))
    expect(await browser.ask(kept)).toBe(',1')
    await browser.ask((auth) => auth.session.delete('two'))
    await inParallel(browser, keep('two'), keep('one'))
    expect(await browser.ask(kept)).toBe('1,')
  })

  it('show a flash message twice', async () => {
    const { browser } = await loggedIn()
    await browser.ask((auth) => auth.flash('Saved.'))
    const take: Verb = async (auth) => (await auth.takeFlashes()).map(({ message }) => message)
    expect(await inParallel(browser, take, take)).toEqual(['Saved.', 'Saved.'])
    expect(await browser.ask(take)).toBe('')
  })

  it('issue two CSRF tokens, and the forms of both responses are accepted', async () => {
    const { browser } = await loggedIn()
    const issue: Verb = (auth) => auth.csrfToken()
    const [early, late] = await inParallel(browser, issue, issue)
    const check =
      (token: string | undefined): Verb =>
      (auth) =>
        auth.checkCsrf(token)
    expect([await browser.ask(check(early)), await browser.ask(check(late))]).toEqual(['true', 'true'])
  })

  it('do not bring a login back if the response of a slow request arrives after that of the logout', async () => {
    const { browser } = await loggedIn()
    await inParallel(browser, (auth) => auth.logoutUser(), keep('one'))
    expect(await browser.ask(who)).toBe('undefined')
  })

  it('do not bring it back either if that request only renewed the session', async () => {
    const { browser, clock } = await loggedIn()
    clock.advance(DAY / 10)
    await inParallel(browser, (auth) => auth.logoutUser(), who)
    expect(await browser.ask(who)).toBe('undefined')
  })

  it('do not undo a logout if the slow request changes nothing', async () => {
    const { browser } = await loggedIn()
    await inParallel(browser, (auth) => auth.logoutUser(), who)
    expect(await browser.ask(who)).toBe('undefined')
  })
})

it('takes an old cookie of its own for the present: a visitor can go back to what the session held before', async () => {
  const { browser, thiefOf } = await loggedIn()
  await browser.ask((auth) => auth.session.set('voucher', 'unused'))
  const before = thiefOf(browser, SESSION)
  await browser.ask((auth) => auth.session.delete('voucher'))
  const voucher: Verb = (auth) => auth.session.get('voucher')
  expect([await browser.ask(voucher), await before.ask(voucher)]).toEqual(['undefined', 'unused'])
})
