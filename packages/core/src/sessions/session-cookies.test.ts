import { describe, expect, it } from 'vitest'
import { encrypted } from '../encrypted'
import { type Auth, createLoginManager, type LoginManagerOptions, type Secrets, signed, withLogin } from '../index'
import { createTestClient, createTestClock, type TestClient, type TestClock } from '../testing'

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const SECRET = 'only for tests: 0123456789 abcdefghijklmnop'
const OLD = 'the secret before: abcdefghijklmnop 0123456789'
const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'
const DAY = 86_400

type Options = Partial<LoginManagerOptions<User>>

function visitorOf(clock: TestClock, options: Options = {}, jar?: TestClient<User>) {
  const manager = createLoginManager<User>({ secrets: SECRET, loadUser: (id) => ({ id }), clock, ...options })
  let verb: (auth: Auth<User>) => unknown
  const app = withLogin(manager, async (_, auth) => new Response(String(await verb(auth))))
  const client = createTestClient<User>(app, { manager, clock })
  for (const name of jar?.cookies.names() ?? []) client.cookies.set(name, jar?.cookies.get(name) as string)
  const ask = async <T>(what: (auth: Auth<User>) => T, init: RequestInit = {}) => {
    let value: unknown
    verb = async (auth) => {
      value = await what(auth)
    }
    const response = await client.fetch('/', init)
    return { value: value as Awaited<T>, cookies: response.headers.getSetCookie() }
  }
  return Object.assign(client, { ask })
}

function visitor(options: Options = {}) {
  const clock = createTestClock(1_800_000_000)
  return Object.assign(visitorOf(clock, options), { clock })
}

const who = (auth: Auth<User>): Promise<User | null> => auth.currentUser()
const why = (auth: Auth<User>) => auth.whyAnonymous()

function headerOf(cookie: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from((cookie as string).split('.')[0] as string, 'base64url').toString())
}

