import { describe, expect, it } from 'vitest'
import {
  alice,
  bob,
  createDeferred,
  createManager,
  getReason,
  REMEMBER,
  SECRET,
  SESSION,
  SESSION_ENDED,
  type User,
} from '../../test/setup'
import { type Auth, type LoginManager, type LoginManagerOptions, withLogin } from '../index'
import { createTestClient, createTestClock } from '../testing'

const NEW_SECRET = 'only for tests: 9876543210 ponmlkjihgfedcba'

type Operation = (auth: Auth<User>) => unknown

function setUp(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const createManagerWith = (more: Partial<LoginManagerOptions<User>> = {}) =>
    createManager({ clock, ...options, ...more })
  const createBrowser = () => {
    const operations: ((auth: Auth<User>) => Promise<string>)[] = []
    const client = createTestClient<User>((request) => current(request), { clock })
    const createApp = (manager: LoginManager<User>) =>
      withLogin(
        manager,
        async (request, auth) => new Response(await operations[Number(new URL(request.url).pathname.slice(1))]?.(auth)),
      )
    let current = createApp(createManagerWith())
    const useManager = (manager: LoginManager<User>): void => {
      current = createApp(manager)
    }
    /** Sends a request now; the browser receives the response when `until` resolves. */
    const run = async (operation: Operation, until: Promise<unknown> = Promise.resolve()): Promise<string> => {
      const number = operations.push(async (auth) => {
        const result = JSON.stringify(await operation(auth)) ?? 'undefined'
        await until
        return result
      })
      return (await client.fetch(`/${number - 1}`)).text()
    }
    return Object.assign(client, { run, useManager })
  }
  return { createBrowser, clock, createManagerWith }
}

const getUserId: Operation = async (auth) => (await auth.currentUser())?.id ?? null

describe('a logout and a slow request of the same browser', () => {
  it.each<[string, Operation, readonly string[]]>([
    ['writes the session', (auth) => auth.session.set('a', 1), []],
    ['confirms the login', (auth) => auth.confirmLogin(), []],
    ['restores from the remember cookie', getUserId, [SESSION]],
  ])(
    'leave the browser logged out if the slow request %s and its response arrives last',
    async (_, operation, dropped) => {
      const { createBrowser } = setUp()
      const visitor = createBrowser()
      await visitor.run((auth) => auth.loginUser(alice as User, { remember: true }))
      for (const name of dropped) visitor.cookies.delete(name)
      const late = createDeferred()
      const slow = visitor.run(operation, late.promise)
      await visitor.run((auth) => auth.logoutUser())
      late.resolve()
      await slow
      expect(visitor.cookies.names()).toContain(SESSION)
      expect([await visitor.run(getReason), await visitor.run(getUserId)]).toEqual(['"logged-out"', 'null'])
      expect(visitor.cookies.names()).toEqual([SESSION_ENDED])
    },
  )

  it('leave the browser logged out if the late response renews the remember cookie', async () => {
    const visitor = setUp({ remember: { renew: 'everyRequest' } }).createBrowser()
    await visitor.run((auth) => auth.loginUser(alice as User, { remember: true }))
    const late = createDeferred()
    const slow = visitor.run(getUserId, late.promise)
    await visitor.run((auth) => auth.logoutUser())
    late.resolve()
    await slow
    expect(visitor.cookies.names()).toContain(REMEMBER)
    expect(await visitor.run(getUserId)).toBe('null')
    expect(visitor.cookies.names()).toEqual([SESSION_ENDED])
  })
})

