import { describe, expect, it } from 'vitest'
import {
  alice,
  type Browser,
  copyCookies,
  createBrowser,
  createManager,
  getReason,
  getUser,
  NOW,
  REMEMBER,
  SECRET,
  SESSION,
  type User,
} from '../../test/setup'
import { encrypted } from '../encrypted'
import { type Auth, type LoginManagerOptions, type Secrets, signed } from '../index'
import { createTestClock, type TestClock } from '../testing'

const OLD = 'the secret before: abcdefghijklmnop 0123456789'
const DAY = 86_400

type Options = Partial<LoginManagerOptions<User>>

/** Creates a browser of a new manager, with the cookies of another browser. */
function createBrowserAt(clock: TestClock, options: Options = {}, source?: Browser): Browser {
  const browser = createBrowser(createManager({ clock, ...options }), clock)
  if (source !== undefined) copyCookies(source, browser)
  return browser
}

/** Creates a browser of a new manager, with its clock. */
function createClockedBrowser(options: Options = {}) {
  const clock = createTestClock(NOW)
  return Object.assign(createBrowserAt(clock, options), { clock })
}

function decodeHeader(cookie: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from((cookie as string).split('.')[0] as string, 'base64url').toString())
}

describe('a session that is not used', () => {
  it('is valid until the last second of its idle time, and not longer', async () => {
    for (const [seconds, reason] of [
      [999, null],
      [1000, 'idle'],
    ] as const) {
      const browser = createClockedBrowser({ session: { idleSeconds: 1000 } })
      await browser.loginAs(alice)
      browser.clock.advance(seconds)
      expect((await browser.run(getReason)).value).toBe(reason)
    }
  })

  it('is cleared in the browser after it has ended', async () => {
    const browser = createClockedBrowser({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice)
    browser.clock.advance(1000)
    expect((await browser.run(getUser)).cookies).toEqual([expect.stringContaining('Max-Age=0')])
  })

  it('ends at once if the app has shortened the idle time', async () => {
    const browser = createClockedBrowser()
    await browser.loginAs(alice)
    browser.clock.advance(1000)
    const strict = createBrowserAt(browser.clock, { session: { idleSeconds: 1000 } }, browser)
    expect((await strict.run(getReason)).value).toBe('idle')
  })

  it('ends at its original time if the app has extended the idle time', async () => {
    const browser = createClockedBrowser({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice)
    browser.clock.advance(1000)
    const generous = createBrowserAt(browser.clock, { session: { idleSeconds: 5000 } }, browser)
    expect((await generous.run(getReason)).value).toBe('idle')
  })

  it.each([
    ['a day by default', {}, DAY],
    ['31 days if it is permanent', { permanent: true }, 31 * DAY],
  ])('ends after %s', async (_, options, seconds) => {
    const browser = createClockedBrowser({ session: { absoluteSeconds: null } })
    await browser.loginAs(alice, options)
    const cookie = browser.cookies.get(SESSION) as string
    browser.clock.advance(seconds - 1)
    browser.cookies.set(SESSION, cookie)
    expect((await browser.run(getReason)).value).toBeNull()
    browser.clock.advance(1)
    browser.cookies.set(SESSION, cookie)
    expect((await browser.run(getReason)).value).toBe('idle')
  })
})

describe('a session in use', () => {
  it.each([
    [100, 1],
    [1000, 10],
    [86_400, 60],
  ])('with idleSeconds: %i ends idleSeconds after its last use, exact to %i seconds', async (idleSeconds, step) => {
    const browser = createClockedBrowser({ session: { idleSeconds } })
    await browser.loginAs(alice)
    for (const age of [step - 1, step, idleSeconds / 2]) {
      browser.clock.advance(age)
      await browser.run(getUser)
    }
    browser.clock.advance(idleSeconds - step)
    expect((await browser.run(getUser)).value).toEqual(alice)
    browser.clock.advance(idleSeconds)
    expect((await browser.run(getUser)).value).toBeNull()
  })

  it("ends exactly permanentSeconds after its last use if it is permanent and renew is 'everyRequest'", async () => {
    const times = { idleSeconds: 86_400, permanentSeconds: 86_400, absoluteSeconds: null }
    const browser = createClockedBrowser({ session: { ...times, renew: 'everyRequest' } })
    for (const age of [0, 1, 2, 59, 863]) {
      await browser.loginAs(alice, { permanent: true })
      browser.clock.advance(age)
      await browser.run(getUser)
      const cookie = browser.cookies.get(SESSION) as string
      browser.clock.advance(86_399)
      browser.cookies.set(SESSION, cookie)
      expect((await browser.run(getUser)).value).toEqual(alice)
      browser.clock.advance(1)
      browser.cookies.set(SESSION, cookie)
      expect((await browser.run(getReason)).value).toBe('idle')
    }
  })

  it.each([
    [100, 1],
    [1000, 10],
    [86_400, 60],
    [2_678_400, 60],
  ])(
    'with idleSeconds: %i ends at most %i seconds early after its last use, and never late',
    async (idleSeconds, step) => {
      const times = { idleSeconds, absoluteSeconds: null }
      const browser = createClockedBrowser({ session: times })
      for (const age of [0, 1, step - 1, step, step + 1]) {
        await browser.loginAs(alice)
        browser.clock.advance(age)
        await browser.run(getUser)
        const cookie = browser.cookies.get(SESSION) as string
        browser.clock.advance(idleSeconds - step)
        browser.cookies.set(SESSION, cookie)
        expect((await browser.run(getUser)).value).toEqual(alice)
        browser.clock.advance(step)
        browser.cookies.set(SESSION, cookie)
        expect((await browser.run(getReason)).value).toBe('idle')
      }
    },
  )

  it('is renewed after a hundredth of its idle time, and not with every request', async () => {
    const browser = createClockedBrowser({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice)
    browser.clock.advance(9)
    expect((await browser.run(getUser)).cookies).toEqual([])
    browser.clock.advance(1)
    expect((await browser.run(getUser)).cookies).toHaveLength(1)
    for (let step = 0; step < 5; step++) {
      browser.clock.advance(999)
      expect((await browser.run(getUser)).value).toEqual(alice)
    }
  })

  it('is not renewed if the app does not read the user', async () => {
    const browser = createClockedBrowser({ session: { idleSeconds: 1000 } })
    await browser.loginAs(alice)
    browser.clock.advance(500)
    expect((await browser.run(() => 'hello')).cookies).toEqual([])
  })

  it('is never renewed with renew: never', async () => {
    const browser = createClockedBrowser({ session: { idleSeconds: 1000, renew: 'never' } })
    await browser.loginAs(alice)
    browser.clock.advance(999)
    expect((await browser.run(getUser)).cookies).toEqual([])
  })

  it('ends exactly at its absolute age, even if it is in use', async () => {
    const browser = createClockedBrowser({ session: { idleSeconds: 1000, absoluteSeconds: 2500 } })
    await browser.loginAs(alice)
    for (const step of [800, 800, 800, 99]) {
      browser.clock.advance(step)
      expect((await browser.run(getUser)).value).toEqual(alice)
    }
    browser.clock.advance(1)
    expect((await browser.run(getReason)).value).toBe('expired')
    expect(browser.cookies.names()).toEqual([])
  })

  it('has a Max-Age up to its absolute age if it is permanent', async () => {
    const browser = createClockedBrowser({ session: { permanentSeconds: 1000, absoluteSeconds: 1500 } })
    await browser.loginAs(alice, { permanent: true })
    browser.clock.advance(900)
    expect((await browser.run(getUser)).cookies[0]).toContain('; Max-Age=600;')
  })

  it('has no absolute age if absoluteSeconds is null', async () => {
    const browser = createClockedBrowser({ session: { absoluteSeconds: null } })
    await browser.loginAs(alice)
    for (let day = 0; day < 60; day++) {
      browser.clock.advance(DAY - 1)
      expect((await browser.run(getUser)).value).toEqual(alice)
    }
  })

  it('is set with every response if it is permanent and renew is everyRequest, also without a read of the user', async () => {
    const browser = createClockedBrowser({ session: { renew: 'everyRequest' } })
    await browser.loginAs(alice, { permanent: true })
    expect((await browser.run(() => 'hello')).cookies).toEqual([expect.stringContaining('Max-Age=2678400')])
    await browser.loginAs(alice, { permanent: false })
    expect((await browser.run(() => 'hello')).cookies).toEqual([])
    browser.cookies.delete(SESSION)
    expect((await browser.run(() => 'hello')).cookies).toEqual([])
  })

  it('keeps the cart of a visitor who returns every day', async () => {
    const browser = createClockedBrowser()
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
    const ahead = createClockedBrowser()
    await ahead.loginAs(alice, { remember: true })
    for (const [seconds, user, reason] of [
      [60, alice, null],
      [61, null, 'not-yet-valid'],
    ] as const) {
      const behind = createBrowserAt(createTestClock(ahead.clock() - seconds), {}, ahead)
      expect((await behind.run(getUser)).value).toEqual(user)
      expect((await behind.run(getReason)).value).toBe(reason)
      behind.cookies.delete(SESSION)
      expect((await behind.run(getUser)).value).toEqual(user)
      expect((await behind.run(getReason)).value).toBe(reason)
    }
  })

  it('treat a login from the future as a login of the current second', async () => {
    const ahead = createClockedBrowser()
    await ahead.loginAs(alice)
    const behind = createBrowserAt(createTestClock(ahead.clock() - 60), {}, ahead)
    expect((await behind.run((auth) => auth.loginFresh({ withinSeconds: 1 }))).value).toBe(true)
  })

  it('apply no tolerance to the idle time, the absolute age, or the expiry of the remember cookie', async () => {
    const limits = { session: { idleSeconds: 100, absoluteSeconds: 100 }, remember: { seconds: 100 } }
    const browser = createClockedBrowser(limits)
    await browser.loginAs(alice, { remember: true })
    const late = createBrowserAt(createTestClock(browser.clock() + 100), limits, browser)
    expect((await late.run(getReason)).value).toBe('expired')
    expect((await late.run(getUser)).value).toBeNull()
  })
})

describe('the option withinSeconds', () => {
  it('accepts a login until the last second, and not longer', async () => {
    const browser = createClockedBrowser()
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

  it('does not end a login that is used while the previous secret is configured', async () => {
    const browser = createClockedBrowser(before)
    await browser.loginAs(alice)
    const during = createBrowserAt(browser.clock, rotated, browser)
    const { value, cookies } = await during.run(getUser)
    expect(value).toEqual(alice)
    expect(cookies).toHaveLength(1)
    expect((await during.run(getUser)).cookies).toEqual([])
    const rotatedOut = createBrowserAt(browser.clock, after, during)
    expect((await rotatedOut.run(async (auth) => [await auth.currentUser(), await auth.loginFresh()])).value).toEqual([
      alice,
      true,
    ])
  })

  it('changes the key ID in the cookie, and the previous key does not sign new cookies', async () => {
    const browser = createClockedBrowser(before)
    await browser.loginAs(alice)
    const old = decodeHeader(browser.cookies.get(SESSION))
    const during = createBrowserAt(browser.clock, rotated, browser)
    await during.run(getUser)
    const fresh = decodeHeader(during.cookies.get(SESSION))
    expect(fresh).toMatchObject({ alg: 'HS256', typ: 'session+jwt' })
    expect(fresh.kid).not.toBe(old.kid)
  })

  it('ends logins that were not used before the previous secret was removed', async () => {
    const browser = createClockedBrowser(before)
    await browser.loginAs(alice)
    expect((await createBrowserAt(browser.clock, after, browser).run(getReason)).value).toBe('bad-signature')
  })

  it('signs a restored remember cookie again, with the same time of expiry', async () => {
    const browser = createClockedBrowser(before)
    await browser.loginAs(alice, { remember: true, rememberSeconds: 1000 })
    browser.restart()
    browser.clock.advance(400)
    const during = createBrowserAt(browser.clock, rotated, browser)
    const { value, cookies } = await during.run(getUser)
    expect(value).toEqual(alice)
    expect(cookies[1]).toMatch(/^__Host-remember_token=[^;]+; Max-Age=600;/)
    during.restart()
    const rotatedOut = createBrowserAt(browser.clock, after, during)
    expect((await rotatedOut.run(getUser)).value).toEqual(alice)
    browser.clock.advance(600)
    rotatedOut.cookies.delete(SESSION)
    expect((await rotatedOut.run(getReason)).value).toBe('expired')
  })

  it('signs a remember cookie again also while the session is valid', async () => {
    const browser = createClockedBrowser(before)
    await browser.loginAs(alice, { remember: true })
    const during = createBrowserAt(browser.clock, rotated, browser)
    expect((await during.run((auth) => auth.loginRemembered())).value).toBe(true)
    const rotatedOut = createBrowserAt(browser.clock, after, during)
    expect((await rotatedOut.run((auth) => auth.loginRemembered())).value).toBe(true)
    rotatedOut.cookies.delete(SESSION)
    expect((await rotatedOut.run(getUser)).value).toEqual(alice)
  })

  it('signs the session of an anonymous visitor again', async () => {
    const browser = createClockedBrowser(before)
    await browser.run((auth) => auth.session.set('cart', 1))
    const during = createBrowserAt(browser.clock, rotated, browser)
    await during.run(getUser)
    const rotatedOut = createBrowserAt(browser.clock, after, during)
    expect((await rotatedOut.run((auth) => auth.session.get('cart'))).value).toBe(1)
  })

  it('does not accept a changed client, even if the claims are created again', async () => {
    const browser = createClockedBrowser({ ...before, sessionProtection: 'basic' })
    await browser.loginAs(alice)
    const during = createBrowserAt(browser.clock, { ...rotated, sessionProtection: 'basic' }, browser)
    const other = { headers: { 'user-agent': 'other' } }
    expect((await during.run((auth) => auth.loginFresh(), other)).value).toBe(false)
    const rotatedOut = createBrowserAt(browser.clock, { ...after, sessionProtection: 'basic' }, during)
    expect((await rotatedOut.run((auth) => auth.loginFresh(), other)).value).toBe(false)
  })

  it('does not restore a revoked login', async () => {
    const browser = createClockedBrowser(before)
    await browser.loginAs(alice, { remember: true })
    const during = createBrowserAt(browser.clock, { ...rotated, sessionStamp: () => 'changed' }, browser)
    expect((await during.run(getReason)).value).toBe('revoked')
  })

  it('from a string to its UTF-8 bytes does not end a login', async () => {
    const bytes = new TextEncoder().encode('only for tests: ünïcödé, 日本 and some more')
    const text: Secrets = { current: new TextDecoder().decode(bytes), previous: [] }
    const browser = createClockedBrowser({ secrets: text })
    await browser.loginAs(alice)
    expect((await createBrowserAt(browser.clock, { secrets: bytes }, browser).run(getUser)).value).toEqual(alice)
  })
})

describe('two apps that share a secret', () => {
  it('do not accept each other’s logins, unless they have the same audience', async () => {
    const shop = createClockedBrowser({ audience: 'shop' })
    await shop.loginAs(alice, { remember: true })
    expect((await createBrowserAt(shop.clock, { audience: 'blog' }, shop).run(getReason)).value).toBe('bad-signature')
    expect((await createBrowserAt(shop.clock, {}, shop).run(getReason)).value).toBe('bad-signature')
    expect((await createBrowserAt(shop.clock, { audience: 'shop' }, shop).run(getUser)).value).toEqual(alice)
  })

  it('do not accept a cookie with another name', async () => {
    const browser = createClockedBrowser()
    await browser.loginAs(alice)
    const other = createBrowserAt(browser.clock, { session: { cookie: { name: 'other' } } })
    other.cookies.set('other', browser.cookies.get(SESSION) as string)
    expect((await other.run(getReason)).value).toBe('bad-signature')
  })
})

describe('a change of the session codec', () => {
  const toEncrypted: Options = { session: { codec: encrypted(), previousCodec: signed() } }
  const toSigned: Options = { session: { codec: signed(), previousCodec: encrypted() } }

  it.each([
    ['signed to encrypted', {}, toEncrypted, { session: { codec: encrypted() } }, 5],
    ['encrypted to signed', { session: { codec: encrypted() } }, toSigned, {}, 3],
  ])('from %s does not end a login', async (_, before, during, after, segments) => {
    const browser = createClockedBrowser(before)
    await browser.loginAs(alice)
    await browser.run((auth) => auth.session.set('cart', ['book']))
    expect((await createBrowserAt(browser.clock, after, browser).run(getUser)).value).toBeNull()
    const moving = createBrowserAt(browser.clock, during, browser)
    const { value, cookies } = await moving.run(getUser)
    expect(value).toEqual(alice)
    expect(cookies).toHaveLength(1)
    expect(moving.cookies.get(SESSION)?.split('.')).toHaveLength(segments)
    expect((await moving.run(getUser)).cookies).toEqual([])
    const moved = createBrowserAt(browser.clock, after, moving)
    const { value: kept } = await moved.run(async (auth) => [await auth.currentUser(), await auth.session.get('cart')])
    expect(kept).toEqual([alice, ['book']])
  })

  it('keeps the cart of an anonymous visitor', async () => {
    const browser = createClockedBrowser()
    await browser.run((auth) => auth.session.set('cart', 1))
    const moving = createBrowserAt(browser.clock, toEncrypted, browser)
    expect((await moving.run((auth) => auth.session.get('cart'))).cookies).toHaveLength(1)
    const moved = createBrowserAt(browser.clock, { session: { codec: encrypted() } }, moving)
    expect((await moved.run((auth) => auth.session.get('cart'))).value).toBe(1)
  })

  it('does not fail a page that only reads, if the new cookie is too large', async () => {
    const browser = createClockedBrowser()
    await browser.loginAs(alice)
    const { value: longest } = await browser.run(async (auth) => {
      let length = 2000
      const fits = (): Promise<boolean> =>
        auth.session.set('draft', 'x'.repeat(length)).then(
          () => true,
          () => false,
        )
      while (await fits()) length++
      return length - 1
    })
    expect(longest).toBeGreaterThan(2000)
    const moving = createBrowserAt(browser.clock, toEncrypted, browser)
    const { value } = await moving.run(async (auth) => [
      await auth.currentUser(),
      ((await auth.session.get('draft')) as string).length,
    ])
    expect(value).toEqual([alice, longest])
  })

  it('does not accept an invalid cookie of either codec', async () => {
    for (const options of [toEncrypted, toSigned]) {
      const browser = createClockedBrowser(options)
      for (const [cookie, reason] of [
        ['nonsense', 'bad-format'],
        ['a.b.c', options === toSigned ? 'bad-signature' : 'bad-format'],
      ] as const) {
        browser.cookies.set(SESSION, cookie)
        expect((await browser.run(getReason)).value).toBe(reason)
      }
    }
  })

  it('to encrypted cookies hides the session from the browser, and the remember cookie stays signed', async () => {
    const browser = createClockedBrowser({ session: { codec: encrypted() } })
    await browser.loginAs(alice, { remember: true })
    expect(decodeHeader(browser.cookies.get(SESSION))).toMatchObject({ alg: 'dir', enc: 'A256CBC-HS512', ctx: SESSION })
    expect(decodeHeader(browser.cookies.get(REMEMBER))).toMatchObject({ alg: 'HS256', typ: 'remember+jwt' })
    expect((await browser.run(getUser)).value).toEqual(alice)
    expect((await browser.run(getUser)).value).toEqual(alice)
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
      const browser = createClockedBrowser(options)
      await browser.loginAs(alice)
      const cookie = browser.cookies.get(SESSION) as string
      const readReason = async () => {
        browser.cookies.set(SESSION, cookie)
        return (await browser.run(getReason)).value
      }
      expect([await readReason(), await readReason()]).toEqual([null, null])
      expect(loads).toBe(2)
      isActive = false
      expect(await readReason()).toBe('inactive')
      isActive = true
      stamp = 'two'
      expect(await readReason()).toBe('revoked')
      stamp = 'one'
      expect(await readReason()).toBeNull()
      browser.clock.advance(DAY)
      expect(await readReason()).toBe('idle')
    },
  )

  it('has frozen data, so that no request changes the data of another', async () => {
    const browser = createClockedBrowser()
    await browser.run((auth) => auth.session.set('cart', { items: ['book'] }))
    const { value } = await browser.run(async (auth) => {
      const cart = (await auth.session.get('cart')) as { items: string[] }
      expect(() => cart.items.push('pen')).toThrow(TypeError)
      return cart
    })
    expect((await browser.run((auth) => auth.session.get('cart'))).value).toEqual(value)
  })
})
