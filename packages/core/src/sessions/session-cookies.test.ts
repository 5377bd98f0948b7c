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
  let operation: (auth: Auth<User>) => unknown
  const app = withLogin(manager, async (_, auth) => new Response(String(await operation(auth))))
  const client = createTestClient<User>(app, { manager, clock })
  for (const name of jar?.cookies.names() ?? []) client.cookies.set(name, jar?.cookies.get(name) as string)
  const run = async <T>(what: (auth: Auth<User>) => T, init: RequestInit = {}) => {
    let value: unknown
    operation = async (auth) => {
      value = await what(auth)
    }
    const response = await client.fetch('/', init)
    return { value: value as Awaited<T>, cookies: response.headers.getSetCookie() }
  }
  return Object.assign(client, { run })
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

describe('a session that is not used', () => {
  it('is valid until the last second of its idle time, and not longer', async () => {
    for (const [seconds, reason] of [
      [999, null],
      [1000, 'idle'],
    ] as const) {
      const browser = visitor({ session: { idleSeconds: 1000 } })
      await browser.loginAs(alice)
      browser.clock.advance(seconds)
      expect((await browser.run(why)).value).toBe(reason)
    }
  })

  it('is cleared in the browser after it has ended', async () => {
    const browser = visitor({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice)
    browser.clock.advance(1000)
    expect((await browser.run(who)).cookies).toEqual([expect.stringContaining('Max-Age=0')])
  })

  it('ends at once if the app has shortened the idle time', async () => {
    const browser = visitor()
    await browser.loginAs(alice)
    browser.clock.advance(1000)
    const strict = visitorOf(browser.clock, { session: { idleSeconds: 1000 } }, browser)
    expect((await strict.run(why)).value).toBe('idle')
  })

  it('ends at its original time if the app has extended the idle time', async () => {
    const browser = visitor({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice)
    browser.clock.advance(1000)
    const generous = visitorOf(browser.clock, { session: { idleSeconds: 5000 } }, browser)
    expect((await generous.run(why)).value).toBe('idle')
  })

  it.each([
    ['a day by default', {}, DAY],
    ['31 days if it is permanent', { permanent: true }, 31 * DAY],
  ])('ends after %s', async (_, options, seconds) => {
    const browser = visitor({ session: { absoluteSeconds: null } })
    await browser.loginAs(alice, options)
    const cookie = browser.cookies.get(SESSION) as string
    browser.clock.advance(seconds - 1)
    browser.cookies.set(SESSION, cookie)
    expect((await browser.run(why)).value).toBeNull()
    browser.clock.advance(1)
    browser.cookies.set(SESSION, cookie)
    expect((await browser.run(why)).value).toBe('idle')
  })
})

describe('a session in use', () => {
  it.each([
    [100, 1],
    [1000, 10],
    [86_400, 60],
  ])('with %i idle seconds ends that long after its last use, exact to %i seconds', async (idleSeconds, step) => {
    const browser = visitor({ session: { idleSeconds } })
    await browser.loginAs(alice)
    for (const age of [step - 1, step, idleSeconds / 2]) {
      browser.clock.advance(age)
      await browser.run(who)
    }
    browser.clock.advance(idleSeconds - step)
    expect((await browser.run(who)).value).toEqual(alice)
    browser.clock.advance(idleSeconds)
    expect((await browser.run(who)).value).toBeNull()
  })

  it("ends exactly permanentSeconds after its last use if it is permanent and renew is 'everyRequest'", async () => {
    const times = { idleSeconds: 86_400, permanentSeconds: 86_400, absoluteSeconds: null }
    const browser = visitor({ session: { ...times, renew: 'everyRequest' } })
    for (const age of [0, 1, 2, 59, 863]) {
      await browser.loginAs(alice, { permanent: true })
      browser.clock.advance(age)
      await browser.run(who)
      const cookie = browser.cookies.get(SESSION) as string
      browser.clock.advance(86_399)
      browser.cookies.set(SESSION, cookie)
      expect((await browser.run(who)).value).toEqual(alice)
      browser.clock.advance(1)
      browser.cookies.set(SESSION, cookie)
      expect((await browser.run(why)).value).toBe('idle')
    }
  })

  it.each([
    [100, 1],
    [1000, 10],
    [86_400, 60],
    [2_678_400, 60],
  ])(
    'with %i idle seconds ends at most %i seconds before its idle time after the last use is over',
    async (idleSeconds, step) => {
      const times = { idleSeconds, absoluteSeconds: null }
      const browser = visitor({ session: times })
      for (const age of [0, 1, step - 1, step, step + 1]) {
        await browser.loginAs(alice)
        browser.clock.advance(age)
        await browser.run(who)
        const cookie = browser.cookies.get(SESSION) as string
        browser.clock.advance(idleSeconds - step)
        browser.cookies.set(SESSION, cookie)
        expect((await browser.run(who)).value).toEqual(alice)
        browser.clock.advance(step)
        browser.cookies.set(SESSION, cookie)
        expect((await browser.run(why)).value).toBe('idle')
      }
    },
  )

  it('is renewed after a hundredth of its idle time, and not with every request', async () => {
    const browser = visitor({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice)
    browser.clock.advance(9)
    expect((await browser.run(who)).cookies).toEqual([])
    browser.clock.advance(1)
    expect((await browser.run(who)).cookies).toHaveLength(1)
    for (let step = 0; step < 5; step++) {
      browser.clock.advance(999)
      expect((await browser.run(who)).value).toEqual(alice)
    }
  })

  it('is not renewed if the app does not read the user', async () => {
    const browser = visitor({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice)
    browser.clock.advance(500)
    expect((await browser.run(() => 'hello')).cookies).toEqual([])
  })

  it('is never renewed with renew: never', async () => {
    const browser = visitor({ session: { idleSeconds: 1000, renew: 'never' } })
    await browser.loginAs(alice)
    browser.clock.advance(999)
    expect((await browser.run(who)).cookies).toEqual([])
  })

  it('ends exactly at its absolute age, even if it is in use', async () => {
    const browser = visitor({ session: { idleSeconds: 1000, absoluteSeconds: 2500 } })
    await browser.loginAs(alice)
    for (const step of [800, 800, 800, 99]) {
      browser.clock.advance(step)
      expect((await browser.run(who)).value).toEqual(alice)
    }
    browser.clock.advance(1)
    expect((await browser.run(why)).value).toBe('expired')
    expect(browser.cookies.names()).toEqual([])
  })

  it('has a Max-Age up to its absolute age if it is permanent', async () => {
    const browser = visitor({ session: { permanentSeconds: 1000, absoluteSeconds: 1500 } })
    await browser.loginAs(alice, { permanent: true })
    browser.clock.advance(900)
    expect((await browser.run(who)).cookies[0]).toContain('; Max-Age=600;')
  })

  it('has no absolute age if absoluteSeconds is null', async () => {
    const browser = visitor({ session: { absoluteSeconds: null } })
    await browser.loginAs(alice)
    for (let day = 0; day < 60; day++) {
      browser.clock.advance(DAY - 1)
      expect((await browser.run(who)).value).toEqual(alice)
    }
  })

  it('is set with every response if it is permanent and renew is everyRequest, even if the app does not read the user', async () => {
    const browser = visitor({ session: { renew: 'everyRequest' } })
    await browser.loginAs(alice, { permanent: true })
    expect((await browser.run(() => 'hello')).cookies).toEqual([expect.stringContaining('Max-Age=2678400')])
    await browser.loginAs(alice, { permanent: false })
    expect((await browser.run(() => 'hello')).cookies).toEqual([])
    browser.cookies.delete(SESSION)
    expect((await browser.run(() => 'hello')).cookies).toEqual([])
  })

  it('keeps the cart of a visitor who returns every day', async () => {
    const browser = visitor()
    await browser.run((auth) => auth.session.set('cart', 1))
    for (let day = 0; day < 5; day++) {
      browser.clock.advance(DAY - 1)
      const { value } = await browser.run(async (auth) => [await auth.currentUser(), await auth.session.get('cart')])
      expect(value).toEqual([null, 1])
    }
  })
})

describe('two servers whose clocks differ', () => {
  it('accept cookies of each other up to a difference of 60 seconds', async () => {
    const ahead = visitor()
    await ahead.loginAs(alice, { remember: true })
    for (const [seconds, user, reason] of [
      [60, alice, null],
      [61, null, 'not-yet-valid'],
    ] as const) {
      const behind = visitorOf(createTestClock(ahead.clock() - seconds), {}, ahead)
      expect((await behind.run(who)).value).toEqual(user)
      expect((await behind.run(why)).value).toBe(reason)
      behind.cookies.delete(SESSION)
      expect((await behind.run(who)).value).toEqual(user)
      expect((await behind.run(why)).value).toBe(reason)
    }
  })

  it('treat a login from the future as a login of this second', async () => {
    const ahead = visitor()
    await ahead.loginAs(alice)
    const behind = visitorOf(createTestClock(ahead.clock() - 60), {}, ahead)
    expect((await behind.run((auth) => auth.loginFresh({ withinSeconds: 1 }))).value).toBe(true)
  })

  it('apply no tolerance to the idle time, the absolute age, or the end of the remember cookie', async () => {
    const limits = { session: { idleSeconds: 100, absoluteSeconds: 100 }, remember: { seconds: 100 } }
    const browser = visitor(limits)
    await browser.loginAs(alice, { remember: true })
    const late = visitorOf(createTestClock(browser.clock() + 100), limits, browser)
    expect((await late.run(why)).value).toBe('expired')
    expect((await late.run(who)).value).toBeNull()
  })
})

describe('the option withinSeconds', () => {
  it('accepts a login until the last second, and not longer', async () => {
    const browser = visitor()
    await browser.loginAs(alice)
    const isRecent = (auth: Auth<User>) => auth.loginFresh({ withinSeconds: 600 })
    browser.clock.advance(600)
    expect((await browser.run(isRecent)).value).toBe(true)
    browser.clock.advance(1)
    expect((await browser.run(isRecent)).value).toBe(false)
    expect((await browser.run((auth) => auth.loginFresh())).value).toBe(true)
    await browser.run((auth) => auth.confirmLogin())
    expect((await browser.run(isRecent)).value).toBe(true)
  })
})

describe('a change of secrets', () => {
  const before: Options = { secrets: OLD, sessionStamp: () => 'stamp', sessionProtection: 'strong' }
  const rotated: Options = { ...before, secrets: { current: SECRET, previous: [OLD] } }
  const after: Options = { ...before, secrets: { current: SECRET, previous: [] } }

  it('ends no login that is used while the previous secret is configured', async () => {
    const browser = visitor(before)
    await browser.loginAs(alice)
    const during = visitorOf(browser.clock, rotated, browser)
    const { value, cookies } = await during.run(who)
    expect(value).toEqual(alice)
    expect(cookies).toHaveLength(1)
    expect((await during.run(who)).cookies).toEqual([])
    const later = visitorOf(browser.clock, after, during)
    expect((await later.run(async (auth) => [await auth.currentUser(), await auth.loginFresh()])).value).toEqual([
      alice,
      true,
    ])
  })

  it('changes the key ID in the cookie, and the previous key signs no new cookie', async () => {
    const browser = visitor(before)
    await browser.loginAs(alice)
    const old = headerOf(browser.cookies.get(SESSION))
    const during = visitorOf(browser.clock, rotated, browser)
    await during.run(who)
    const fresh = headerOf(during.cookies.get(SESSION))
    expect(fresh).toMatchObject({ alg: 'HS256', typ: 'session+jwt' })
    expect(fresh.kid).not.toBe(old.kid)
  })

  it('ends logins that were not used before the previous secret was removed', async () => {
    const browser = visitor(before)
    await browser.loginAs(alice)
    expect((await visitorOf(browser.clock, after, browser).run(why)).value).toBe('bad-signature')
  })

  it('signs a restored remember cookie again, with the same time of expiry', async () => {
    const browser = visitor(before)
    await browser.loginAs(alice, { remember: true, rememberSeconds: 1000 })
    browser.restart()
    browser.clock.advance(400)
    const during = visitorOf(browser.clock, rotated, browser)
    const { value, cookies } = await during.run(who)
    expect(value).toEqual(alice)
    expect(cookies[1]).toMatch(/^__Host-remember_token=[^;]+; Max-Age=600;/)
    during.restart()
    const later = visitorOf(browser.clock, after, during)
    expect((await later.run(who)).value).toEqual(alice)
    browser.clock.advance(600)
    later.cookies.delete(SESSION)
    expect((await later.run(why)).value).toBe('expired')
  })

  it('signs a remember cookie again also while the session is valid', async () => {
    const browser = visitor(before)
    await browser.loginAs(alice, { remember: true })
    const during = visitorOf(browser.clock, rotated, browser)
    expect((await during.run((auth) => auth.loginRemembered())).value).toBe(true)
    const later = visitorOf(browser.clock, after, during)
    expect((await later.run((auth) => auth.loginRemembered())).value).toBe(true)
    later.cookies.delete(SESSION)
    expect((await later.run(who)).value).toEqual(alice)
  })

  it('signs the session of an anonymous visitor again', async () => {
    const browser = visitor(before)
    await browser.run((auth) => auth.session.set('cart', 1))
    const during = visitorOf(browser.clock, rotated, browser)
    await during.run(who)
    const later = visitorOf(browser.clock, after, during)
    expect((await later.run((auth) => auth.session.get('cart'))).value).toBe(1)
  })

  it('does not accept a changed client, even if the claims are created again', async () => {
    const browser = visitor({ ...before, sessionProtection: 'basic' })
    await browser.loginAs(alice)
    const during = visitorOf(browser.clock, { ...rotated, sessionProtection: 'basic' }, browser)
    const other = { headers: { 'user-agent': 'other' } }
    expect((await during.run((auth) => auth.loginFresh(), other)).value).toBe(false)
    const later = visitorOf(browser.clock, { ...after, sessionProtection: 'basic' }, during)
    expect((await later.run((auth) => auth.loginFresh(), other)).value).toBe(false)
  })

  it('does not restore a revoked login', async () => {
    const browser = visitor(before)
    await browser.loginAs(alice, { remember: true })
    const during = visitorOf(browser.clock, { ...rotated, sessionStamp: () => 'changed' }, browser)
    expect((await during.run(why)).value).toBe('revoked')
  })

  it('can be reverted, and secrets can be bytes or text', async () => {
    const bytes = new TextEncoder().encode('only for tests: ünïcödé, 日本 and some more')
    const text: Secrets = { current: new TextDecoder().decode(bytes), previous: [] }
    const browser = visitor({ secrets: text })
    await browser.loginAs(alice)
    expect((await visitorOf(browser.clock, { secrets: bytes }, browser).run(who)).value).toEqual(alice)
  })
})

describe('two apps that share a secret', () => {
  it('do not accept each other’s logins, unless they have the same audience', async () => {
    const shop = visitor({ audience: 'shop' })
    await shop.loginAs(alice, { remember: true })
    expect((await visitorOf(shop.clock, { audience: 'blog' }, shop).run(why)).value).toBe('bad-signature')
    expect((await visitorOf(shop.clock, {}, shop).run(why)).value).toBe('bad-signature')
    expect((await visitorOf(shop.clock, { audience: 'shop' }, shop).run(who)).value).toEqual(alice)
  })

  it('do not accept a cookie with another name', async () => {
    const browser = visitor()
    await browser.loginAs(alice)
    const other = visitorOf(browser.clock, { session: { cookie: { name: 'other' } } })
    other.cookies.set('other', browser.cookies.get(SESSION) as string)
    expect((await other.run(why)).value).toBe('bad-signature')
  })
})

describe('a change of the session codec', () => {
  const toEncrypted: Options = { session: { codec: encrypted(), previousCodec: signed() } }
  const toSigned: Options = { session: { codec: signed(), previousCodec: encrypted() } }

  it.each([
    ['signed to encrypted', {}, toEncrypted, { session: { codec: encrypted() } }, 5],
    ['encrypted to signed', { session: { codec: encrypted() } }, toSigned, {}, 3],
  ])('from %s ends no login', async (_, before, during, after, segments) => {
    const browser = visitor(before)
    await browser.loginAs(alice)
    await browser.run((auth) => auth.session.set('cart', ['book']))
    expect((await visitorOf(browser.clock, after, browser).run(who)).value).toBeNull()
    const moving = visitorOf(browser.clock, during, browser)
    const { value, cookies } = await moving.run(who)
    expect(value).toEqual(alice)
    expect(cookies).toHaveLength(1)
    expect(moving.cookies.get(SESSION)?.split('.')).toHaveLength(segments)
    expect((await moving.run(who)).cookies).toEqual([])
    const moved = visitorOf(browser.clock, after, moving)
    const { value: kept } = await moved.run(async (auth) => [await auth.currentUser(), await auth.session.get('cart')])
    expect(kept).toEqual([alice, ['book']])
  })

  it('keeps the cart of an anonymous visitor', async () => {
    const browser = visitor()
    await browser.run((auth) => auth.session.set('cart', 1))
    const moving = visitorOf(browser.clock, toEncrypted, browser)
    expect((await moving.run((auth) => auth.session.get('cart'))).cookies).toHaveLength(1)
    const moved = visitorOf(browser.clock, { session: { codec: encrypted() } }, moving)
    expect((await moved.run((auth) => auth.session.get('cart'))).value).toBe(1)
  })

  it('does not fail a page that only reads, if the new cookie is too large', async () => {
    const browser = visitor()
    await browser.loginAs(alice)
    const { value: room } = await browser.run(async (auth) => {
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
    const { value } = await moving.run(async (auth) => [
      await auth.currentUser(),
      ((await auth.session.get('draft')) as string).length,
    ])
    expect(value).toEqual([alice, room])
  })

  it('does not accept an invalid cookie of either codec', async () => {
    for (const options of [toEncrypted, toSigned]) {
      const browser = visitor(options)
      for (const [cookie, reason] of [
        ['nonsense', 'bad-format'],
        ['a.b.c', options === toSigned ? 'bad-signature' : 'bad-format'],
      ] as const) {
        browser.cookies.set(SESSION, cookie)
        expect((await browser.run(why)).value).toBe(reason)
      }
    }
  })

  it('to encrypted cookies hides the session from the browser, and the remember cookie stays signed', async () => {
    const browser = visitor({ session: { codec: encrypted() } })
    await browser.loginAs(alice, { remember: true })
    expect(headerOf(browser.cookies.get(SESSION))).toMatchObject({ alg: 'dir', enc: 'A256CBC-HS512', ctx: SESSION })
    expect(headerOf(browser.cookies.get(REMEMBER))).toMatchObject({ alg: 'HS256', typ: 'remember+jwt' })
    expect((await browser.run(who)).value).toEqual(alice)
    expect((await browser.run(who)).value).toEqual(alice)
  })
})

describe('a cookie in the cache of verified cookies', () => {
  it.each([0, 4_194_304])(
    'is checked again for expiry, user, stamp and client (cache of %i bytes)',
    async (cacheBytes) => {
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
        return (await browser.run(why)).value
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
    },
  )

  it('has frozen data, so that no request changes the data of another', async () => {
    const browser = visitor()
    await browser.run((auth) => auth.session.set('cart', { items: ['book'] }))
    const { value } = await browser.run(async (auth) => {
      const cart = (await auth.session.get('cart')) as { items: string[] }
      expect(() => cart.items.push('pen')).toThrow(TypeError)
      return cart
    })
    expect((await browser.run((auth) => auth.session.get('cart'))).value).toEqual(value)
  })
})
