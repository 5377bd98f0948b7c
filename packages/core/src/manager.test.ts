import { describe, expect, it } from 'vitest'
import { alice, SECRET, type User } from '../test/setup'
import { commit } from './adapter'
import { AnonymousUser, createLoginManager, type LoginManagerOptions, UserMixin } from './index'

interface Clerk {
  readonly staffNumber: number
}

const VALID: LoginManagerOptions<User> = { secrets: SECRET, loadUser: (id) => ({ id }) }

describe('a manager', () => {
  it('is frozen, and does not read its options object again', async () => {
    const options = { ...VALID, loginView: '/login' }
    const manager = createLoginManager<User>(options)
    options.loginView = '/elsewhere'
    expect(Object.isFrozen(manager)).toBe(true)
    expect(manager.open(new Request('https://app.test/a')).loginUrl()).toBe('/login?next=%2Fa')
  })

  it.each<[LoginManagerOptions<User>['fingerprint'], boolean]>([
    [undefined, false],
    [[], false],
    [['userAgent'], false],
    [['userAgent', 'address'], true],
    [['network'], true],
  ])('with the fingerprint %j needs an address: %s', (fingerprint, needsAddress) => {
    expect(createLoginManager<User>({ ...VALID, fingerprint }).needsAddress).toBe(needsAddress)
  })

  it('uses the address of open(), then that of the request, then none', async () => {
    const manager = createLoginManager<User>({ ...VALID, fingerprint: ['address'], sessionProtection: 'strong' })
    const request = (address?: string, cookie = '') => {
      const { method, url, headers } = new Request('https://app.test/', { headers: { cookie } })
      return { method, url, headers, address }
    }
    const login = manager.open(request('192.0.2.1'))
    await login.loginUser(alice)
    const cookie = commit(login, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    expect(await manager.open(request('192.0.2.1', cookie)).currentUser()).toEqual(alice)
    expect(await manager.open(request('192.0.2.2', cookie), { address: '192.0.2.1' }).currentUser()).toEqual(alice)
    expect(await manager.open(request('192.0.2.1', cookie), { address: '192.0.2.2' }).currentUser()).toBeNull()
    expect(await manager.open(request(undefined, cookie)).currentUser()).toBeNull()
  })

  it.each([
    ['192.0.2.1', '192.0.2.200', '192.0.3.1'],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:db8:1:3::1'],
    ['::ffff:192.0.2.1', '192.0.2.200', '::ffff:192.0.3.1'],
  ])('with the fingerprint network accepts for a login from %s the address %s, and not %s', async (here, near, far) => {
    const manager = createLoginManager<User>({ ...VALID, fingerprint: ['userAgent', 'network'] })
    const login = manager.open(new Request('https://app.test/'), { address: here })
    await login.loginUser(alice)
    const headers = { cookie: commit(login, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? '' }
    const isFresh = (address: string) =>
      manager.open(new Request('https://app.test/', { headers }), { address }).loginFresh()
    expect([await isFresh(near), await isFresh(far)]).toEqual([true, false])
  })
})

describe('two managers in one app', () => {
  const users = createLoginManager<User>(VALID)
  const staff = createLoginManager<Clerk, AnonymousUser>({
    secrets: SECRET,
    audience: 'staff',
    loadUser: (id) => ({ staffNumber: Number(id) }),
    userId: ({ staffNumber }) => String(staffNumber),
    anonymousUser: () => new AnonymousUser(),
    session: { cookie: { name: 'staff' } },
    remember: { cookie: { name: 'staff_remember' } },
  })

  it('have separate users and separate cookies', async () => {
    const request = new Request('https://app.test/')
    const [user, clerk] = [users.open(request), staff.open(request)]
    await user.loginUser(alice, { remember: true })
    await clerk.loginUser({ staffNumber: 7 })
    const response = commit(clerk, commit(user, new Response()))
    const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0] as string)
    expect(cookie.map((pair) => pair.split('=')[0])).toEqual(['__Host-session', '__Host-remember_token', 'staff'])
    const next = new Request('https://app.test/', { headers: { cookie: cookie.join('; ') } })
    expect(await users.open(next).currentUser()).toEqual(alice)
    expect(await staff.open(next).currentUser()).toEqual({ staffNumber: 7 })
    const leaving = staff.open(next)
    await leaving.logoutUser()
    expect(commit(leaving, new Response()).headers.getSetCookie()).toEqual([
      expect.stringMatching(/^staff=; Max-Age=0/),
      expect.stringMatching(/^staff_ended=/),
    ])
    expect(await leaving.currentUser()).toBeInstanceOf(AnonymousUser)
  })

  it('reject the cookies of each other under the own cookie name', async () => {
    const user = users.open(new Request('https://app.test/'))
    await user.loginUser({ id: '7' })
    const token = commit(user, new Response()).headers.getSetCookie()[0]?.split(/[=;]/)[1]
    const stolen = staff.open(new Request('https://app.test/', { headers: { cookie: `staff=${token}` } }))
    expect(await stolen.whyAnonymous()).toBe('bad-signature')
  })

  it('have guards that check their own login only', async () => {
    const [user, clerk] = [users.open(new Request('https://app.test/')), staff.open(new Request('https://app.test/'))]
    await user.loginUser(alice)
    expect((await users.guard()(user)).ok).toBe(true)
    expect((await staff.guard()(clerk)).ok).toBe(false)
    expect(user.user).toBe(alice)
    expect(() => clerk.user).toThrow(expect.objectContaining({ code: 'no-guard' }))
  })
})

describe('users that are objects of a class', () => {
  class Member extends UserMixin {
    readonly id: number
    readonly banned: boolean

    constructor(id: number, banned = false) {
      super()
      this.id = id
      this.banned = banned
    }

    override get isActive(): boolean {
      return !this.banned
    }
  }

  it('need no options, because the class has the methods', async () => {
    const manager = createLoginManager<Member>({ secrets: SECRET, loadUser: (id) => new Member(Number(id)) })
    const auth = manager.open(new Request('https://app.test/'))
    expect(await auth.loginUser(new Member(2, true))).toBe(false)
    expect(await auth.loginUser(new Member(1))).toBe(true)
    const headers = { cookie: commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? '' }
    const user = await manager.open(new Request('https://app.test/', { headers })).currentUser()
    expect(user?.equals(new Member(1))).toBe(true)
  })
})

describe('the options clock and random', () => {
  it('are not called before they are needed, except for the clock once, to check that it returns seconds', () => {
    const calls: string[] = []
    const manager = createLoginManager<User>({
      ...VALID,
      clock: () => {
        calls.push('clock')
        return 1
      },
      random: (bytes) => {
        calls.push('random')
        return new Uint8Array(bytes)
      },
    })
    expect(calls.splice(0)).toEqual(['clock'])
    manager.open(new Request('https://app.test/'))
    expect(calls).toEqual([])
  })

  it('may return fractions of seconds, which are rounded down', async () => {
    const manager = createLoginManager<User>({ ...VALID, clock: () => 1_800_000_000.9 })
    const auth = manager.open(new Request('https://app.test/'))
    await auth.loginUser(alice)
    expect((await auth.currentLogin())?.session?.authTime).toBe(1_800_000_000)
  })

  it('are those of the system by default', async () => {
    const auth = createLoginManager<User>(VALID).open(new Request('https://app.test/'))
    await auth.loginUser(alice)
    expect(Math.abs(((await auth.currentLogin())?.session?.authTime ?? 0) - Date.now() / 1000)).toBeLessThan(10)
  })
})
