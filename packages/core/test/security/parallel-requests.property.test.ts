// Requests of one browser that overlap. Each is sent with the cookies of that moment, handled by some instance later, and
// received later still, in any order. Time is virtual: a plan of numbers decides everything, so that every run repeats.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Auth, createLoginManager, type LoginManagerOptions, withLogin } from '../../src/index'
import { createTestClock, type TestClock } from '../../src/testing'
import type { User } from '../setup'

type Work = (auth: Auth<User>) => unknown

const OLD = 'only for tests: 0123456789 abcdefghijklmnop'
const NEW = 'only for tests: 9876543210 ponmlkjihgfedcba'
const START = 1_800_000_000
const [SESSION, REMEMBER] = ['__Host-session', '__Host-remember_token']
const PREFETCH = { 'sec-purpose': 'prefetch' }
const RUNS = { numRuns: 300 }
const TIMEOUT_MS = 60_000

/** A part of an app that is deployed several times. Handles a request, and returns what the work returned. */
interface Instance {
  handle(request: Request, work: Work): Promise<Handled>
}

interface Handled {
  readonly result: unknown
  readonly cookies: readonly string[]
}

function instanceWith(options: LoginManagerOptions<User>): Instance {
  const manager = createLoginManager<User>(options)
  return {
    async handle(request, work) {
      let result: unknown
      const app = withLogin(manager, async (_, auth) => {
        result = await work(auth)
        return result instanceof Response ? result : new Response()
      })
      const response = await app(request)
      return { result, cookies: response.headers.getSetCookie() }
    },
  }
}

/** The cookies of a browser. */
class Jar {
  readonly #clock: TestClock
  readonly #cookies = new Map<string, { readonly value: string; readonly endsAt: number }>()

  constructor(clock: TestClock) {
    this.#clock = clock
  }

  get(name: string): string | undefined {
    return this.#cookies.get(name)?.value
  }

  delete(name: string): void {
    this.#cookies.delete(name)
  }

  request(headers: Record<string, string> = {}): Request {
    const alive = [...this.#cookies].filter(([, { endsAt }]) => endsAt > this.#clock())
    const cookie = alive.map(([name, { value }]) => `${name}=${value}`).join('; ')
    return new Request('https://app.test/', { headers: { accept: 'text/html', ...headers, ...(cookie && { cookie }) } })
  }

  receive(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = ''] = line.split(';')
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      const seconds = /; Max-Age=(-?\d+)/i.exec(line)?.[1]
      if (seconds !== undefined && Number(seconds) <= 0) this.#cookies.delete(name)
      else this.#cookies.set(name, { value, endsAt: this.#clock() + Number(seconds ?? Number.POSITIVE_INFINITY) })
    }
  }
}

/** A request of a plan: which work, at which instance, and the seconds until it is sent, handled and received. */
interface Planned {
  readonly work: number
  readonly instance: number
  readonly sentAt: number
  readonly travel: number
  readonly delay: number
}

interface Sending {
  readonly work: Work
  readonly instance: Instance
  readonly headers?: Record<string, string> | undefined
  readonly sentAt: number
  readonly handledAt: number
  readonly receivedAt: number
  /** Sees the request, the result and the time after the request was handled. */
  readonly seen?: (request: Request, result: unknown) => void
}

/** Lets the requests happen in the order of their times, and calls `received` after each response. */
async function play(
  clock: TestClock,
  jar: Jar,
  sendings: readonly Sending[],
  received: (sending: Sending) => unknown = () => undefined,
): Promise<void> {
  const start = clock()
  const events = sendings.flatMap((sending) => {
    const { work, instance, headers, sentAt, handledAt, receivedAt, seen } = sending
    let request: Request
    let handled: Handled
    const send = async (): Promise<void> => {
      request = jar.request(headers)
    }
    const handle = async (): Promise<void> => {
      handled = await instance.handle(request, work)
      seen?.(request, handled.result)
    }
    const receive = async (): Promise<void> => {
      jar.receive(handled.cookies)
      await received(sending)
    }
    return [
      { at: sentAt, happen: send },
      { at: handledAt, happen: handle },
      { at: receivedAt, happen: receive },
    ]
  })
  for (const { at, happen } of events.sort((one, two) => one.at - two.at)) {
    clock.advance(start + at - clock())
    await happen()
  }
}

const idAt = async (jar: Jar, instance: Instance): Promise<unknown> =>
  (await instance.handle(jar.request(), userId)).result