describe('the tombstone of a logout', () => {
  it('has the attributes of the session cookie, and ends after ten minutes', async () => {
    const { clock, createBrowser } = setUp()
    const visitor = createBrowser()
    await visitor.run((auth) => auth.loginUser(alice as User))
    await visitor.run((auth) => auth.logoutUser())
    expect(visitor.cookies.get(SESSION_ENDED)).toMatch(/^[\w-]{28}$/)
    clock.advance(599)
    expect(visitor.cookies.get(SESSION_ENDED)).toBeDefined()
    clock.advance(1)
    expect(visitor.cookies.get(SESSION_ENDED)).toBeUndefined()
    expect(await visitor.run(getReason)).toBe('"no-cookie"')
  })

  it('is removed by a login of the same user, which is in effect', async () => {
    const visitor = setUp().createBrowser()
    await visitor.run((auth) => auth.loginUser(alice as User))
    await visitor.run((auth) => auth.logoutUser())
    await visitor.run((auth) => auth.loginUser(alice as User))
    expect(visitor.cookies.names()).toEqual([SESSION])
    expect(await visitor.run(getUserId)).toBe('"alice"')
  })

  it('refuses the late cookie of the previous user after the login of another user', async () => {
    const visitor = setUp().createBrowser()
    await visitor.run((auth) => auth.loginUser(alice as User))
    const former = visitor.cookies.get(SESSION) as string
    await visitor.run((auth) => auth.logoutUser())
    await visitor.run((auth) => auth.loginUser(bob as User))
    expect(await visitor.run(getUserId)).toBe('"bob"')
    visitor.cookies.set(SESSION, former)
    expect(await visitor.run(getUserId)).toBe('null')
  })

  it('lists the last eight logouts, also if an attacker planted 60 entries', async () => {
    const visitor = setUp().createBrowser()
    const former: string[] = []
    visitor.cookies.set(SESSION_ENDED, Array.from({ length: 60 }, () => 'x'.repeat(28)).join('.'))
    for (let i = 0; i < 10; i++) {
      await visitor.run((auth) => auth.loginUser({ id: `user-${i}` }))
      former.push(visitor.cookies.get(SESSION) as string)
      await visitor.run((auth) => auth.logoutUser())
    }
    expect(visitor.cookies.get(SESSION_ENDED)?.split('.')).toHaveLength(8)
    const seen: string[] = []
    for (const cookie of former) {
      visitor.cookies.set(SESSION, cookie)
      seen.push(await visitor.run(getUserId))
    }
    expect(seen).toEqual(['"user-0"', '"user-1"', ...Array.from({ length: 8 }, () => 'null')])
  })

  it('of one browser does not end a login if an attacker plants it in another browser', async () => {
    const { createBrowser } = setUp()
    const [attacker, victim] = [createBrowser(), createBrowser()]
    await attacker.run((auth) => auth.loginUser(alice as User))
    await victim.run((auth) => auth.loginUser(alice as User))
    await attacker.run((auth) => auth.logoutUser())
    victim.cookies.set(SESSION_ENDED, attacker.cookies.get(SESSION_ENDED) as string)
    expect(await victim.run(getUserId)).toBe('"alice"')
  })

  it.each(['before', 'after'])('is in effect if another cookie of its name arrives %s it', async (place) => {
    const { createBrowser, createManagerWith } = setUp()
    const visitor = createBrowser()
    await visitor.run((auth) => auth.loginUser(alice as User, { remember: true }))
    const late = [SESSION, REMEMBER].map((name) => `${name}=${visitor.cookies.get(name)}`)
    await visitor.run((auth) => auth.logoutUser())
    const tombstones = [`${SESSION_ENDED}=${visitor.cookies.get(SESSION_ENDED)}`]
    tombstones[place === 'before' ? 'unshift' : 'push'](`${SESSION_ENDED}=planted`)
    const headers = { cookie: [...tombstones, ...late].join('; ') }
    const auth = createManagerWith().open(new Request('https://app.test', { headers }))
    expect([await auth.currentUser(), await auth.whyAnonymous()]).toEqual([null, 'logged-out'])
  })

  it('is verified by an instance whose current secret differs', async () => {
    const { createBrowser, createManagerWith } = setUp()
    const visitor = createBrowser()
    await visitor.run((auth) => auth.loginUser(alice as User))
    const former = visitor.cookies.get(SESSION) as string
    await visitor.run((auth) => auth.logoutUser())
    visitor.useManager(createManagerWith({ secrets: { current: NEW_SECRET, previous: [SECRET] } }))
    visitor.cookies.set(SESSION, former)
    expect(await visitor.run(getUserId)).toBe('null')
  })
})

