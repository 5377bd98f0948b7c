import { describe, expect, it } from 'vitest'
import { type Auth, createLoginManager, type LoginManagerOptions, withLogin } from '../index'
import { createTestClient, createTestClock, recordEvents } from '../testing'

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const SECRET = 'only for tests: 0123456789 abcdefghijklmnop'

function world(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({ secrets: SECRET, loadUser: (id) => ({ id }), clock, ...options })
  const visitor = () => {
    let verb: (auth: Auth<User>) => unknown
    const client = createTestClient<User>(
      withLogin(manager, async (_, auth) => new Response(String(await verb(auth)))),
      { manager, clock },
    )
    const ask = async <T>(what: (auth: Auth<User>) => T) => {
      let value: unknown
      verb = async (auth) => {
        value = await what(auth)
      }
      const response = await client.fetch('/')
      return { value: value as Awaited<T>, cookies: response.headers.getSetCookie() }
    }
    return Object.assign(client, { ask })
  }
  return { clock, manager, visitor, record: recordEvents(manager) }
}

const why = (auth: Auth<User>) => auth.whyAnonymous()

describe('a session stamp', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['an empty text', ''],
    ['false', false],
    ['no number', Number.NaN],
    ['an endless number', Number.POSITIVE_INFINITY],
    ['an object', {}],
    ['a bigint', 1n],
    ['a promise of nothing', Promise.resolve(undefined)],
  ])('that is %s throws at the login, because such a login could not be ended', async (_, stamp) => {
    const { visitor } = world({ sessionStamp: () => stamp as string })
    const { value, cookies } = await visitor().ask(async (auth) => {
      await expect(auth.loginUser(alice, { remember: true })).rejects.toMatchObject({ code: 'invalid-stamp' })
      return auth.currentUser()
    })
    expect(value).toBeNull()
    expect(cookies).toEqual([])
  })

  it('that became invalid after the login throws as well', async () => {
    let stamp: string | null = 'one'
    const { visitor } = world({ sessionStamp: () => stamp as string })
    const browser = visitor()
    await browser.loginAs(alice)
    stamp = null
    await expect(browser.ask((auth) => auth.currentUser())).rejects.toMatchObject({ code: 'invalid-stamp' })
    stamp = 'one'
    expect((await browser.ask(why)).value).toBeNull()
  })

  it.each([
    [0, 1],
    [-1, 1],
    ['a', 'b'],
    ['1', 1],
    ['a', 'a '],
  ])('ends the login when it changes from %j to %j', async (before, after) => {
    let stamp: string | number = before
    const { visitor } = world({ sessionStamp: () => stamp })
    const browser = visitor()
    await browser.loginAs(alice)
    expect((await browser.ask(why)).value).toBeNull()
    stamp = after
    expect((await browser.ask(why)).value).toBe('revoked')
  })

  it('is ignored if the app removes the option, and ends no login', async () => {
    const { visitor } = world({ sessionStamp: () => 'one' })
    const browser = visitor()
    await browser.loginAs(alice)
    const other = world().visitor()
    other.cookies.set('__Host-session', browser.cookies.get('__Host-session') as string)
    expect((await other.ask(why)).value).toBeNull()
  })
})

describe('a deny list', () => {
  it('ends one session, and not the other sessions of the user', async () => {
    const denied = new Set<string>()
    const { visitor, manager } = world({ isRevoked: async (id) => denied.has(id) })
    manager.on('userLoggedOut', ({ ended }) => {
      for (const { id } of ended) denied.add(id)
    })
    const [browser, other] = [visitor(), visitor()]
    await browser.loginAs(alice, { remember: true })
    await other.loginAs(alice)
    const copies = browser.cookies.names().map((name) => [name, browser.cookies.get(name) as string] as const)
    await browser.ask((auth) => auth.logoutUser())
    expect(denied.size).toBe(2)
    const thief = visitor()
    for (const [name, value] of copies) thief.cookies.set(name, value)
    expect((await thief.ask(why)).value).toBe('revoked')
    expect(thief.cookies.names()).toEqual([])
    expect((await other.ask(why)).value).toBeNull()
  })

  it('ends a remember cookie by its own ID', async () => {
    let denied = ''
    const { visitor, record } = world({ isRevoked: (id) => id === denied })
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    const token = browser.cookies.get('__Host-remember_token')?.split('.')[1] as string
    denied = (JSON.parse(Buffer.from(token, 'base64url').toString()) as { jti: string }).jti
    expect((await browser.ask(why)).value).toBeNull()
    browser.restart()
    expect((await browser.ask(why)).value).toBe('revoked')
    expect(record.events.at(-1)).toMatchObject({ name: 'rememberRejected', reason: 'revoked' })
    expect(browser.cookies.names()).toEqual([])
  })

  it('receives the IDs that a login and a confirmation ended', async () => {
    const { visitor, record } = world()
    const browser = visitor()
    await browser.loginAs(alice, { remember: true })
    const { value } = await browser.ask((auth) => auth.currentLogin())
    await browser.ask((auth) => auth.confirmLogin())
    expect(record.events.at(-1)).toMatchObject({
      name: 'userLoginConfirmed',
      ended: [{ id: value?.session?.sessionId }],
    })
    await browser.loginAs({ id: 'bob' })
    const last = record.events.at(-1)
    expect(last?.name === 'userLoggedIn' && last.ended).toHaveLength(2)
  })

  it('stops renewal with every response, so a copy does not outlive its entry', async () => {
    const denied = new Set<string>()
    const { visitor } = world({
      isRevoked: (id) => denied.has(id),
      session: { renew: 'everyRequest' },
      remember: { renew: 'everyRequest' },
    })
    const browser = visitor()
    await browser.loginAs(alice, { permanent: true, remember: true })
    const hello = () => browser.ask(() => 'hello')
    expect((await hello()).cookies).toHaveLength(2)
    const { value } = await browser.ask((auth) => auth.currentLogin())
    denied.add(value?.session?.sessionId ?? '')
    expect((await hello()).cookies).toEqual([])
  })

  it('that returns an invalid value rejects the login', async () => {
    const { visitor } = world({ isRevoked: () => undefined as unknown as boolean })
    const browser = visitor()
    await browser.loginAs(alice)
    expect((await browser.ask(why)).value).toBe('revoked')
  })

  it('that is unavailable rejects the login and does not end it', async () => {
    let isDown = true
    const { visitor } = world({
      isRevoked: () => {
        if (isDown) throw new Error('deny list')
        return false
      },
    })
    const browser = visitor()
    await browser.loginAs(alice)
    await expect(browser.ask(why)).rejects.toThrow('deny list')
    isDown = false
    expect((await browser.ask(why)).value).toBeNull()
  })
})
