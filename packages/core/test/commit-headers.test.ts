// The other way out: headers that are no Fetch API response's. Once, synchronously, and beside what the app put there.
import { describe, expect, it } from 'vitest'
import { checkRequest, commit, commitHeaders, type HeaderTarget } from '../src/adapter'
import { createLoginManager } from '../src/index'
import { alice, type User } from './setup'

const manager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
})
const open = () => manager.open(new Request('https://app.test/'))
/** A login takes its time here. */
const slow = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  isActive: async () => true,
})

async function loggedIn() {
  const auth = open()
  await auth.loginUser(alice, { remember: true })
  return auth
}

/** Headers that write down what is done to them, and throw at this call. */
class Watched implements HeaderTarget {
  readonly calls: string[] = []
  readonly headers = new Headers()
  failing: string | null = null

  get(name: string): string | null {
    this.#note(`get ${name}`)
    return this.headers.get(name)
  }
  set(name: string, value: string): void {
    this.#note(`set ${name}`)
    this.headers.set(name, value)
  }
  append(name: string, value: string): void {
    this.#note(`append ${name}`)
    this.headers.append(name, value)
  }
  #note(call: string): void {
    if (call === this.failing) throw new Error(call)
    this.calls.push(call)
  }
}

describe('committing onto headers', () => {
  it('does not read the target if the handler did not read the login', async () => {
    const auth = open()
    expect(await checkRequest(auth)).toBeNull()
    const watched = new Watched()
    expect(commitHeaders(auth, watched)).toBeUndefined()
    expect(watched.calls).toEqual([])
  })

  it('sets cookies beside those of the app, merges Vary, and keeps caches out', async () => {
    const auth = await loggedIn()
    const headers = new Headers({ vary: 'Accept-Encoding', 'set-cookie': 'own=1', 'x-own': '1' })
    commitHeaders(auth, headers)
    const [own, session, remember, ...others] = headers.getSetCookie()
    expect(own).toBe('own=1')
    expect(session).toMatch(/^__Host-session=[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=Lax$/)
    expect(remember).toMatch(/^__Host-remember_token=[\w.-]+; Max-Age=\d+; Path=\/; Secure; HttpOnly; SameSite=Lax$/)
    expect(others).toEqual([])
    expect(headers.get('vary')).toBe('Accept-Encoding, Cookie')
    expect(headers.get('cache-control')).toBe('private, no-store')
    expect(headers.get('x-own')).toBe('1')
  })

  it('sets what commit() would set', async () => {
    const auth = await loggedIn()
    const headers = new Headers()
    commitHeaders(auth, headers)
    const { headers: those } = commit(auth, new Response())
    expect([...headers]).toEqual([...those].filter(([name]) => name !== 'content-type'))
  })

  it('replaces the Cache-Control of the app if it sets a cookie, even an empty one', async () => {
    for (const own of ['private, max-age=5', 'public, max-age=31536000, immutable', '']) {
      const auth = await loggedIn()
      const headers = new Headers({ 'cache-control': own })
      commitHeaders(auth, headers)
      expect(headers.get('cache-control')).toBe('private, no-store')
    }
  })

  it.each([
    ['Accept, *', '*'],
    ['*', '*'],
    ['cookie', 'cookie'],
    ['', 'Cookie'],
  ])('makes Vary %j into %j', async (present, merged) => {
    const auth = open()
    await auth.currentUser()
    const headers = new Headers({ vary: present })
    commitHeaders(auth, headers)
    expect(headers.get('vary')).toBe(merged)
  })

  it('happens once, whatever target comes next', async () => {
    const auth = await loggedIn()
    const headers = new Headers()
    commitHeaders(auth, headers)
    const before = [...headers]
    commitHeaders(auth, headers)
    expect([...headers]).toEqual(before)
    const other = new Watched()
    commitHeaders(auth, other)
    expect(other.calls).toEqual([])
  })

  it('writes to the next target if the first threw, so that no login or logout is lost', async () => {
    for (const failing of ['get vary', 'set vary', 'set cache-control', 'append set-cookie']) {
      const auth = await loggedIn()
      const watched = new Watched()
      watched.failing = failing
      expect(() => commitHeaders(auth, watched)).toThrow(failing)
      expect(watched.headers.getSetCookie()).toEqual([])
      watched.failing = null
      commitHeaders(auth, watched)
      expect(watched.headers.getSetCookie()).toHaveLength(2)
      expect(watched.headers.get('vary')).toBe('Cookie')
    }
  })

  it('makes the Auth object read-only', async () => {
    for (const auth of [await loggedIn(), open()]) {
      await auth.currentUser()
      commitHeaders(auth, new Headers())
      for (const late of [auth.loginUser(alice), auth.logoutUser(), auth.flash('x'), auth.session.set('a', 1)])
        await expect(late).rejects.toMatchObject({ code: 'response-sent' })
      expect(await auth.currentUser().then((user) => user?.id ?? null)).toBe(
        (await auth.whyAnonymous()) === null ? 'alice' : null,
      )
      const headers = new Headers()
      commitHeaders(auth, headers)
      expect([...headers]).toEqual([])
    }
  })

  it('rejects a login that is pending when the headers are sent', async () => {
    const auth = slow.open(new Request('https://app.test/'))
    await auth.currentUser()
    const login = auth.loginUser(alice)
    login.catch(() => undefined)
    const headers = new Headers()
    commitHeaders(auth, headers)
    await expect(login).rejects.toMatchObject({ code: 'response-sent' })
    expect(headers.getSetCookie()).toEqual([])
    expect(await auth.currentUser()).toBeNull()
  })
})