async function isAnywhere(jar: Jar, instances: readonly Instance[]): Promise<boolean> {
  for (const instance of instances) if ((await idAt(jar, instance)) !== null) return true
  return false
}

const userId: Work = async (auth) => (await auth.currentUser())?.id ?? null
const guarded: Work = async (auth) => {
  const decision = await auth.require()
  return decision.ok ? decision.user.id : decision.respond()
}
const form: Work = (auth) => auth.csrfToken()
/** A form of the logged-in user; null from an instance that accepts no login here, such as one whose clock is behind. */
const userForm: Work = async (auth) => ((await auth.currentUser()) === null ? null : auth.csrfToken())
const sessionId: Work = async (auth) => (await auth.currentLogin())?.session?.sessionId

const timesWithin = (seconds: number, works: number, instances: number): fc.Arbitrary<Planned> =>
  fc.record({
    work: fc.nat(works - 1),
    instance: fc.nat(instances - 1),
    sentAt: fc.nat(seconds),
    travel: fc.nat(40),
    delay: fc.nat(80),
  })

const timesOf = ({ sentAt, travel, delay }: Planned) => ({
  sentAt,
  handledAt: sentAt + travel,
  receivedAt: sentAt + travel + delay,
})

const RENEWALS = ['whenUsed', 'everyRequest', 'never'] as const
const REMEMBER_RENEWALS = ['everyRequest', 'never'] as const

describe('instances of one app during the rollout of a secret', () => {
  const works: readonly { readonly work: Work; readonly headers?: Record<string, string> }[] = [
    { work: userId },
    { work: guarded },
    { work: userForm },
    { work: sessionId },
    { work: guarded, headers: PREFETCH },
    { work: form, headers: PREFETCH },
    { work: (auth) => auth.peekFlashes() },
  ]
  const plan = fc.record({
    first: fc.nat(3),
    remember: fc.boolean(),
    isRestored: fc.boolean(),
    renew: fc.constantFrom(...RENEWALS),
    renewRemember: fc.constantFrom(...REMEMBER_RENEWALS),
    requests: fc.array(timesWithin(400, works.length, 4), { maxLength: 8 }),
  })

  it(
    'never lose a login that one of them accepts, agree on the IDs of restored sessions, and accept each other’s forms, in any order of prefetches, restores and responses',
    () =>
      fc.assert(
        fc.asyncProperty(plan, async ({ first, remember, isRestored, renew, renewRemember, requests }) => {
          const clock = createTestClock(START)
          const options: Omit<LoginManagerOptions<User>, 'secrets'> = {
            loadUser: (id) => ({ id }),
            loginView: '/login',
            useSessionForNext: true,
            clock,
            session: { renew },
            remember: { renew: renewRemember },
          }
          const both = { current: NEW, previous: [OLD] }
          const instances = [
            instanceWith({ ...options, secrets: OLD }),
            instanceWith({ ...options, secrets: { current: OLD, previous: [NEW] } }),
            instanceWith({ ...options, secrets: both }),
            instanceWith({ ...options, secrets: both, clock: () => clock() + 90 }),
          ] as const
          const jar = new Jar(clock)
          const knowing = instances.slice(1, 3)
          const login: Work = (auth) => auth.loginUser({ id: 'alice' }, { remember })
          jar.receive((await (instances[first] as Instance).handle(jar.request(), login)).cookies)
          if (remember && isRestored) jar.delete(SESSION)
          const forms: unknown[] = []
          const restored = new Map<string, unknown>()
          const agree = (request: Request, result: unknown): void => {
            const cookie = request.headers.get('cookie') ?? ''
            if (cookie.includes(`${SESSION}=`)) return
            const token = cookie.split('; ').find((pair) => pair.startsWith(REMEMBER))
            const key = `${token} ${Math.floor((clock() - START) / 300)}`
            expect(result).toBe(restored.has(key) ? restored.get(key) : result)
            restored.set(key, result)
          }
          const sendings = requests.map((request): Sending => {
            const { work, headers } = works[request.work] as (typeof works)[number]
            const instance = instances[request.instance] as Instance
            const isKnowing = knowing.includes(instance)
            return {
              ...timesOf(request),
              work,
              headers,
              instance,
              seen: (sent, result) => {
                if (work === userForm && isKnowing && result !== null) forms.push(result)
                if (work === sessionId && isKnowing && first !== 3) agree(sent, result)
              },
            }
          })
          await play(clock, jar, sendings, async () => {
            expect(await isAnywhere(jar, [...instances].reverse())).toBe(true)
          })
          clock.advance(120)
          for (const instance of knowing) {
            expect(await idAt(jar, instance)).toBe('alice')
            for (const token of forms) {
              const { result } = await instance.handle(jar.request(), (auth) => auth.checkCsrf(token as string))
              expect(result).toBe(true)
            }
          }
        }),
        RUNS,
      ),
    TIMEOUT_MS,
  )
})