describe('a session that nobody uses', () => {
  it('lives to the last second of its idle time, and not a second more', async () => {
    for (const [seconds, reason] of [
      [999, null],
      [1000, 'idle'],
    ] as const) {
      const browser = visitor({ session: { idleSeconds: 1000 } })
      await browser.loginAs(alice)
      browser.clock.advance(seconds)
      expect((await browser.ask(why)).value).toBe(reason)
    }
  })

  it('is cleared once it is over', async () => {
    const browser = visitor({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice)
    browser.clock.advance(1000)
    expect((await browser.ask(who)).cookies).toEqual([expect.stringContaining('Max-Age=0')])
  })

  it('is over at once where the idle time was shortened meanwhile', async () => {
    const browser = visitor()
    await browser.loginAs(alice)
    browser.clock.advance(1000)
    const strict = visitorOf(browser.clock, { session: { idleSeconds: 1000 } }, browser)
    expect((await strict.ask(why)).value).toBe('idle')
  })

  it('ends when it was written to end, where the idle time was lengthened meanwhile', async () => {
    const browser = visitor({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice)
    browser.clock.advance(1000)
    const generous = visitorOf(browser.clock, { session: { idleSeconds: 5000 } }, browser)
    expect((await generous.ask(why)).value).toBe('idle')
  })

  it.each([
    ['a day by default', {}, DAY],
    ['31 days where it is permanent', { permanent: true }, 31 * DAY],
  ])('is over after %s', async (_, options, seconds) => {
    const browser = visitor({ session: { absoluteSeconds: null } })
    await browser.loginAs(alice, options)
    const cookie = browser.cookies.get(SESSION) as string
    browser.clock.advance(seconds - 1)
    browser.cookies.set(SESSION, cookie)
    expect((await browser.ask(why)).value).toBeNull()
    browser.clock.advance(1)
    browser.cookies.set(SESSION, cookie)
    expect((await browser.ask(why)).value).toBe('idle')
  })
})

describe('a session that is used', () => {
  it.each([
    [100, 1],
    [1000, 10],
    [86_400, 60],
  ])('of %i idle seconds ends that long after its last use, to %i seconds', async (idleSeconds, step) => {
    const browser = visitor({ session: { idleSeconds } })
    await browser.loginAs(alice)
    for (const age of [step - 1, step, idleSeconds / 2]) {
      browser.clock.advance(age)
      await browser.ask(who)
    }
    browser.clock.advance(idleSeconds - step)
    expect((await browser.ask(who)).value).toEqual(alice)
    browser.clock.advance(idleSeconds)
    expect((await browser.ask(who)).value).toBeNull()
  })

  it("ends exactly permanentSeconds after its last use if it is permanent and renew is 'everyRequest'", async () => {
    const times = { idleSeconds: 86_400, permanentSeconds: 86_400, absoluteSeconds: null }
    const browser = visitor({ session: { ...times, renew: 'everyRequest' } })
    for (const age of [0, 1, 2, 59, 863]) {
      await browser.loginAs(alice, { permanent: true })
      browser.clock.advance(age)
      await browser.ask(who)
      const cookie = browser.cookies.get(SESSION) as string
      browser.clock.advance(86_399)
      browser.cookies.set(SESSION, cookie)
      expect((await browser.ask(who)).value).toEqual(alice)
      browser.clock.advance(1)
      browser.cookies.set(SESSION, cookie)
      expect((await browser.ask(why)).value).toBe('idle')
    }
  })

  it.each([
    [100, 1],
    [1000, 10],
    [86_400, 60],
    [2_678_400, 60],
  ])(
    'of %i idle seconds ends no earlier than %i seconds before the end of its idle time after its last use',
    async (idleSeconds, step) => {
      const times = { idleSeconds, absoluteSeconds: null }
      const browser = visitor({ session: times })
      for (const age of [0, 1, step - 1, step, step + 1]) {
        await browser.loginAs(alice)
        browser.clock.advance(age)
        await browser.ask(who)
        const cookie = browser.cookies.get(SESSION) as string
        browser.clock.advance(idleSeconds - step)
        browser.cookies.set(SESSION, cookie)
        expect((await browser.ask(who)).value).toEqual(alice)
        browser.clock.advance(step)
        browser.cookies.set(SESSION, cookie)
        expect((await browser.ask(why)).value).toBe('idle')
      }
    },
  )

  it('is renewed once a hundredth of its idle time has passed, and not with every request', async () => {
    const browser = visitor({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice)
    browser.clock.advance(9)
    expect((await browser.ask(who)).cookies).toEqual([])
    browser.clock.advance(1)
    expect((await browser.ask(who)).cookies).toHaveLength(1)
    for (let step = 0; step < 5; step++) {
      browser.clock.advance(999)
      expect((await browser.ask(who)).value).toEqual(alice)
    }
  })

  it('is not renewed where nobody asks who is there', async () => {
    const browser = visitor({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice)
    browser.clock.advance(500)
    expect((await browser.ask(() => 'hello')).cookies).toEqual([])
  })

  it('is never renewed where the app says so', async () => {
    const browser = visitor({ session: { idleSeconds: 1000, renew: 'never' } })
    await browser.loginAs(alice)
    browser.clock.advance(999)
    expect((await browser.ask(who)).cookies).toEqual([])
  })

  it('ends at its absolute age however busy it is, and at no other time', async () => {
    const browser = visitor({ session: { idleSeconds: 1000, absoluteSeconds: 2500 } })
    await browser.loginAs(alice)
    for (const step of [800, 800, 800, 99]) {
      browser.clock.advance(step)
      expect((await browser.ask(who)).value).toEqual(alice)
    }
    browser.clock.advance(1)
    expect((await browser.ask(why)).value).toBe('expired')
    expect(browser.cookies.names()).toEqual([])
  })

  it('lives in the browser no longer than its absolute age, where it is permanent', async () => {
    const browser = visitor({ session: { permanentSeconds: 1000, absoluteSeconds: 1500 } })
    await browser.loginAs(alice, { permanent: true })
    browser.clock.advance(900)
    expect((await browser.ask(who)).cookies[0]).toContain('; Max-Age=600;')
  })

  it('has no absolute age where the app says null', async () => {
    const browser = visitor({ session: { absoluteSeconds: null } })
    await browser.loginAs(alice)
    for (let day = 0; day < 60; day++) {
      browser.clock.advance(DAY - 1)
      expect((await browser.ask(who)).value).toEqual(alice)
    }
  })

  it('is sent with every answer where it is permanent and the app wants Flask’s way, asked for or not', async () => {
    const browser = visitor({ session: { renew: 'everyRequest' } })
    await browser.loginAs(alice, { permanent: true })
    expect((await browser.ask(() => 'hello')).cookies).toEqual([expect.stringContaining('Max-Age=2678400')])
    await browser.loginAs(alice, { permanent: false })
    expect((await browser.ask(() => 'hello')).cookies).toEqual([])
    browser.cookies.delete(SESSION)
    expect((await browser.ask(() => 'hello')).cookies).toEqual([])
  })

  it('keeps the cart of a visitor who comes every day', async () => {
    const browser = visitor()
    await browser.ask((auth) => auth.session.set('cart', 1))
    for (let day = 0; day < 5; day++) {
      browser.clock.advance(DAY - 1)
      const { value } = await browser.ask(async (auth) => [await auth.currentUser(), await auth.session.get('cart')])
      expect(value).toEqual([null, 1])
    }
  })
})

describe('two servers whose clocks differ', () => {
  it('trust each other for 60 seconds, and not for more', async () => {
    const ahead = visitor()
    await ahead.loginAs(alice, { remember: true })
    for (const [seconds, user, reason] of [
      [60, alice, null],
      [61, null, 'not-yet-valid'],
    ] as const) {
      const behind = visitorOf(createTestClock(ahead.clock() - seconds), {}, ahead)
      expect((await behind.ask(who)).value).toEqual(user)
      expect((await behind.ask(why)).value).toBe(reason)
      behind.cookies.delete(SESSION)
      expect((await behind.ask(who)).value).toEqual(user)
      expect((await behind.ask(why)).value).toBe(reason)
    }
  })

  it('take a login of the future for one of this moment, and only that', async () => {
    const ahead = visitor()
    await ahead.loginAs(alice)
    const behind = visitorOf(createTestClock(ahead.clock() - 60), {}, ahead)
    expect((await behind.ask((auth) => auth.loginFresh({ withinSeconds: 1 }))).value).toBe(true)
  })

  it('grant no tolerance to an end: neither to the idle time, the absolute age, nor the remember cookie', async () => {
    const limits = { session: { idleSeconds: 100, absoluteSeconds: 100 }, remember: { seconds: 100 } }
    const browser = visitor(limits)
    await browser.loginAs(alice, { remember: true })
    const late = visitorOf(createTestClock(browser.clock() + 100), limits, browser)
    expect((await late.ask(why)).value).toBe('expired')
    expect((await late.ask(who)).value).toBeNull()
  })
})

describe('a login within so many seconds', () => {
  it('is enough to the last second, and not a second more', async () => {
    const browser = visitor()
    await browser.loginAs(alice)
    const asked = (auth: Auth<User>) => auth.loginFresh({ withinSeconds: 600 })
    browser.clock.advance(600)
    expect((await browser.ask(asked)).value).toBe(true)
    browser.clock.advance(1)
    expect((await browser.ask(asked)).value).toBe(false)
    expect((await browser.ask((auth) => auth.loginFresh())).value).toBe(true)
    await browser.ask((auth) => auth.confirmLogin())
    expect((await browser.ask(asked)).value).toBe(true)
  })
})

describe('a change of secrets', () => {
  const before: Options = { secrets: OLD, sessionStamp: () => 'stamp', sessionProtection: 'strong' }
  const rotated: Options = { ...before, secrets: { current: SECRET, previous: [OLD] } }
  const after: Options = { ...before, secrets: { current: SECRET, previous: [] } }

  it('logs nobody out who comes by while the old one is still known', async () => {
    const browser = visitor(before)
    await browser.loginAs(alice)
    const during = visitorOf(browser.clock, rotated, browser)
    const { value, cookies } = await during.ask(who)
    expect(value).toEqual(alice)
    expect(cookies).toHaveLength(1)
    expect((await during.ask(who)).cookies).toEqual([])
    const later = visitorOf(browser.clock, after, during)
    expect((await later.ask(async (auth) => [await auth.currentUser(), await auth.loginFresh()])).value).toEqual([
      alice,
      true,
    ])
  })

  it('changes the key id in the cookie, and no old key signs again', async () => {
    const browser = visitor(before)
    await browser.loginAs(alice)
    const old = headerOf(browser.cookies.get(SESSION))
    const during = visitorOf(browser.clock, rotated, browser)
    await during.ask(who)
    const fresh = headerOf(during.cookies.get(SESSION))
    expect(fresh).toMatchObject({ alg: 'HS256', typ: 'session+jwt' })
    expect(fresh.kid).not.toBe(old.kid)
  })

  it('ends the logins of those who did not come by', async () => {
    const browser = visitor(before)
    await browser.loginAs(alice)
    expect((await visitorOf(browser.clock, after, browser).ask(why)).value).toBe('bad-signature')
  })

  it('signs a remember cookie anew that is taken up meanwhile, to live no longer than before', async () => {
    const browser = visitor(before)
    await browser.loginAs(alice, { remember: true, rememberSeconds: 1000 })
    browser.restart()
    browser.clock.advance(400)
    const during = visitorOf(browser.clock, rotated, browser)
    const { value, cookies } = await during.ask(who)
    expect(value).toEqual(alice)
    expect(cookies[1]).toMatch(/^__Host-remember_token=[^;]+; Max-Age=600;/)
    during.restart()
    const later = visitorOf(browser.clock, after, during)
    expect((await later.ask(who)).value).toEqual(alice)
    browser.clock.advance(600)
    later.cookies.delete(SESSION)
    expect((await later.ask(why)).value).toBe('expired')
  })

  it('signs a remember cookie anew also while the session still lives', async () => {
    const browser = visitor(before)
    await browser.loginAs(alice, { remember: true })
    const during = visitorOf(browser.clock, rotated, browser)
    expect((await during.ask((auth) => auth.loginRemembered())).value).toBe(true)
    const later = visitorOf(browser.clock, after, during)
    expect((await later.ask((auth) => auth.loginRemembered())).value).toBe(true)
    later.cookies.delete(SESSION)
    expect((await later.ask(who)).value).toEqual(alice)
  })

  it('signs the cart of a visitor anew', async () => {
    const browser = visitor(before)
    await browser.ask((auth) => auth.session.set('cart', 1))
    const during = visitorOf(browser.clock, rotated, browser)
    await during.ask(who)
    const later = visitorOf(browser.clock, after, during)
    expect((await later.ask((auth) => auth.session.get('cart'))).value).toBe(1)
  })

  it('does not take the new client for the old one: who was another before is another after it', async () => {
    const browser = visitor({ ...before, sessionProtection: 'basic' })
    await browser.loginAs(alice)
    const during = visitorOf(browser.clock, { ...rotated, sessionProtection: 'basic' }, browser)
    const other = { headers: { 'user-agent': 'other' } }
    expect((await during.ask((auth) => auth.loginFresh(), other)).value).toBe(false)
    const later = visitorOf(browser.clock, { ...after, sessionProtection: 'basic' }, during)
    expect((await later.ask((auth) => auth.loginFresh(), other)).value).toBe(false)
  })

  it('does not bring a revoked login back', async () => {
    const browser = visitor(before)
    await browser.loginAs(alice, { remember: true })
    const during = visitorOf(browser.clock, { ...rotated, sessionStamp: () => 'changed' }, browser)
    expect((await during.ask(why)).value).toBe('revoked')
  })

  it('works backwards and by bytes: secrets are what they are, text or not', async () => {
    const bytes = new TextEncoder().encode('only for tests: ünïcödé, 日本 and some more')
    const text: Secrets = { current: new TextDecoder().decode(bytes), previous: [] }
    const browser = visitor({ secrets: text })
    await browser.loginAs(alice)
    expect((await visitorOf(browser.clock, { secrets: bytes }, browser).ask(who)).value).toEqual(alice)
  })
})

describe('two apps that share a secret', () => {
  it('do not accept each other’s logins, unless they are one audience', async () => {
    const shop = visitor({ audience: 'shop' })
    await shop.loginAs(alice, { remember: true })
    expect((await visitorOf(shop.clock, { audience: 'blog' }, shop).ask(why)).value).toBe('bad-signature')
    expect((await visitorOf(shop.clock, {}, shop).ask(why)).value).toBe('bad-signature')
    expect((await visitorOf(shop.clock, { audience: 'shop' }, shop).ask(who)).value).toEqual(alice)
  })

  it('do not accept a cookie under another name', async () => {
    const browser = visitor()
    await browser.loginAs(alice)
    const other = visitorOf(browser.clock, { session: { cookie: { name: 'other' } } })
    other.cookies.set('other', browser.cookies.get(SESSION) as string)
    expect((await other.ask(why)).value).toBe('bad-signature')
  })
})

describe('the form of the cookie', () => {
  const toEncrypted: Options = { session: { codec: encrypted(), previousCodec: signed() } }
  const toSigned: Options = { session: { codec: signed(), previousCodec: encrypted() } }

  it.each([
    ['signed to encrypted', {}, toEncrypted, { session: { codec: encrypted() } }, 5],
    ['encrypted to signed', { session: { codec: encrypted() } }, toSigned, {}, 3],
  ])('goes over from %s, and nobody is logged out', async (_, before, during, after, segments) => {
    const browser = visitor(before)
    await browser.loginAs(alice)
    await browser.ask((auth) => auth.session.set('cart', ['book']))
    expect((await visitorOf(browser.clock, after, browser).ask(who)).value).toBeNull()
    const moving = visitorOf(browser.clock, during, browser)
    const { value, cookies } = await moving.ask(who)
    expect(value).toEqual(alice)
    expect(cookies).toHaveLength(1)
    expect(moving.cookies.get(SESSION)?.split('.')).toHaveLength(segments)
    expect((await moving.ask(who)).cookies).toEqual([])
    const moved = visitorOf(browser.clock, after, moving)
    const { value: kept } = await moved.ask(async (auth) => [await auth.currentUser(), await auth.session.get('cart')])
    expect(kept).toEqual([alice, ['book']])
  })

  it('goes over for the cart of a visitor too', async () => {
    const browser = visitor()
    await browser.ask((auth) => auth.session.set('cart', 1))
    const moving = visitorOf(browser.clock, toEncrypted, browser)
    expect((await moving.ask((auth) => auth.session.get('cart'))).cookies).toHaveLength(1)
    const moved = visitorOf(browser.clock, { session: { codec: encrypted() } }, moving)
    expect((await moved.ask((auth) => auth.session.get('cart'))).value).toBe(1)
  })

  it('fails no page that only reads, where the new form is too long for the cookie', async () => {
    const browser = visitor()
    await browser.loginAs(alice)
    const { value: room } = await browser.ask(async (auth) => {
      let length = 2000
      const fits = (): Promise<boolean> =>
        auth.session.set('draft', 'x'.repeat(length)).then(
          () => true,
          () => false,
        )
      while (await fits()) length++
      return length - 1
    })
    expect(room).toBeGreaterThan(2000)
    const moving = visitorOf(browser.clock, toEncrypted, browser)
    const { value } = await moving.ask(async (auth) => [
      await auth.currentUser(),
      ((await auth.session.get('draft')) as string).length,
    ])
    expect(value).toEqual([alice, room])
  })

  it('has a bad cookie for bad whichever form it has', async () => {
    for (const options of [toEncrypted, toSigned]) {
      const browser = visitor(options)
      for (const [cookie, reason] of [
        ['nonsense', 'bad-format'],
        ['a.b.c', options === toSigned ? 'bad-signature' : 'bad-format'],
      ] as const) {
        browser.cookies.set(SESSION, cookie)
        expect((await browser.ask(why)).value).toBe(reason)
      }
    }
  })

  it('encrypts what the owner of the cookie must not read, and the remember cookie stays signed', async () => {
    const browser = visitor({ session: { codec: encrypted() } })
    await browser.loginAs(alice, { remember: true })
    expect(headerOf(browser.cookies.get(SESSION))).toMatchObject({ alg: 'dir', enc: 'A256CBC-HS512', ctx: SESSION })
    expect(headerOf(browser.cookies.get(REMEMBER))).toMatchObject({ alg: 'HS256', typ: 'remember+jwt' })
    expect((await browser.ask(who)).value).toEqual(alice)
    expect((await browser.ask(who)).value).toEqual(alice)
  })
})

describe('a cookie that was verified before', () => {
  it.each([0, 4_194_304])('is looked at anew for all that can change (cache of %i bytes)', async (cacheBytes) => {
    let [stamp, isActive, loads] = ['one', true, 0]
    const options: Options = {
      cacheBytes,
      sessionStamp: () => stamp,
      isActive: () => isActive,
      loadUser: (id) => {
        loads++
        return { id }
      },
    }
    const browser = visitor(options)
    await browser.loginAs(alice)
    const cookie = browser.cookies.get(SESSION) as string
    const again = async () => {
      browser.cookies.set(SESSION, cookie)
      return (await browser.ask(why)).value
    }
    expect([await again(), await again()]).toEqual([null, null])
    expect(loads).toBe(2)
    isActive = false
    expect(await again()).toBe('inactive')
    isActive = true
    stamp = 'two'
    expect(await again()).toBe('revoked')
    stamp = 'one'
    expect(await again()).toBeNull()
    browser.clock.advance(DAY)
    expect(await again()).toBe('idle')
  })

  it('gives frozen data, so that no request changes that of another', async () => {
    const browser = visitor()
    await browser.ask((auth) => auth.session.set('cart', { items: ['book'] }))
    const { value } = await browser.ask(async (auth) => {
      const cart = (await auth.session.get('cart')) as { items: string[] }
      expect(() => cart.items.push('pen')).toThrow(TypeError)
      return cart
    })
    expect((await browser.ask((auth) => auth.session.get('cart'))).value).toEqual(value)
  })
})
