// The cookie listener receives the cookies after each operation, for adapters without access to the response, such as
// server actions. An operation whose cookies the listener rejects is rolled back.
import { describe, expect, it } from 'vitest'
import { checkRequest, commit } from '../src/adapter'
import { apiKey, createLoginManager, type LoginManagerOptions } from '../src/index'
import { createTestClock } from '../src/testing'
import { alice, bob, type User } from './setup'

const SECRET = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'

function setUp(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({ secrets: SECRET, loadUser: (id) => ({ id }), clock, ...options })
  const createRequest = (cookie = '', headers: Record<string, string> = {}) =>
    new Request('https://app.test/page', { headers: { 'user-agent': 'one', ...(cookie && { cookie }), ...headers } })

  const open = (cookie?: string, { headers = {}, readOnly = false } = {}) => {
    const received: string[][] = []
    const state = { isThrowing: false }
    const auth = manager.open(createRequest(cookie, headers), {
      readOnly,
      onCookies: (lines) => {
        if (state.isThrowing) throw new Error('no cookies here')
        received.push(lines.map((line) => line.split('; Path')[0]?.replace(/=[\w.-]{9,}/, '=…') as string))
      },
    })
    return { auth, received, state }
  }

  const createCookies = async (run: (auth: ReturnType<typeof open>['auth']) => Promise<unknown>, cookie = '') => {
    const auth = manager.open(createRequest(cookie))
    await run(auth)
    const lines = commit(auth, new Response()).headers.getSetCookie()
    return lines.map((line) => line.split(';')[0]).join('; ')
  }
  return { manager, clock, open, createCookies }
}

const SESSION = '__Host-session=…'
const REMEMBER = '__Host-remember_token=…; Max-Age=2592000'
const NO_SESSION = '__Host-session=; Max-Age=0'
const NO_REMEMBER = '__Host-remember_token=; Max-Age=0'
const ENDED = '__Host-session_ended=…; Max-Age=600'

describe('a cookie listener', () => {
  it('gets reentered from the Auth object, and rolls back a login if it throws', async () => {
    const { manager } = setUp()
    const reads: unknown[] = []
    let tries = 0
    const auth = manager.open(new Request('https://app.test/page'), {
      onCookies: () => {
        reads.push(auth.session.get('x').catch(({ code }) => code))
        if (tries++ === 0) throw new Error('the listener failed')
      },
    })
    await expect(auth.loginUser(alice)).rejects.toThrow('the listener failed')
    expect(await Promise.all(reads)).toEqual(['reentered'])
    expect(await auth.currentUser()).toBeNull()
    expect(commit(auth, new Response()).headers.getSetCookie()).toEqual([])
  })

  it('receives all Set-Cookie lines after each change', async () => {
    const { open } = setUp()
    const { auth, received } = open()
    await auth.loginUser(alice, { remember: true })
    expect(received).toEqual([[SESSION, REMEMBER]])
    await auth.flash('welcome')
    await auth.session.set('a', 1)
    expect(received.slice(1)).toEqual([
      [SESSION, REMEMBER],
      [SESSION, REMEMBER],
    ])
  })

  it('is not called if nothing changes', async () => {
    const { open, createCookies } = setUp()
    const { auth, received } = open(await createCookies((one) => one.loginUser(alice)))
    await checkRequest(auth)
    await auth.currentUser()
    await auth.session.get('a')
    await auth.require()
    await auth.session.delete('a')
    expect(received).toEqual([])
    commit(auth, new Response())
    expect(received).toEqual([])
  })

  it('receives the session cookie of a restore from the remember cookie', async () => {
    const { open, createCookies } = setUp()
    const both = await createCookies((one) => one.loginUser(alice, { remember: true }))
    const { auth, received } = open(both.split('; ')[1])
    expect(await auth.currentUser()).toEqual(alice)
    expect(received).toEqual([[SESSION]])
  })

  it('receives cleared cookies after a login and a logout in one request', async () => {
    const { open, createCookies } = setUp()
    const visitor = open()
    await visitor.auth.loginUser(alice, { remember: true })
    await visitor.auth.logoutUser()
    expect(visitor.received).toEqual([[SESSION, REMEMBER], []])
    const known = open(await createCookies((one) => one.loginUser(bob, { remember: true })))
    await known.auth.loginUser(alice)
    await known.auth.logoutUser()
    expect(known.received).toEqual([
      [SESSION, NO_REMEMBER, ENDED],
      [NO_SESSION, NO_REMEMBER, ENDED],
    ])
    await known.auth.loginUser(alice, { remember: true })
    expect(known.received[2]).toEqual([SESSION, REMEMBER, ENDED])
  })

  it('does not receive the cookies of a failed operation', async () => {
    const { open, manager } = setUp({ isActive: ({ id }) => id !== 'bob' })
    const { auth, received } = open()
    expect(await auth.loginUser(bob)).toBe(false)
    await expect(auth.session.set('big', 'x'.repeat(5000))).rejects.toMatchObject({ code: 'cookie-too-large' })
    const stop = manager.on('userLoggedIn', () => {
      throw new Error('the listener failed')
    })
    await expect(auth.loginUser(alice)).rejects.toThrow('the listener failed')
    expect(received).toEqual([])
    stop()
    await auth.loginUser(alice)
    expect(received).toEqual([[SESSION]])
  })

  it('receives the cookies of a logout, and of a detected other client, if a later step fails', async () => {
    const { open, createCookies, manager } = setUp({
      loadUser: (id) => {
        throw new Error(`${id} cannot be loaded`)
      },
    })
    const cookie = await createCookies((one) => one.loginUser(alice, { remember: true }))
    manager.on('userLoggedOut', () => {
      throw new Error('the listener failed')
    })
    const loggingOut = open(cookie)
    await expect(loggingOut.auth.logoutUser()).rejects.toThrow('the listener failed')
    expect(loggingOut.received).toEqual([[NO_SESSION, NO_REMEMBER, ENDED]])
    const otherClient = open(cookie, { headers: { 'user-agent': 'two' } })
    await expect(otherClient.auth.currentUser()).rejects.toThrow('alice cannot be loaded')
    expect(otherClient.received).toEqual([[SESSION]])
  })

  it("receives the remember cookie of each request with remember.renew: 'everyRequest'", async () => {
    const { open, createCookies } = setUp({ remember: { renew: 'everyRequest' } })
    const { auth, received } = open(await createCookies((one) => one.loginUser(alice, { remember: true })))
    await checkRequest(auth)
    expect(received).toEqual([[REMEMBER]])
    await auth.logoutUser()
    expect(received[1]).toEqual([NO_SESSION, NO_REMEMBER, ENDED])
  })

  it('does not receive a session of a user of a request loader if session.writeForRequestUsers is false', async () => {
    const { open } = setUp({
      loadUserFromRequest: apiKey(() => alice),
      session: { writeForRequestUsers: false },
    })
    const { auth, received } = open('', { headers: { 'x-api-key': 'k' } })
    await auth.flash('hello')
    await auth.currentUser()
    expect(received).toEqual([[SESSION], []])
  })

  it('is not called by a read-only Auth object', async () => {
    const { open, createCookies } = setUp()
    const both = await createCookies((one) => one.loginUser(alice, { remember: true }))
    const { auth, received } = open(both.split('; ')[1], { readOnly: true })
    expect(await auth.currentUser()).toEqual(alice)
    await expect(auth.logoutUser()).rejects.toMatchObject({ code: 'read-only' })
    expect(received).toEqual([])
  })
})