describe('slow requests of a browser and a logout', () => {
  const works: readonly Work[] = [
    userId,
    guarded,
    form,
    (auth) => auth.session.set('cart', 1),
    (auth) => auth.flash('Saved.'),
    (auth) => auth.confirmLogin(),
    (auth) => auth.session.setPermanent(true),
    (auth) => auth.takeFlashes(),
  ]
  const plan = fc.record({
    remember: fc.boolean(),
    isRestored: fc.boolean(),
    renew: fc.constantFrom(...RENEWALS),
    renewRemember: fc.constantFrom(...REMEMBER_RENEWALS),
    logoutAt: fc.nat(200),
    logoutDelay: fc.nat(60),
    instance: fc.nat(1),
    again: fc.constantFrom(null, 'alice', 'bob'),
    requests: fc.array(timesWithin(300, works.length, 2), { maxLength: 8 }),
  })

  /** Whether an anonymous request overlaps the login: its message or its cleared cookie may replace the new session. */
  const isBetween = ({ sentAt, receivedAt }: Sending, loggedOutAt: number, loggedInAt: number): boolean =>
    sentAt >= loggedOutAt && sentAt <= loggedInAt && receivedAt >= loggedInAt

  it(
    'end logged out, and a login after the logout stands, in any order of the responses',
    () =>
      fc.assert(
        fc.asyncProperty(plan, async (given) => {
          const clock = createTestClock(START)
          const options: Omit<LoginManagerOptions<User>, 'secrets'> = {
            loadUser: (id) => ({ id }),
            loginView: '/login',
            clock,
            session: { renew: given.renew },
            remember: { renew: given.renewRemember },
          }
          const instances = [
            instanceWith({ ...options, secrets: { current: OLD, previous: [NEW] } }),
            instanceWith({ ...options, secrets: { current: NEW, previous: [OLD] } }),
          ] as const
          const [one, other] = given.instance === 0 ? instances : [instances[1], instances[0]]
          const jar = new Jar(clock)
          const loginOf =
            (id: string): Work =>
            (auth) =>
              auth.loginUser({ id }, { remember: given.remember })
          jar.receive((await one.handle(jar.request(), loginOf('alice'))).cookies)
          if (given.remember && given.isRestored) jar.delete(SESSION)
          const endedAt = given.logoutAt + given.logoutDelay
          const sendings = given.requests
            .map(
              (request): Sending => ({
                ...timesOf(request),
                work: works[request.work] as Work,
                instance: instances[request.instance] as Instance,
              }),
            )
            .filter((sending) => given.again === null || !isBetween(sending, endedAt, endedAt + 2))
          const logout: Sending = {
            work: (auth) => auth.logoutUser(),
            instance: other,
            sentAt: given.logoutAt,
            handledAt: given.logoutAt,
            receivedAt: endedAt,
          }
          const { again } = given
          const next: Sending[] =
            again === null
              ? []
              : [
                  {
                    work: loginOf(again),
                    instance: one,
                    sentAt: endedAt + 1,
                    handledAt: endedAt + 1,
                    receivedAt: endedAt + 2,
                  },
                ]
          const seen: unknown[] = []
          let isLoggedOut = false
          await play(clock, jar, [...sendings, logout, ...next], async (sending) => {
            isLoggedOut ||= sending === logout
            if (isLoggedOut) for (const instance of instances) seen.push(await idAt(jar, instance))
          })
          const final = await Promise.all(instances.map((instance) => idAt(jar, instance)))
          if (again === null) expect([...seen, ...final].filter((id) => id !== null)).toEqual([])
          if (again === 'alice') expect(final).toEqual(['alice', 'alice'])
          if (again === 'bob') {
            expect(seen).not.toContain('alice')
            const isLate = sendings.some(({ sentAt, receivedAt }) => sentAt < endedAt + 2 && receivedAt >= endedAt + 1)
            if (!isLate) expect(final).toEqual(['bob', 'bob'])
          }
        }),
        RUNS,
      ),
    TIMEOUT_MS,
  )
})
