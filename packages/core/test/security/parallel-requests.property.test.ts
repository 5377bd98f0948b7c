// Overlapping requests of one browser. Each has the cookies of the time when it is sent. An instance handles it later, and
// the browser receives the responses in any order. A generated plan sets the virtual times, so each run is repeatable.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Auth, createLoginManager, type LoginManagerOptions, withLogin } from '../../src/index'
import { createTestClock, type TestClock } from '../../src/testing'
import type { User } from '../setup'

type Operation = (auth: Auth<User>) => unknown

const OLD = 'only for tests: 0123456789 abcdefghijklmnop'
const NEW = 'only for tests: 9876543210 ponmlkjihgfedcba'
const START = 1_800_000_000
const [SESSION, REMEMBER] = ['__Host-session', '__Host-remember_token']
const PREFETCH = { 'sec-purpose': 'prefetch' }
const RUNS = { numRuns: 300 }
const TIMEOUT_MS = 60_000

/** One of several deployed instances of an app. */
interface Instance {
  handle(request: Request, operation: Operation): Promise<Handled>
}

interface Handled {
  readonly result: unknown
  readonly cookies: readonly string[]
}

function createInstance(options: LoginManagerOptions<User>): Instance {
  const manager = createLoginManager<User>(options)
  return {
    async handle(request, operation) {
      let result: unknown
      const app = withLogin(manager, async (_, auth) => {
        result = await operation(auth)
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

/** A planned request: its operation, its instance, and the seconds until it is sent, handled and received. */
interface Planned {
  readonly operation: number
  readonly instance: number
  readonly sentAt: number
  readonly travel: number
  readonly delay: number
}

interface Sending {
  readonly operation: Operation
  readonly instance: Instance
  readonly headers?: Record<string, string> | undefined
  readonly sentAt: number
  readonly handledAt: number
  readonly receivedAt: number
  /** Receives the request and the result after the request was handled. */
  readonly onHandled?: (request: Request, result: unknown) => void
}

/** Runs the requests in the order of their times, and calls `onReceived` after each response. */
async function play(
  clock: TestClock,
  jar: Jar,
  sendings: readonly Sending[],
  onReceived: (sending: Sending) => unknown = () => undefined,
): Promise<void> {
  const start = clock()
  const events = sendings.flatMap((sending) => {
    const { operation, instance, headers, sentAt, handledAt, receivedAt, onHandled } = sending
    let request: Request
    let handled: Handled
    const send = async (): Promise<void> => {
      request = jar.request(headers)
    }
    const handle = async (): Promise<void> => {
      handled = await instance.handle(request, operation)
      onHandled?.(request, handled.result)
    }
    const receive = async (): Promise<void> => {
      jar.receive(handled.cookies)
      await onReceived(sending)
    }
    return [
      { at: sentAt, run: send },
      { at: handledAt, run: handle },
      { at: receivedAt, run: receive },
    ]
  })
  for (const { at, run } of events.sort((one, two) => one.at - two.at)) {
    clock.advance(start + at - clock())
    await run()
  }
}

const getUserIdAt = async (jar: Jar, instance: Instance): Promise<unknown> =>
  (await instance.handle(jar.request(), getUserId)).result

async function isLoggedInAnywhere(jar: Jar, instances: readonly Instance[]): Promise<boolean> {
  for (const instance of instances) if ((await getUserIdAt(jar, instance)) !== null) return true
  return false
}

const getUserId: Operation = async (auth) => (await auth.currentUser())?.id ?? null
const requireLogin: Operation = async (auth) => {
  const decision = await auth.require()
  return decision.ok ? decision.user.id : decision.respond()
}
const createToken: Operation = (auth) => auth.csrfToken()
/** Creates a CSRF token for a logged-in user. Returns null if the instance rejects the login, for example by its clock. */
const createUserToken: Operation = async (auth) => ((await auth.currentUser()) === null ? null : auth.csrfToken())
const getSessionId: Operation = async (auth) => (await auth.currentLogin())?.session?.sessionId

const generateTimes = (seconds: number, operations: number, instances: number): fc.Arbitrary<Planned> =>
  fc.record({
    operation: fc.nat(operations - 1),
    instance: fc.nat(instances - 1),
    sentAt: fc.nat(seconds),
    travel: fc.nat(40),
    delay: fc.nat(80),
  })

const getTimes = ({ sentAt, travel, delay }: Planned) => ({
  sentAt,
  handledAt: sentAt + travel,
  receivedAt: sentAt + travel + delay,
})

const RENEWALS = ['whenUsed', 'everyRequest', 'never'] as const
const REMEMBER_RENEWALS = ['everyRequest', 'never'] as const

describe('instances of one app during the rollout of a secret', () => {
  const operations: readonly { readonly operation: Operation; readonly headers?: Record<string, string> }[] = [
    { operation: getUserId },
    { operation: requireLogin },
    { operation: createUserToken },
    { operation: getSessionId },
    { operation: requireLogin, headers: PREFETCH },
    { operation: createToken, headers: PREFETCH },
    { operation: (auth) => auth.peekFlashes() },
  ]
  const plan = fc.record({
    first: fc.nat(3),
    remember: fc.boolean(),
    isRestored: fc.boolean(),
    renew: fc.constantFrom(...RENEWALS),
    renewRemember: fc.constantFrom(...REMEMBER_RENEWALS),
    requests: fc.array(generateTimes(400, operations.length, 4), { maxLength: 8 }),
  })

  it(
    'keep a login that one of them accepts, restore equal session IDs, and accept the CSRF tokens of each other, in any order of prefetches, restores and responses',
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
            createInstance({ ...options, secrets: OLD }),
            createInstance({ ...options, secrets: { current: OLD, previous: [NEW] } }),
            createInstance({ ...options, secrets: both }),
            createInstance({ ...options, secrets: both, clock: () => clock() + 90 }),
          ] as const
          const jar = new Jar(clock)
          const currentInstances = instances.slice(1, 3)
          const login: Operation = (auth) => auth.loginUser({ id: 'alice' }, { remember })
          jar.receive((await (instances[first] as Instance).handle(jar.request(), login)).cookies)
          if (remember && isRestored) jar.delete(SESSION)
          const forms: unknown[] = []
          const restored = new Map<string, unknown>()
          const assertSameSessionId = (request: Request, result: unknown): void => {
            const cookie = request.headers.get('cookie') ?? ''
            if (cookie.includes(`${SESSION}=`)) return
            const token = cookie.split('; ').find((pair) => pair.startsWith(REMEMBER))
            const key = `${token} ${Math.floor((clock() - START) / 300)}`
            expect(result).toBe(restored.has(key) ? restored.get(key) : result)
            restored.set(key, result)
          }
          const sendings = requests.map((request): Sending => {
            const { operation, headers } = operations[request.operation] as (typeof operations)[number]
            const instance = instances[request.instance] as Instance
            const isCurrent = currentInstances.includes(instance)
            return {
              ...getTimes(request),
              operation,
              headers,
              instance,
              onHandled: (sent, result) => {
                if (operation === createUserToken && isCurrent && result !== null) forms.push(result)
                if (operation === getSessionId && isCurrent && first !== 3) assertSameSessionId(sent, result)
              },
            }
          })
          await play(clock, jar, sendings, async () => {
            expect(await isLoggedInAnywhere(jar, [...instances].reverse())).toBe(true)
          })
          clock.advance(120)
          for (const instance of currentInstances) {
            expect(await getUserIdAt(jar, instance)).toBe('alice')
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
  const operations: readonly Operation[] = [
    getUserId,
    requireLogin,
    createToken,
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
    requests: fc.array(generateTimes(300, operations.length, 2), { maxLength: 8 }),
  })

  /** Returns whether an anonymous request overlaps the login, so its cookie may replace the new session. */
  const overlapsLogin = ({ sentAt, receivedAt }: Sending, loggedOutAt: number, loggedInAt: number): boolean =>
    sentAt >= loggedOutAt && sentAt <= loggedInAt && receivedAt >= loggedInAt

  it(
    'leave the browser logged out, or logged in by a login after the logout, in any order of the responses',
    () =>
      fc.assert(
        fc.asyncProperty(plan, async (values) => {
          const clock = createTestClock(START)
          const options: Omit<LoginManagerOptions<User>, 'secrets'> = {
            loadUser: (id) => ({ id }),
            loginView: '/login',
            clock,
            session: { renew: values.renew },
            remember: { renew: values.renewRemember },
          }
          const instances = [
            createInstance({ ...options, secrets: { current: OLD, previous: [NEW] } }),
            createInstance({ ...options, secrets: { current: NEW, previous: [OLD] } }),
          ] as const
          const [one, other] = values.instance === 0 ? instances : [instances[1], instances[0]]
          const jar = new Jar(clock)
          const createLogin =
            (id: string): Operation =>
            (auth) =>
              auth.loginUser({ id }, { remember: values.remember })
          jar.receive((await one.handle(jar.request(), createLogin('alice'))).cookies)
          if (values.remember && values.isRestored) jar.delete(SESSION)
          const endedAt = values.logoutAt + values.logoutDelay
          const sendings = values.requests
            .map(
              (request): Sending => ({
                ...getTimes(request),
                operation: operations[request.operation] as Operation,
                instance: instances[request.instance] as Instance,
              }),
            )
            .filter((sending) => values.again === null || !overlapsLogin(sending, endedAt, endedAt + 2))
          const logout: Sending = {
            operation: (auth) => auth.logoutUser(),
            instance: other,
            sentAt: values.logoutAt,
            handledAt: values.logoutAt,
            receivedAt: endedAt,
          }
          const { again } = values
          const next: Sending[] =
            again === null
              ? []
              : [
                  {
                    operation: createLogin(again),
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
            if (isLoggedOut) for (const instance of instances) seen.push(await getUserIdAt(jar, instance))
          })
          const final = await Promise.all(instances.map((instance) => getUserIdAt(jar, instance)))
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
