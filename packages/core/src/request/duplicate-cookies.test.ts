import { describe, expect, it } from 'vitest'
import { commitCookies, REMEMBER, SECRET, SESSION, setUp, toPair, type User } from '../../test/setup'
import { commit } from '../adapter'
import type { Auth, LoginManagerOptions } from '../index'

const ORIGIN = 'https://app.test'

/** Creates a manager, and functions that open a request with cookies and log in. */
function setUpRequests(options: Partial<LoginManagerOptions<User>> = {}) {
  const { clock, manager, record } = setUp(options)
  const open = (cookie: string, headers: Record<string, string> = {}): Auth<User> =>
    manager.open(new Request(ORIGIN, { headers: { cookie, ...headers } }))
  /** Logs in, and returns the cookies that the login sets as `name=value`. */
  const login = async (id: string, remember = false): Promise<string[]> => {
    const auth = open('')
    await auth.loginUser({ id }, { remember })
    return getLoginCookies(auth).map(toPair)
  }
  return { clock, manager, open, login, record }
}

/** Sends a response, and returns its `Set-Cookie` headers without the record of ended logins. */
const getLoginCookies = (auth: Auth<User>): string[] =>
  commitCookies(auth).filter((line) => !line.startsWith('sid_ended=') && !line.includes('session_ended='))

const getName = (line: string): string => line.slice(0, line.indexOf('='))

describe('two session cookies', () => {
  it('select the login of the cookie that verifies, in either order', async () => {
    const { open, login } = setUpRequests()
    const [valid] = await login('alice')
    for (const cookie of [`${SESSION}=broken; ${valid}`, `${valid}; ${SESSION}=broken`])
      expect(await open(cookie).currentUser()).toEqual({ id: 'alice' })
  })

  it('select the newest login if both verify, in either order', async () => {
    const { clock, open, login } = setUpRequests()
    const [older] = await login('alice')
    clock.advance(1)
    const [newer] = await login('bob')
    for (const cookie of [`${older}; ${newer}`, `${newer}; ${older}`])
      expect(await open(cookie).currentUser()).toEqual({ id: 'bob' })
  })

  it('select the login of the session that has not ended', async () => {
    const { clock, open, login } = setUpRequests({ session: { idleSeconds: 100, renew: 'never' } })
    const [older] = await login('alice')
    clock.advance(99)
    const [newer] = await login('bob')
    clock.advance(2)
    expect(await open(`${older}; ${newer}`).currentUser()).toEqual({ id: 'bob' })
  })

  it('cause the reason duplicate-cookie if none verifies, and stay in the browser', async () => {
    const { open, record } = setUpRequests()
    const auth = open(`${SESSION}=a; ${SESSION}=b`)
    expect(await auth.currentUser()).toBeNull()
    expect(await auth.whyAnonymous()).toBe('duplicate-cookie')
    expect(record.events).toContainEqual(
      expect.objectContaining({ name: 'sessionRejected', reason: 'duplicate-cookie' }),
    )
    expect(getLoginCookies(auth)).toEqual([])
  })

  it('do not hide a valid remember cookie if none verifies', async () => {
    const { open, login } = setUpRequests()
    const [, remember] = await login('alice', true)
    expect(await open(`${SESSION}=a; ${SESSION}=b; ${remember}`).currentUser()).toEqual({ id: 'alice' })
  })

  it('in two Cookie headers select the login of the cookie that verifies', async () => {
    const { manager, login } = setUpRequests()
    const [valid] = await login('alice')
    const headers = new Headers()
    headers.append('cookie', `${SESSION}=broken`)
    headers.append('cookie', `${valid}`)
    const lines = [...headers].filter(([name]) => name === 'cookie').map(([, value]) => value)
    const cookie = lines.join('; ').replace(', ', '; ')
    expect(await manager.open(new Request(ORIGIN, { headers: { cookie } })).currentUser()).toEqual({ id: 'alice' })
  })
})