describe('a cookie listener that throws', () => {
  it('rolls back a login', async () => {
    const { open } = setUp()
    const { auth, state, received } = open()
    state.isThrowing = true
    await expect(auth.loginUser(alice, { remember: true })).rejects.toThrow('no cookies here')
    await expect(auth.flash('hello')).rejects.toThrow('no cookies here')
    expect(await auth.currentUser()).toBeNull()
    expect(await auth.peekFlashes()).toEqual([])
    expect(commit(auth, new Response()).headers.getSetCookie()).toEqual([])
    expect(received).toEqual([])
  })

  it('rolls back a logout, and the incoming session stays', async () => {
    const { open, createCookies } = setUp()
    const cookie = await createCookies(async (one) => {
      await one.loginUser(alice, { remember: true })
      await one.session.set('cart', [1])
    })
    const changes: [string, (auth: ReturnType<typeof open>['auth']) => Promise<unknown>][] = [
      ['a logout', (auth) => auth.logoutUser()],
      ['a confirmation', (auth) => auth.confirmLogin()],
      ['data', (auth) => auth.session.set('cart', [])],
    ]
    for (const [change, run] of changes) {
      const { auth, state } = open(cookie)
      state.isThrowing = true
      await expect(run(auth), change).rejects.toThrow('no cookies here')
      expect(await auth.currentUser(), change).toEqual(alice)
      expect(await auth.session.get('cart'), change).toEqual([1])
      expect(await auth.loginFresh(), change).toBe(true)
      expect(await auth.loginRemembered(), change).toBe(true)
      expect(commit(auth, new Response()).headers.getSetCookie(), change).toEqual([])
    }
  })

  it('keeps the previous login if it rejects the cookies of another login', async () => {
    const { open, createCookies } = setUp()
    const { auth, state } = open(await createCookies((one) => one.loginUser(bob)))
    expect(await auth.currentUser()).toEqual(bob)
    state.isThrowing = true
    await expect(auth.loginUser(alice)).rejects.toThrow('no cookies here')
    expect(await auth.currentUser()).toEqual(bob)
  })

  it('receives the next change without the rejected one', async () => {
    const { open, createCookies } = setUp()
    const { auth, state, received } = open(await createCookies((one) => one.loginUser(bob)))
    state.isThrowing = true
    await expect(auth.session.set('a', 1)).rejects.toThrow('no cookies here')
    state.isThrowing = false
    await auth.session.set('b', 2)
    expect(received).toEqual([[SESSION]])
    expect([await auth.session.get('a'), await auth.session.get('b')]).toEqual([undefined, 2])
    expect(await auth.currentUser()).toEqual(bob)
    await auth.session.delete('b')
    await auth.session.set('b', 2)
    expect(received).toHaveLength(3)
  })
})