describe('parallel restores from one remember cookie', () => {
  const form: Operation = async (auth) => [await auth.csrfToken(), (await auth.currentLogin())?.session?.sessionId]

  async function setUpRemembered(options: Partial<LoginManagerOptions<User>> = {}) {
    const { createBrowser, ...rest } = setUp(options)
    const visitor = createBrowser()
    await visitor.run((auth) => auth.loginUser(alice as User, { remember: true }))
    visitor.cookies.delete(SESSION)
    return { visitor, ...rest }
  }

  it.each([0, 1])(
    'create one session ID, and accept the CSRF token of both responses if response %i is the last',
    async (last) => {
      const { visitor } = await setUpRemembered()
      const responses = [createDeferred(), createDeferred()]
      const pages = responses.map(({ promise }) => visitor.run(form, promise))
      responses[1 - last]?.resolve()
      await pages[1 - last]
      responses[last]?.resolve()
      const [[one, id], [two, other]] = (await Promise.all(pages)).map((page) => JSON.parse(page))
      expect(other).toBe(id)
      for (const token of [one, two]) expect(await visitor.run((auth) => auth.checkCsrf(token))).toBe('true')
    },
  )

  it('accept the CSRF tokens of each other across a time window, and at instances with different current secrets', async () => {
    const { visitor, clock, createManagerWith } = await setUpRemembered()
    const instances = [
      createManagerWith({ secrets: { current: SECRET, previous: [NEW_SECRET] } }),
      createManagerWith({ secrets: { current: NEW_SECRET, previous: [SECRET] } }),
    ] as const
    clock.advance(299)
    const cookie = visitor.cookies.get(REMEMBER) as string
    const ids: string[] = []
    const tokens: string[] = []
    for (const [index, instance] of [...instances, ...instances].entries()) {
      visitor.cookies.delete(SESSION)
      visitor.cookies.set(REMEMBER, cookie)
      visitor.useManager(instance)
      const [token, id] = JSON.parse(await visitor.run(form))
      ids.push(id)
      tokens.push(token)
      if (index === 1) clock.advance(1)
    }
    expect([ids[0], ids[2]]).toEqual([ids[1], ids[3]])
    expect(ids[2]).not.toBe(ids[0])
    for (const token of tokens) expect(await visitor.run((auth) => auth.checkCsrf(token))).toBe('true')
  })

  it('do not reuse a session ID that isRevoked() reports', async () => {
    const denied = new Set<string>()
    const { visitor } = await setUpRemembered({ isRevoked: (id) => denied.has(id) })
    const [, id] = JSON.parse(await visitor.run(form))
    denied.add(id)
    visitor.cookies.delete(SESSION)
    const [, other] = JSON.parse(await visitor.run(form))
    expect(other).not.toBe(id)
    expect(await visitor.run(getUserId)).toBe('"alice"')
  })
})

describe('CSRF tokens of an anonymous visitor', () => {
  const issue: Operation = (auth) => auth.csrfToken()
  const accepts = async (visitor: { run(operation: Operation): Promise<string> }, token: string): Promise<string> =>
    visitor.run((auth) => auth.checkCsrf(JSON.parse(token)))

  it('of two parallel first requests are both accepted', async () => {
    const visitor = setUp().createBrowser()
    const tokens = await Promise.all([visitor.run(issue), visitor.run(issue)])
    for (const token of tokens) expect(await accepts(visitor, token)).toBe('true')
    expect(await accepts(visitor, await visitor.run(issue))).toBe('true')
    expect(visitor.cookies.names()).toHaveLength(2)
  })

  it('are refused in another browser, and after a login, which removes their cookies', async () => {
    const { createBrowser } = setUp()
    const [visitor, other] = [createBrowser(), createBrowser()]
    const token = await visitor.run(issue)
    await other.run(issue)
    expect(await accepts(other, token)).toBe('false')
    await visitor.run((auth) => auth.loginUser(alice as User))
    expect(await accepts(visitor, token)).toBe('false')
    expect(visitor.cookies.names()).toEqual([SESSION])
  })

  it.each([
    ['a word', 'token'],
    ['an empty string', ''],
    ['3,000 characters', 'x'.repeat(3000)],
    ['one character too few', 'x'.repeat(21)],
    ['a comma', `${'x'.repeat(21)},`],
  ])(
    'ignore a cookie of the app with a similar name that ends with %s, and a login keeps that cookie',
    async (_, id) => {
      const { createBrowser } = setUp()
      const [attacker, visitor] = [createBrowser(), createBrowser()]
      const foreign = `${SESSION}_csrf_${id}`
      for (const one of [attacker, visitor]) one.cookies.set(foreign, 'of the app')
      const token = await attacker.run(issue)
      expect(attacker.cookies.names()).toHaveLength(2)
      expect(await accepts(attacker, token)).toBe('true')
      expect(await accepts(visitor, token)).toBe('false')
      await attacker.run((auth) => auth.loginUser(alice as User))
      expect(attacker.cookies.names().sort()).toEqual([SESSION, foreign].sort())
    },
  )

  it('are accepted if the browser sends more cookies with similar names than the library reads', async () => {
    const visitor = setUp().createBrowser()
    for (let i = 0; i < 20; i++) visitor.cookies.set(`${SESSION}_csrf_${i}`, '1')
    expect(await accepts(visitor, await visitor.run(issue))).toBe('true')
  })

  it('are refused for a login if an attacker created them with its session ID in a planted cookie', async () => {
    const { createBrowser } = setUp()
    const [victim, attacker] = [createBrowser(), createBrowser()]
    await victim.run((auth) => auth.loginUser(alice as User))
    const id = JSON.parse(await victim.run(async (auth) => (await auth.currentLogin())?.session?.sessionId))
    attacker.cookies.set(`${SESSION}_csrf_${id}`, '1')
    expect(await accepts(victim, await attacker.run(issue))).toBe('false')
  })
})