describe('two remember cookies', () => {
  it('restore the login of the cookie that verifies, in either order', async () => {
    const { open, login } = setUpRequests()
    const [, valid] = await login('alice', true)
    for (const cookie of [`${REMEMBER}=broken; ${valid}`, `${valid}; ${REMEMBER}=broken`])
      expect(await open(cookie).currentUser()).toEqual({ id: 'alice' })
  })

  it('restore the newest login if both verify, in either order', async () => {
    const { clock, open, login } = setUpRequests()
    const [, older] = await login('alice', true)
    clock.advance(1)
    const [, newer] = await login('bob', true)
    for (const cookie of [`${older}; ${newer}`, `${newer}; ${older}`])
      expect(await open(cookie).currentUser()).toEqual({ id: 'bob' })
  })

  it('cause the reason duplicate-cookie if none verifies, and stay in the browser', async () => {
    const { open } = setUpRequests()
    const auth = open(`${REMEMBER}=a; ${REMEMBER}=b`)
    expect(await auth.whyAnonymous()).toBe('duplicate-cookie')
    expect(getLoginCookies(auth)).toEqual([])
  })
})

describe('two session cookies, of which only another instance can verify one,', () => {
  const NEW_SECRET = 'the next secret, only for tests: 9876543210 zyxwvu'

  it('are not changed by a refusal, which does not store a message and puts next into the query', async () => {
    const options = { loginView: '/login', useSessionForNext: true }
    const [newer] = await setUpRequests({ secrets: { current: NEW_SECRET, previous: [SECRET] } }).login('alice')
    const { open } = setUpRequests(options)
    for (const cookie of [`${SESSION}=broken; ${newer}`, `${newer}; ${SESSION}=broken`]) {
      const auth = open(cookie, { accept: 'text/html', 'sec-fetch-mode': 'navigate' })
      const decision = await auth.require()
      const response = decision.ok ? new Response() : await decision.respond()
      expect(response.headers.get('location')).toBe('/login?next=%2F')
      expect(commit(auth, response).headers.getSetCookie()).toEqual([])
    }
  })

  it('are replaced by a refusal if both are broken', async () => {
    const auth = setUpRequests({ loginView: '/login' }).open(`${SESSION}=broken; ${SESSION}=too`, {
      accept: 'text/html',
    })
    const decision = await auth.require()
    const response = decision.ok ? new Response() : await decision.respond()
    expect(commit(auth, response).headers.getSetCookie()).toHaveLength(1)
  })
})

describe('a logout with several cookies of one name', () => {
  it('reports every login that one of them holds, for the deny list', async () => {
    const { clock, open, login, record } = setUpRequests()
    const older = await login('alice', true)
    clock.advance(1)
    const newer = await login('bob', true)
    await open([...older, ...newer].join('; ')).logoutUser()
    const [event] = record.events.filter(({ name }) => name === 'userLoggedOut') as { ended?: unknown[] }[]
    expect(event?.ended).toHaveLength(4)
  })
})

/** Returns the names and attributes that identify cookies in a browser. */
const getPlaces = (lines: readonly string[]): string[] =>
  lines.map((line) => {
    const action = line.includes('Max-Age=0') ? 'clear' : 'set'
    const attributes = line.split('; ').filter((part) => /^(Domain|Path|Partitioned)/.test(part))
    return [action, getName(line), ...attributes].join(' ')
  })

