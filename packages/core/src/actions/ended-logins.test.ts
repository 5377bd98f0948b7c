import { describe, expect, it } from 'vitest'
import { SECRET, type User } from '../../test/setup'
import { type Auth, createLoginManager, type LoginManagerOptions, withLogin } from '../index'
import { createTestClient, createTestClock } from '../testing'

const NEW_SECRET = 'only for tests: 9876543210 ponmlkjihgfedcba'
const [SESSION, REMEMBER, ENDED] = ['__Host-session', '__Host-remember_token', '__Host-session_ended']
const [alice, bob]: readonly User[] = [{ id: 'alice' }, { id: 'bob' }] as const

type Work = (auth: Auth<User>) => unknown

function world(options: Partial<LoginManagerOptions<User>> = {}) {
  const clock = createTestClock(1_800_000_000)
  const managerWith = (more: Partial<LoginManagerOptions<User>> = {}) =>
    createLoginManager<User>({ secrets: SECRET, loadUser: (id) => ({ id }), clock, ...options, ...more })
  const browser = () => {
    const works: ((auth: Auth<User>) => Promise<string>)[] = []
    const client = createTestClient<User>((request) => current(request), { clock })
    const appOf = (manager: ReturnType<typeof managerWith>) =>
      withLogin(
        manager,
        async (request, auth) => new Response(await works[Number(new URL(request.url).pathname.slice(1))]?.(auth)),
      )
    let current = appOf(managerWith())
    const at = (manager: ReturnType<typeof managerWith>): void => {
      current = appOf(manager)
    }
    /** Sends a request now; the browser receives the response when `until` resolves. */
    const ask = async (work: Work, until: Promise<unknown> = Promise.resolve()): Promise<string> => {
      const number = works.push(async (auth) => {
        const result = JSON.stringify(await work(auth)) ?? 'undefined'
        await until
        return result
      })
      return (await client.fetch(`/${number - 1}`)).text()
    }
    return Object.assign(client, { ask, at })
  }
  return { browser, clock, managerWith }
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

const who: Work = async (auth) => (await auth.currentUser())?.id ?? null
const why: Work = (auth) => auth.whyAnonymous()

describe('a logout and a slow request of the same browser', () => {
  it.each<[string, Work, readonly string[]]>([
    ['writes the session', (auth) => auth.session.set('a', 1), []],
    ['confirms the login', (auth) => auth.confirmLogin(), []],
    ['restores from the remember cookie', who, [SESSION]],
  ])('end logged out if the slow request %s and its response arrives last', async (_, work, dropped) => {
    const { browser } = world()
    const visitor = browser()
    await visitor.ask((auth) => auth.loginUser(alice as User, { remember: true }))
    for (const name of dropped) visitor.cookies.delete(name)
    const late = gate()
    const slow = visitor.ask(work, late.opened)
    await visitor.ask((auth) => auth.logoutUser())
    late.open()
    await slow
    expect(visitor.cookies.names()).toContain(SESSION)
    expect([await visitor.ask(why), await visitor.ask(who)]).toEqual(['"logged-out"', 'null'])
    expect(visitor.cookies.names()).toEqual([ENDED])
  })

  it('end logged out if the late response renews the remember cookie', async () => {
    const visitor = world({ remember: { renew: 'everyRequest' } }).browser()
    await visitor.ask((auth) => auth.loginUser(alice as User, { remember: true }))
    const late = gate()
    const slow = visitor.ask(who, late.opened)
    await visitor.ask((auth) => auth.logoutUser())
    late.open()
    await slow
    expect(visitor.cookies.names()).toContain(REMEMBER)
    expect(await visitor.ask(who)).toBe('null')
    expect(visitor.cookies.names()).toEqual([ENDED])
  })
})

describe('the tombstone of a logout', () => {
  it('has the attributes of the session cookie, and ends after ten minutes', async () => {
    const { clock, browser } = world()
    const visitor = browser()
    await visitor.ask((auth) => auth.loginUser(alice as User))
    await visitor.ask((auth) => auth.logoutUser())
    expect(visitor.cookies.get(ENDED)).toMatch(/^[\w-]{28}$/)
    clock.advance(599)
    expect(visitor.cookies.get(ENDED)).toBeDefined()
    clock.advance(1)
    expect(visitor.cookies.get(ENDED)).toBeUndefined()
    expect(await visitor.ask(why)).toBe('"no-cookie"')
  })

  it('is removed by a login of the same user, which counts at once', async () => {
    const visitor = world().browser()
    await visitor.ask((auth) => auth.loginUser(alice as User))
    await visitor.ask((auth) => auth.logoutUser())
    await visitor.ask((auth) => auth.loginUser(alice as User))
    expect(visitor.cookies.names()).toEqual([SESSION])
    expect(await visitor.ask(who)).toBe('"alice"')
  })

  it('refuses the late cookie of the former user after the login of another one', async () => {
    const visitor = world().browser()
    await visitor.ask((auth) => auth.loginUser(alice as User))
    const former = visitor.cookies.get(SESSION) as string
    await visitor.ask((auth) => auth.logoutUser())
    await visitor.ask((auth) => auth.loginUser(bob as User))
    expect(await visitor.ask(who)).toBe('"bob"')
    visitor.cookies.set(SESSION, former)
    expect(await visitor.ask(who)).toBe('null')
  })

  it('names several logouts in a row, eight at most, however much is planted in it', async () => {
    const visitor = world().browser()
    const former: string[] = []
    visitor.cookies.set(ENDED, Array.from({ length: 60 }, () => 'x'.repeat(28)).join('.'))
    for (let i = 0; i < 10; i++) {
      await visitor.ask((auth) => auth.loginUser({ id: `user-${i}` }))
      former.push(visitor.cookies.get(SESSION) as string)
      await visitor.ask((auth) => auth.logoutUser())
    }
    expect(visitor.cookies.get(ENDED)?.split('.')).toHaveLength(8)
    const seen: string[] = []
    for (const cookie of former) {
      visitor.cookies.set(SESSION, cookie)
      seen.push(await visitor.ask(who))
    }
    expect(seen).toEqual(['"user-0"', '"user-1"', ...Array.from({ length: 8 }, () => 'null')])
  })

  it('of one browser ends nothing if it is planted in another', async () => {
    const { browser } = world()
    const [attacker, victim] = [browser(), browser()]
    await attacker.ask((auth) => auth.loginUser(alice as User))
    await victim.ask((auth) => auth.loginUser(alice as User))
    await attacker.ask((auth) => auth.logoutUser())
    victim.cookies.set(ENDED, attacker.cookies.get(ENDED) as string)
    expect(await victim.ask(who)).toBe('"alice"')
  })

  it.each(['before', 'after'])('counts if another cookie of its name arrives %s it', async (place) => {
    const { browser, managerWith } = world()
    const visitor = browser()
    await visitor.ask((auth) => auth.loginUser(alice as User, { remember: true }))
    const late = [SESSION, REMEMBER].map((name) => `${name}=${visitor.cookies.get(name)}`)
    await visitor.ask((auth) => auth.logoutUser())
    const tombstones = [`${ENDED}=${visitor.cookies.get(ENDED)}`]
    tombstones[place === 'before' ? 'unshift' : 'push'](`${ENDED}=planted`)
    const headers = { cookie: [...tombstones, ...late].join('; ') }
    const auth = managerWith().open(new Request('https://app.test', { headers }))
    expect([await auth.currentUser(), await auth.whyAnonymous()]).toEqual([null, 'logged-out'])
  })

  it('is understood by an instance whose current secret differs', async () => {
    const { browser, managerWith } = world()
    const visitor = browser()
    await visitor.ask((auth) => auth.loginUser(alice as User))
    const former = visitor.cookies.get(SESSION) as string
    await visitor.ask((auth) => auth.logoutUser())
    visitor.at(managerWith({ secrets: { current: NEW_SECRET, previous: [SECRET] } }))
    visitor.cookies.set(SESSION, former)
    expect(await visitor.ask(who)).toBe('null')
  })
})

describe('parallel restores from one remember cookie', () => {
  const form: Work = async (auth) => [await auth.csrfToken(), (await auth.currentLogin())?.session?.sessionId]

  async function remembered(options: Partial<LoginManagerOptions<User>> = {}) {
    const { browser, ...rest } = world(options)
    const visitor = browser()
    await visitor.ask((auth) => auth.loginUser(alice as User, { remember: true }))
    visitor.cookies.delete(SESSION)
    return { visitor, ...rest }
  }

  it.each([0, 1])(
    'give one session ID, and accept the form of either response: the one that is last is %i',
    async (last) => {
      const { visitor } = await remembered()
      const gates = [gate(), gate()]
      const pages = gates.map(({ opened }) => visitor.ask(form, opened))
      gates[1 - last]?.open()
      await pages[1 - last]
      gates[last]?.open()
      const [[one, id], [two, other]] = (await Promise.all(pages)).map((page) => JSON.parse(page))
      expect(other).toBe(id)
      for (const token of [one, two]) expect(await visitor.ask((auth) => auth.checkCsrf(token))).toBe('true')
    },
  )

  it('accept each other’s forms on both sides of every time window, and at instances with different current secrets', async () => {
    const { visitor, clock, managerWith } = await remembered()
    const instances = [
      managerWith({ secrets: { current: SECRET, previous: [NEW_SECRET] } }),
      managerWith({ secrets: { current: NEW_SECRET, previous: [SECRET] } }),
    ] as const
    clock.advance(299)
    const cookie = visitor.cookies.get(REMEMBER) as string
    const ids: string[] = []
    const tokens: string[] = []
    for (const [index, instance] of [...instances, ...instances].entries()) {
      visitor.cookies.delete(SESSION)
      visitor.cookies.set(REMEMBER, cookie)
      visitor.at(instance)
      const [token, id] = JSON.parse(await visitor.ask(form))
      ids.push(id)
      tokens.push(token)
      if (index === 1) clock.advance(1)
    }
    expect([ids[0], ids[2]]).toEqual([ids[1], ids[3]])
    expect(ids[2]).not.toBe(ids[0])
    for (const token of tokens) expect(await visitor.ask((auth) => auth.checkCsrf(token))).toBe('true')
  })

  it('do not give a session ID again that the app denies', async () => {
    const denied = new Set<string>()
    const { visitor } = await remembered({ isRevoked: (id) => denied.has(id) })
    const [, id] = JSON.parse(await visitor.ask(form))
    denied.add(id)
    visitor.cookies.delete(SESSION)
    const [, other] = JSON.parse(await visitor.ask(form))
    expect(other).not.toBe(id)
    expect(await visitor.ask(who)).toBe('"alice"')
  })
})

describe('CSRF tokens of a visitor without a login', () => {
  const issue: Work = (auth) => auth.csrfToken()
  const accepts = async (visitor: { ask(work: Work): Promise<string> }, token: string): Promise<string> =>
    visitor.ask((auth) => auth.checkCsrf(JSON.parse(token)))

  it('of two first pages that were opened at once are both accepted', async () => {
    const visitor = world().browser()
    const tokens = await Promise.all([visitor.ask(issue), visitor.ask(issue)])
    for (const token of tokens) expect(await accepts(visitor, token)).toBe('true')
    expect(await accepts(visitor, await visitor.ask(issue))).toBe('true')
    expect(visitor.cookies.names()).toHaveLength(2)
  })

  it('are refused in another browser, and after a login, which ends their cookies', async () => {
    const { browser } = world()
    const [visitor, other] = [browser(), browser()]
    const token = await visitor.ask(issue)
    await other.ask(issue)
    expect(await accepts(other, token)).toBe('false')
    await visitor.ask((auth) => auth.loginUser(alice as User))
    expect(await accepts(visitor, token)).toBe('false')
    expect(visitor.cookies.names()).toEqual([SESSION])
  })

  it.each([
    ['a word', 'token'],
    ['nothing', ''],
    ['3,000 characters', 'x'.repeat(3000)],
    ['one character too few', 'x'.repeat(21)],
    ['a comma', `${'x'.repeat(21)},`],
  ])(
    'are bound to cookies of the library alone, and a login leaves another cookie alone whose name ends with %s',
    async (_, id) => {
      const { browser } = world()
      const [attacker, visitor] = [browser(), browser()]
      const foreign = `${SESSION}_csrf_${id}`
      for (const one of [attacker, visitor]) one.cookies.set(foreign, 'of the app')
      const token = await attacker.ask(issue)
      expect(attacker.cookies.names()).toHaveLength(2)
      expect(await accepts(attacker, token)).toBe('true')
      expect(await accepts(visitor, token)).toBe('false')
      await attacker.ask((auth) => auth.loginUser(alice as User))
      expect(attacker.cookies.names().sort()).toEqual([SESSION, foreign].sort())
    },
  )

  it('are accepted beside more cookies of a similar name than are considered', async () => {
    const visitor = world().browser()
    for (let i = 0; i < 20; i++) visitor.cookies.set(`${SESSION}_csrf_${i}`, '1')
    expect(await accepts(visitor, await visitor.ask(issue))).toBe('true')
  })

  it('cannot be made for a login by a planted visitor cookie that repeats its session ID', async () => {
    const { browser } = world()
    const [victim, attacker] = [browser(), browser()]
    await victim.ask((auth) => auth.loginUser(alice as User))
    const id = JSON.parse(await victim.ask(async (auth) => (await auth.currentLogin())?.session?.sessionId))
    attacker.cookies.set(`${SESSION}_csrf_${id}`, '1')
    expect(await accepts(victim, await attacker.ask(issue))).toBe('false')
  })
})

describe('a session cookie that only another instance can read', () => {
  const guarded: Work = async (auth) => {
    const decision = await auth.require()
    return decision.ok ? 'in' : (await decision.respond()).headers.get('location')
  }
  const page: Partial<LoginManagerOptions<User>> = { loginView: '/login', useSessionForNext: true }

  async function foreign(remember: boolean) {
    const { browser, managerWith, clock } = world(page)
    const visitor = browser()
    visitor.at(managerWith({ secrets: { current: NEW_SECRET, previous: [SECRET] } }))
    await visitor.ask((auth) => auth.loginUser(alice as User, { remember }))
    const session = visitor.cookies.get(SESSION)
    visitor.at(managerWith())
    return { visitor, session, managerWith, clock }
  }

  it('is left alone by a refusal, which puts the page into the query and keeps no message', async () => {
    const { visitor, session } = await foreign(false)
    expect(await visitor.ask((auth) => guarded(auth))).toContain('/login')
    expect(await visitor.ask(guarded)).toContain('next=')
    expect(visitor.cookies.get(SESSION)).toBe(session)
  })

  it('is left alone because of a clock that is ahead', async () => {
    const { browser, clock } = world(page)
    const visitor = browser()
    clock.advance(90)
    await visitor.ask((auth) => auth.loginUser(alice as User))
    const session = visitor.cookies.get(SESSION)
    clock.advance(-90)
    expect(await visitor.ask(guarded)).toContain('next=')
    expect(visitor.cookies.get(SESSION)).toBe(session)
  })

  it('is left alone by a CSRF token and by a restore, which holds for the request', async () => {
    const { visitor, session } = await foreign(false)
    await visitor.ask((auth) => auth.csrfToken())
    expect(visitor.cookies.get(SESSION)).toBe(session)
    const other = world(page).browser()
    await other.ask((auth) => auth.loginUser(bob as User, { remember: true }))
    visitor.cookies.set(REMEMBER, other.cookies.get(REMEMBER) as string)
    expect(await visitor.ask(who)).toBe('"bob"')
    expect(visitor.cookies.get(SESSION)).toBe(session)
  })

  it('is replaced by what the app writes, logs in or logs out', async () => {
    const { visitor, session } = await foreign(false)
    await visitor.ask((auth) => auth.session.set('cart', 1))
    expect(visitor.cookies.get(SESSION)).not.toBe(session)
    visitor.cookies.set(SESSION, session as string)
    await visitor.ask((auth) => auth.logoutUser())
    expect(visitor.cookies.get(SESSION)).toBeUndefined()
  })

  it('is one with a changed signature no longer: that is replaced like any broken cookie', async () => {
    const { visitor, session } = await foreign(false)
    visitor.cookies.set(SESSION, `${(await freshCookie()).slice(0, -3)}AAA`)
    expect(await visitor.ask(guarded)).toContain('/login')
    expect(visitor.cookies.get(SESSION)).not.toBe(session)
  })

  async function freshCookie(): Promise<string> {
    const visitor = world(page).browser()
    await visitor.ask((auth) => auth.loginUser(alice as User))
    return visitor.cookies.get(SESSION) as string
  }
})