describe('a session cookie that only another instance can read', () => {
  const requireLogin: Operation = async (auth) => {
    const decision = await auth.require()
    return decision.ok ? 'allowed' : (await decision.respond()).headers.get('location')
  }
  const page: Partial<LoginManagerOptions<User>> = { loginView: '/login', useSessionForNext: true }

  async function setUpForeign(remember: boolean) {
    const { createBrowser, createManagerWith, clock } = setUp(page)
    const visitor = createBrowser()
    visitor.useManager(createManagerWith({ secrets: { current: NEW_SECRET, previous: [SECRET] } }))
    await visitor.run((auth) => auth.loginUser(alice as User, { remember }))
    const session = visitor.cookies.get(SESSION)
    visitor.useManager(createManagerWith())
    return { visitor, session, createManagerWith, clock }
  }

  it('is not changed by a refusal, which adds next to the query', async () => {
    const { visitor, session } = await setUpForeign(false)
    expect(await visitor.run((auth) => requireLogin(auth))).toContain('/login')
    expect(await visitor.run(requireLogin)).toContain('next=')
    expect(visitor.cookies.get(SESSION)).toBe(session)
  })

  it('is not changed by a refusal if the clock of that instance is ahead', async () => {
    const { createBrowser, clock } = setUp(page)
    const visitor = createBrowser()
    clock.advance(90)
    await visitor.run((auth) => auth.loginUser(alice as User))
    const session = visitor.cookies.get(SESSION)
    clock.advance(-90)
    expect(await visitor.run(requireLogin)).toContain('next=')
    expect(visitor.cookies.get(SESSION)).toBe(session)
  })

  it('is not changed by a CSRF token, or by a restore from a remember cookie', async () => {
    const { visitor, session } = await setUpForeign(false)
    await visitor.run((auth) => auth.csrfToken())
    expect(visitor.cookies.get(SESSION)).toBe(session)
    const other = setUp(page).createBrowser()
    await other.run((auth) => auth.loginUser(bob as User, { remember: true }))
    visitor.cookies.set(REMEMBER, other.cookies.get(REMEMBER) as string)
    expect(await visitor.run(getUserId)).toBe('"bob"')
    expect(visitor.cookies.get(SESSION)).toBe(session)
  })

  it('is replaced by session.set(), and removed by logoutUser()', async () => {
    const { visitor, session } = await setUpForeign(false)
    await visitor.run((auth) => auth.session.set('cart', 1))
    expect(visitor.cookies.get(SESSION)).not.toBe(session)
    visitor.cookies.set(SESSION, session as string)
    await visitor.run((auth) => auth.logoutUser())
    expect(visitor.cookies.get(SESSION)).toBeUndefined()
  })

  it('is not assumed if the signature was changed: a refusal replaces the cookie', async () => {
    const { visitor, session } = await setUpForeign(false)
    visitor.cookies.set(SESSION, `${(await createSessionCookie()).slice(0, -3)}AAA`)
    expect(await visitor.run(requireLogin)).toContain('/login')
    expect(visitor.cookies.get(SESSION)).not.toBe(session)
  })

  async function createSessionCookie(): Promise<string> {
    const visitor = setUp(page).createBrowser()
    await visitor.run((auth) => auth.loginUser(alice as User))
    return visitor.cookies.get(SESSION) as string
  }
})