describe('the cookies that an operation of the app also clears', () => {
  const withName = (cookie: object): Partial<LoginManagerOptions<User>> => ({
    session: { cookie: { name: 'sid', ...cookie } },
  })

  it('are the host-only cookie and those of the parent domains, if duplicates arrived', async () => {
    const { open, login } = setUpRequests(withName({ domain: 'app.test' }))
    const [valid] = await login('alice')
    const host = { host: 'shop.app.test:8080' }
    const out = open(`sid=old; ${valid}`, host)
    await out.logoutUser()
    expect(getPlaces(getLoginCookies(out))).toEqual([
      'clear sid Domain=app.test Path=/ Partitioned',
      'clear sid Path=/',
      'clear sid Domain=shop.app.test Path=/',
      'clear sid Domain=app.test Path=/',
    ])
    const hostOnly = setUpRequests(withName({}))
    const [pair] = await hostOnly.login('alice')
    const again = hostOnly.open(`sid=old; ${pair}`, host)
    await again.loginUser({ id: 'bob' })
    expect(getPlaces(getLoginCookies(again))).toEqual([
      'clear sid Path=/ Partitioned',
      'clear sid Domain=shop.app.test Path=/',
      'clear sid Domain=app.test Path=/',
      'set sid Path=/',
    ])
  })

  it('are only the cookie with the other value of Partitioned if the name begins with __Host-', async () => {
    const { open, login } = setUpRequests({ cookies: { partitioned: true, sameSite: 'none' } })
    const [valid] = await login('alice')
    const auth = open(`${valid}; ${SESSION}=old`)
    await auth.logoutUser()
    expect(getPlaces(getLoginCookies(auth))).toEqual([`clear ${SESSION} Path=/`, `clear ${SESSION} Path=/ Partitioned`])
  })

  it.each(['127.0.0.1:3000', '[::1]:3000', 'localhost:3000', 'a;b', 'a.b\\c'])(
    'are never cookies of a parent domain for the host %s',
    async (host) => {
      const { open, login } = setUpRequests(withName({}))
      const [valid] = await login('alice')
      const auth = open(`sid=old; ${valid}`, { host })
      await auth.logoutUser()
      expect(getPlaces(getLoginCookies(auth))).toEqual(['clear sid Path=/ Partitioned', 'clear sid Path=/'])
    },
  )

  it('do not exist if the library renews the session, because a duplicate may belong to another app', async () => {
    const { clock, open, login } = setUpRequests(withName({}))
    const [valid] = await login('alice')
    clock.advance(80_000)
    const auth = open(`sid=unreadable; ${valid}`, { host: 'shop.app.test' })
    expect(await auth.currentUser()).toEqual({ id: 'alice' })
    expect(getPlaces(getLoginCookies(auth))).toEqual(['set sid Path=/'])
  })

  it('are all cookies of the option former at a login and a logout, and none at another operation', async () => {
    const former = [{ path: '/app' }, { partitioned: true }, { domain: 'app.test', name: 'old' }]
    const { open, login } = setUpRequests({ cookies: { former } })
    const lines = await login('alice', true)
    expect(lines.map(getName)).toEqual([
      '__Secure-session',
      SESSION,
      'old',
      SESSION,
      '__Secure-remember_token',
      REMEMBER,
      'old',
      REMEMBER,
    ])
    const cookie = [lines[3], lines[7]].join('; ')
    const out = open(cookie)
    await out.logoutUser()
    expect(getPlaces(getLoginCookies(out)).slice(0, 4)).toEqual([
      'clear __Secure-session Path=/app',
      `clear ${SESSION} Path=/ Partitioned`,
      'clear old Domain=app.test Path=/',
      `clear ${SESSION} Path=/`,
    ])
    const storing = open(cookie)
    await storing.session.set('cart', [1])
    expect(getPlaces(getLoginCookies(storing))).toEqual([`set ${SESSION} Path=/`])
  })

  it('include a former remember cookie with a path that does not match this request', async () => {
    const { open, login } = setUpRequests({ cookies: { former: [{ path: '/app' }] } })
    const lines = await login('alice')
    const out = open(lines.at(-1) ?? '')
    await out.logoutUser()
    expect(getPlaces(getLoginCookies(out))).toContain('clear __Secure-remember_token Path=/app')
  })

  it('can include a host-only former cookie, with domain: null', async () => {
    const { login } = setUpRequests({ cookies: { domain: 'app.test', former: [{ domain: null }] } })
    expect((await login('alice')).map(getName)).toEqual([SESSION, '__Secure-session'])
  })
})

describe('a cookie in double quotes', () => {
  it('is read without the quotes, as RFC 6265 allows', async () => {
    const { open, login } = setUpRequests()
    const [session = '', remember = ''] = await login('alice', true)
    const addQuotes = (pair: string): string => pair.replace('=', '="').concat('"')
    expect(await open(addQuotes(session)).currentUser()).toEqual({ id: 'alice' })
    expect(await open(addQuotes(remember)).currentUser()).toEqual({ id: 'alice' })
    expect(await open(`$Version="1"; ${addQuotes(session)}; $Path="/"`).currentUser()).toEqual({ id: 'alice' })
  })

  it.each(['"', '""', '"a', 'a"', '""a""'])('never results in a login for the value %s', async (value) => {
    const { open } = setUpRequests()
    const auth = open(`${SESSION}=${value}`)
    expect(await auth.currentUser()).toBeNull()
    expect(await auth.whyAnonymous()).toMatch(/^bad-/)
  })

  it('is read without one pair of quotes only', async () => {
    const { open, login } = setUpRequests()
    const [session = ''] = await login('alice')
    expect(await open(session.replace('=', '=""').concat('""')).currentUser()).toBeNull()
  })
})
