// Where an answer is not in the adapter's hands (a server action), each step hands over its cookies at once. What was
// told and what is believed must never part: nobody is logged in, or out, by cookies that nobody got.
import { describe, expect, it } from 'vitest'
import { checkRequest, commit } from '../src/adapter'
import { apiKey, createLoginManager, type LoginManagerOptions } from '../src/index'
import { createTestClock } from '../src/testing'
import { alice, bob, type User } from './setup'

const SECRET = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'

function world(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const manager = createLoginManager<User>({ secrets: SECRET, loadUser: (id) => ({ id }), clock, ...options })
  const requestOf = (cookie = '', headers: Record<string, string> = {}) =>
    new Request('https://app.test/page', { headers: { 'user-agent': 'one', ...(cookie && { cookie }), ...headers } })

  const open = (cookie?: string, { headers = {}, readOnly = false } = {}) => {
    const told: string[][] = []
    const state = { isRefusing: false }
    const auth = manager.open(requestOf(cookie, headers), {
      readOnly,
      onCookies: (lines) => {
        if (state.isRefusing) throw new Error('no cookies here')
        told.push(lines.map((line) => line.split('; Path')[0]?.replace(/=[\w.-]{9,}/, '=…') as string))
      },
    })
    return { auth, told, state }
  }

  const cookiesOf = async (work: (auth: ReturnType<typeof open>['auth']) => Promise<unknown>, cookie = '') => {
    const auth = manager.open(requestOf(cookie))
    await work(auth)
    const lines = commit(auth, new Response()).headers.getSetCookie()
    return lines.map((line) => line.split(';')[0]).join('; ')
  }
  return { manager, clock, open, cookiesOf }
}

const SESSION = '__Host-session=…'
const REMEMBER = '__Host-remember_token=…; Max-Age=2592000'
const NO_SESSION = '__Host-session=; Max-Age=0'
const NO_REMEMBER = '__Host-remember_token=; Max-Age=0'
const ENDED = '__Host-session_ended=…; Max-Age=600'

describe('who wants cookies at once', () => {
  it('cannot use the Auth object, and a login whose cookies it rejects is rolled back', async () => {
    const { manager } = world()
    const asked: unknown[] = []
    let tries = 0
    const auth = manager.open(new Request('https://app.test/page'), {
      onCookies: () => {
        asked.push(auth.session.get('x').catch(({ code }) => code))
        if (tries++ === 0) throw new Error('the jar is closed')
      },
    })
    await expect(auth.loginUser(alice)).rejects.toThrow('the jar is closed')
    expect(await Promise.all(asked)).toEqual(['reentered'])
    expect(await auth.currentUser()).toBeNull()
    expect(commit(auth, new Response()).headers.getSetCookie()).toEqual([])
  })

  it('receives all lines after each change', async () => {
    const { open } = world()
    const { auth, told } = open()
    await auth.loginUser(alice, { remember: true })
    expect(told).toEqual([[SESSION, REMEMBER]])
    await auth.flash('welcome')
    await auth.session.set('a', 1)
    expect(told.slice(1)).toEqual([
      [SESSION, REMEMBER],
      [SESSION, REMEMBER],
    ])
  })

  it('is not called if nothing changes', async () => {
    const { open, cookiesOf } = world()
    const { auth, told } = open(await cookiesOf((one) => one.loginUser(alice)))
    await checkRequest(auth)
    await auth.currentUser()
    await auth.session.get('a')
    await auth.require()
    await auth.session.delete('a')
    expect(told).toEqual([])
    commit(auth, new Response())
    expect(told).toEqual([])
  })

  it('receives the cookies that loading the user changes', async () => {
    const { open, cookiesOf } = world()
    const both = await cookiesOf((one) => one.loginUser(alice, { remember: true }))
    const { auth, told } = open(both.split('; ')[1])
    expect(await auth.currentUser()).toEqual(alice)
    expect(told).toEqual([[SESSION]])
  })

  it('receives cleared cookies after a login and a logout in one request', async () => {
    const { open, cookiesOf } = world()
    const visitor = open()
    await visitor.auth.loginUser(alice, { remember: true })
    await visitor.auth.logoutUser()
    expect(visitor.told).toEqual([[SESSION, REMEMBER], []])
    const known = open(await cookiesOf((one) => one.loginUser(bob, { remember: true })))
    await known.auth.loginUser(alice)
    await known.auth.logoutUser()
    expect(known.told).toEqual([
      [SESSION, NO_REMEMBER, ENDED],
      [NO_SESSION, NO_REMEMBER, ENDED],
    ])
    await known.auth.loginUser(alice, { remember: true })
    expect(known.told[2]).toEqual([SESSION, REMEMBER, ENDED])
  })

  it('does not receive the cookies of a failed operation', async () => {
    const { open, manager } = world({ isActive: ({ id }) => id !== 'bob' })
    const { auth, told } = open()
    expect(await auth.loginUser(bob)).toBe(false)
    await expect(auth.session.set('big', 'x'.repeat(5000))).rejects.toMatchObject({ code: 'cookie-too-large' })
    const stop = manager.on('userLoggedIn', () => {
      throw new Error('the listener failed')
    })
    await expect(auth.loginUser(alice)).rejects.toThrow('the listener failed')
    expect(told).toEqual([])
    stop()
    await auth.loginUser(alice)
    expect(told).toEqual([[SESSION]])
  })

  it('receives changes that are kept although a later step failed: a logout, and the mark of another client', async () => {
    const { open, cookiesOf, manager } = world({
      loadUser: (id) => {
        throw new Error(`${id} cannot be loaded`)
      },
    })
    const cookie = await cookiesOf((one) => one.loginUser(alice, { remember: true }))
    manager.on('userLoggedOut', () => {
      throw new Error('the listener failed')
    })
    const leaving = open(cookie)
    await expect(leaving.auth.logoutUser()).rejects.toThrow('the listener failed')
    expect(leaving.told).toEqual([[NO_SESSION, NO_REMEMBER, ENDED]])
    const elsewhere = open(cookie, { headers: { 'user-agent': 'two' } })
    await expect(elsewhere.auth.currentUser()).rejects.toThrow('alice cannot be loaded')
    expect(elsewhere.told).toEqual([[SESSION]])
  })

  it('receives a remember cookie that is renewed with every response', async () => {
    const { open, cookiesOf } = world({ remember: { renew: 'everyRequest' } })
    const { auth, told } = open(await cookiesOf((one) => one.loginUser(alice, { remember: true })))
    await checkRequest(auth)
    expect(told).toEqual([[REMEMBER]])
    await auth.logoutUser()
    expect(told[1]).toEqual([NO_SESSION, NO_REMEMBER, ENDED])
  })

  it('receives no session of a user of a request loader if session.writeForRequestUsers is false', async () => {
    const { open } = world({
      loadUserFromRequest: apiKey(() => alice),
      session: { writeForRequestUsers: false },
    })
    const { auth, told } = open('', { headers: { 'x-api-key': 'k' } })
    await auth.flash('hello')
    await auth.currentUser()
    expect(told).toEqual([[SESSION], []])
  })

  it('is not called by a read-only Auth object', async () => {
    const { open, cookiesOf } = world()
    const both = await cookiesOf((one) => one.loginUser(alice, { remember: true }))
    const { auth, told } = open(both.split('; ')[1], { readOnly: true })
    expect(await auth.currentUser()).toEqual(alice)
    await expect(auth.logoutUser()).rejects.toMatchObject({ code: 'read-only' })
    expect(told).toEqual([])
  })
})

