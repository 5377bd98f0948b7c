// commitHeaders() writes to the headers of a framework that does not use the Response of the Fetch API.
import { describe, expect, it } from 'vitest'
import { checkRequest, commit, commitHeaders, type HeaderTarget } from '../src/adapter'
import { createLoginManager } from '../src/index'
import { alice, type User } from './setup'

const manager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
})
const openAuth = () => manager.open(new Request('https://app.test/'))
/** A manager whose logins are asynchronous. */
const asyncManager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  isActive: async () => true,
})

async function openAndLogin() {
  const auth = openAuth()
  await auth.loginUser(alice, { remember: true })
  return auth
}

/** Headers that record their calls, and throw at the call that `failing` names. */
class RecordingHeaders implements HeaderTarget {
  readonly calls: string[] = []
  readonly headers = new Headers()
  failing: string | null = null

  get(name: string): string | null {
    this.#record(`get ${name}`)
    return this.headers.get(name)
  }
  set(name: string, value: string): void {
    this.#record(`set ${name}`)
    this.headers.set(name, value)
  }
  append(name: string, value: string): void {
    this.#record(`append ${name}`)
    this.headers.append(name, value)
  }
  #record(call: string): void {
    if (call === this.failing) throw new Error(call)
    this.calls.push(call)
  }
}

describe('commitHeaders()', () => {
  it('does not read the target if the handler did not read the login', async () => {
    const auth = openAuth()
    expect(await checkRequest(auth)).toBeNull()
    const recording = new RecordingHeaders()
    expect(commitHeaders(auth, recording)).toBeUndefined()
    expect(recording.calls).toEqual([])
  })

  it('adds cookies to those of the app, merges Vary, and sets Cache-Control: private, no-store', async () => {
    const auth = await openAndLogin()
    const headers = new Headers({ vary: 'Accept-Encoding', 'set-cookie': 'own=1', 'x-own': '1' })
    commitHeaders(auth, headers)
    const [ofApp, session, remember, ...others] = headers.getSetCookie()
    expect(ofApp).toBe('own=1')
    expect(session).toMatch(/^__Host-session=[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=Lax$/)
    expect(remember).toMatch(/^__Host-remember_token=[\w.-]+; Max-Age=\d+; Path=\/; Secure; HttpOnly; SameSite=Lax$/)
    expect(others).toEqual([])
    expect(headers.get('vary')).toBe('Accept-Encoding, Cookie')
    expect(headers.get('cache-control')).toBe('private, no-store')
    expect(headers.get('x-own')).toBe('1')
  })

  it('sets the same headers as commit()', async () => {
    const auth = await openAndLogin()
    const headers = new Headers()
    commitHeaders(auth, headers)
    const { headers: committed } = commit(auth, new Response())
    expect([...headers]).toEqual([...committed].filter(([name]) => name !== 'content-type'))
  })

  it('replaces the Cache-Control of the app if it sets a cookie, even an empty one', async () => {
    for (const cacheControl of ['private, max-age=5', 'public, max-age=31536000, immutable', '']) {
      const auth = await openAndLogin()
      const headers = new Headers({ 'cache-control': cacheControl })
      commitHeaders(auth, headers)
      expect(headers.get('cache-control')).toBe('private, no-store')
    }
  })

  it.each([
    ['Accept, *', '*'],
    ['*', '*'],
    ['cookie', 'cookie'],
    ['', 'Cookie'],
  ])('merges Vary %j to %j', async (present, merged) => {
    const auth = openAuth()
    await auth.currentUser()
    const headers = new Headers({ vary: present })
    commitHeaders(auth, headers)
    expect(headers.get('vary')).toBe(merged)
  })

  it('writes once, and not to a second target', async () => {
    const auth = await openAndLogin()
    const headers = new Headers()
    commitHeaders(auth, headers)
    const before = [...headers]
    commitHeaders(auth, headers)
    expect([...headers]).toEqual(before)
    const other = new RecordingHeaders()
    commitHeaders(auth, other)
    expect(other.calls).toEqual([])
  })

  it('writes to the next target if the first threw, so that no login or logout is lost', async () => {
    for (const failing of ['get vary', 'set vary', 'set cache-control', 'append set-cookie']) {
      const auth = await openAndLogin()
      const recording = new RecordingHeaders()
      recording.failing = failing
      expect(() => commitHeaders(auth, recording)).toThrow(failing)
      expect(recording.headers.getSetCookie()).toEqual([])
      recording.failing = null
      commitHeaders(auth, recording)
      expect(recording.headers.getSetCookie()).toHaveLength(2)
      expect(recording.headers.get('vary')).toBe('Cookie')
    }
  })

  it('makes the Auth object read-only', async () => {
    for (const auth of [await openAndLogin(), openAuth()]) {
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
    const auth = asyncManager.open(new Request('https://app.test/'))
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
