import { describe, expect, it } from 'vitest'
import { alice, getReason, setUp } from '../../test/setup'

describe('a session stamp', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['an empty string', ''],
    ['false', false],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['an object', {}],
    ['a bigint', 1n],
    ['a promise of undefined', Promise.resolve(undefined)],
  ])('that is %s throws at the login, because such a login could not be ended', async (_, stamp) => {
    const { createBrowser } = setUp({ sessionStamp: () => stamp as string })
    const { value, cookies } = await createBrowser().run(async (auth) => {
      await expect(auth.loginUser(alice, { remember: true })).rejects.toMatchObject({ code: 'invalid-stamp' })
      return auth.currentUser()
    })
    expect(value).toBeNull()
    expect(cookies).toEqual([])
  })

  it('that becomes invalid after the login throws when the user is loaded', async () => {
    let stamp: string | null = 'one'
    const { createBrowser } = setUp({ sessionStamp: () => stamp as string })
    const browser = createBrowser()
    await browser.loginAs(alice)
    stamp = null
    await expect(browser.run((auth) => auth.currentUser())).rejects.toMatchObject({ code: 'invalid-stamp' })
    stamp = 'one'
    expect((await browser.run(getReason)).value).toBeNull()
  })

  it.each([
    [0, 1],
    [-1, 1],
    ['a', 'b'],
    ['1', 1],
    ['a', 'a '],
  ])('ends the login when it changes from %j to %j', async (before, after) => {
    let stamp: string | number = before
    const { createBrowser } = setUp({ sessionStamp: () => stamp })
    const browser = createBrowser()
    await browser.loginAs(alice)
    expect((await browser.run(getReason)).value).toBeNull()
    stamp = after
    expect((await browser.run(getReason)).value).toBe('revoked')
  })

  it('in a cookie is ignored if the app removes the option sessionStamp', async () => {
    const { createBrowser } = setUp({ sessionStamp: () => 'one' })
    const browser = createBrowser()
    await browser.loginAs(alice)
    const other = setUp().createBrowser()
    other.cookies.set('__Host-session', browser.cookies.get('__Host-session') as string)
    expect((await other.run(getReason)).value).toBeNull()
  })
})

describe('a deny list', () => {
  it('ends one session, and not the other sessions of the user', async () => {
    const denied = new Set<string>()
    const { createBrowser, manager } = setUp({ isRevoked: async (id) => denied.has(id) })
    manager.on('userLoggedOut', ({ ended }) => {
      for (const { id } of ended) denied.add(id)
    })
    const [browser, other] = [createBrowser(), createBrowser()]
    await browser.loginAs(alice, { remember: true })
    await other.loginAs(alice)
    const copies = browser.cookies.names().map((name) => [name, browser.cookies.get(name) as string] as const)
    await browser.run((auth) => auth.logoutUser())
    expect(denied.size).toBe(2)
    const thief = createBrowser()
    for (const [name, value] of copies) thief.cookies.set(name, value)
    expect((await thief.run(getReason)).value).toBe('revoked')
    expect(thief.cookies.names()).toEqual([])
    expect((await other.run(getReason)).value).toBeNull()
  })

  it('ends a remember cookie by its own ID', async () => {
    let denied = ''
    const { createBrowser, record } = setUp({ isRevoked: (id) => id === denied })
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    const token = browser.cookies.get('__Host-remember_token')?.split('.')[1] as string
    denied = (JSON.parse(Buffer.from(token, 'base64url').toString()) as { jti: string }).jti
    expect((await browser.run(getReason)).value).toBeNull()
    browser.restart()
    expect((await browser.run(getReason)).value).toBe('revoked')
    expect(record.events.at(-1)).toMatchObject({ name: 'rememberRejected', reason: 'revoked' })
    expect(browser.cookies.names()).toEqual([])
  })

  it('receives the IDs that a login and a confirmation ended', async () => {
    const { createBrowser, record } = setUp()
    const browser = createBrowser()
    await browser.loginAs(alice, { remember: true })
    const { value } = await browser.run((auth) => auth.currentLogin())
    await browser.run((auth) => auth.confirmLogin())
    expect(record.events.at(-1)).toMatchObject({
      name: 'userLoginConfirmed',
      ended: [{ id: value?.session?.sessionId }],
    })
    await browser.loginAs({ id: 'bob' })
    const last = record.events.at(-1)
    expect(last?.name === 'userLoggedIn' && last.ended).toHaveLength(2)
  })

  it('stops the renewal with each response, so a copied cookie ends before its entry is removed', async () => {
    const denied = new Set<string>()
    const { createBrowser } = setUp({
      isRevoked: (id) => denied.has(id),
      session: { renew: 'everyRequest' },
      remember: { renew: 'everyRequest' },
    })
    const browser = createBrowser()
    await browser.loginAs(alice, { permanent: true, remember: true })
    const openPage = () => browser.run(() => null)
    expect((await openPage()).cookies).toHaveLength(2)
    const { value } = await browser.run((auth) => auth.currentLogin())
    denied.add(value?.session?.sessionId ?? '')
    expect((await openPage()).cookies).toEqual([])
  })

  it('that returns an invalid value rejects the login', async () => {
    const { createBrowser } = setUp({ isRevoked: () => undefined as unknown as boolean })
    const browser = createBrowser()
    await browser.loginAs(alice)
    expect((await browser.run(getReason)).value).toBe('revoked')
  })

  it('that is unavailable rejects the login and does not end it', async () => {
    let isDown = true
    const { createBrowser } = setUp({
      isRevoked: () => {
        if (isDown) throw new Error('deny list')
        return false
      },
    })
    const browser = createBrowser()
    await browser.loginAs(alice)
    await expect(browser.run(getReason)).rejects.toThrow('deny list')
    isDown = false
    expect((await browser.run(getReason)).value).toBeNull()
  })
})