describe('a cookie listener that throws', () => {
  it('rolls back a login', async () => {
    const { open } = world()
    const { auth, state, told } = open()
    state.isRefusing = true
    await expect(auth.loginUser(alice, { remember: true })).rejects.toThrow('no cookies here')
    await expect(auth.flash('hello')).rejects.toThrow('no cookies here')
    expect(await auth.currentUser()).toBeNull()
    expect(await auth.peekFlashes()).toEqual([])
    expect(commit(auth, new Response()).headers.getSetCookie()).toEqual([])
    expect(told).toEqual([])
  })

  it('rolls back a logout, and the incoming session stays', async () => {
    const { open, cookiesOf } = world()
    const cookie = await cookiesOf(async (one) => {
      await one.loginUser(alice, { remember: true })
      await one.session.set('cart', [1])
    })
    const changes: [string, (auth: ReturnType<typeof open>['auth']) => Promise<unknown>][] = [
      ['a logout', (auth) => auth.logoutUser()],
      ['a confirmation', (auth) => auth.confirmLogin()],
      ['data', (auth) => auth.session.set('cart', [])],
    ]
    for (const [change, make] of changes) {
      const { auth, state } = open(cookie)
      state.isRefusing = true
      await expect(make(auth), change).rejects.toThrow('no cookies here')
      expect(await auth.currentUser(), change).toEqual(alice)
      expect(await auth.session.get('cart'), change).toEqual([1])
      expect(await auth.loginFresh(), change).toBe(true)
      expect(await auth.loginRemembered(), change).toBe(true)
      expect(commit(auth, new Response()).headers.getSetCookie(), change).toEqual([])
    }
  })

  it('a login in the place of another leaves the other', async () => {
    const { open, cookiesOf } = world()
    const { auth, state } = open(await cookiesOf((one) => one.loginUser(bob)))
    expect(await auth.currentUser()).toEqual(bob)
    state.isRefusing = true
    await expect(auth.loginUser(alice)).rejects.toThrow('no cookies here')
    expect(await auth.currentUser()).toEqual(bob)
  })

  it('receives the next change without the rejected one', async () => {
    const { open, cookiesOf } = world()
    const { auth, state, told } = open(await cookiesOf((one) => one.loginUser(bob)))
    state.isRefusing = true
    await expect(auth.session.set('a', 1)).rejects.toThrow('no cookies here')
    state.isRefusing = false
    await auth.session.set('b', 2)
    expect(told).toEqual([[SESSION]])
    expect([await auth.session.get('a'), await auth.session.get('b')]).toEqual([undefined, 2])
    expect(await auth.currentUser()).toEqual(bob)
    await auth.session.delete('b')
    await auth.session.set('b', 2)
    expect(told).toHaveLength(3)
  })
})
