// Several cookies of one name: a browser sends them after a change of `domain`, `path` or `partitioned`, or because a
// sibling subdomain planted one.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commit } from '../../src/adapter'
import { encrypted } from '../../src/encrypted'
import { type Auth, createLoginManager, type LoginManager, signed } from '../../src/index'
import { createTestClock } from '../../src/testing'
import { SECRET, type User } from '../setup'

const ORIGIN = 'https://app.test'
const OTHER_SECRET = 'another app altogether: 9876543210 zyxwvuts'
const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'
const START = 1_800_000_000

function managerWith(codec = signed(), secrets = SECRET, clock = createTestClock(START)): LoginManager<User> {
  return createLoginManager<User>({ secrets, clock, loadUser: (id) => ({ id }), session: { codec }, cacheBytes: 0 })
}

/** The two cookie values that a login of this user gives. */
async function cookiesOf(manager: LoginManager<User>, id: string): Promise<{ session: string; remember: string }> {
  const auth = manager.open(new Request(ORIGIN))
  await auth.loginUser({ id }, { remember: true })
  const values = commit(auth, new Response()).headers.getSetCookie()
  const cookieOf = (name: string): string => {
    const line = values.find((one) => one.startsWith(`${name}=`)) ?? ''
    return line.slice(name.length + 1, line.indexOf(';'))
  }
  return { session: cookieOf(SESSION), remember: cookieOf(REMEMBER) }
}

function open(manager: LoginManager<User>, name: string, values: readonly string[]): Auth<User> {
  const cookie = ['theme=dark', ...values.map((value) => `${name}=${value}`), `x${name}=no`].join('; ')
  return manager.open(new Request(ORIGIN, { headers: { cookie } }))
}

/** Cookie values that never verify, made of one that does. */
function broken(valid: string, foreign: string): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom('', '""', '"', '.', '..', 'a.b.c', valid.slice(1), valid.slice(0, -1), `${valid}A`, `"${valid}`),
    fc.constantFrom(foreign, `${foreign.split('.')[0]}.${valid.split('.').slice(1).join('.')}`),
    fc.string({ unit: fc.constantFrom(...'abcXYZ019-_.='), maxLength: 60 }),
  )
}

describe.each([
  ['signed', signed()],
  ['encrypted', encrypted()],
])('several %s cookies of one name', (_, codec) => {
  it.each(['session', 'remember'] as const)(
    'give the login of the only valid %s cookie, wherever it stands among 20',
    async (kind) => {
      const manager = managerWith(codec)
      const name = kind === 'session' ? SESSION : REMEMBER
      const valid = (await cookiesOf(manager, 'alice'))[kind]
      const foreign = (await cookiesOf(managerWith(codec, OTHER_SECRET), 'mallory'))[kind]
      await fc.assert(
        fc.asyncProperty(fc.array(broken(valid, foreign), { maxLength: 19 }), fc.nat(19), async (others, place) => {
          const values = [...others]
          values.splice(place, 0, valid)
          expect(await open(manager, name, values).currentUser()).toEqual({ id: 'alice' })
          if (others.length < 2) return
          const without = open(manager, name, others)
          expect(await without.currentUser()).toBeNull()
          expect(await without.whyAnonymous()).toBe('duplicate-cookie')
        }),
        { numRuns: 60 },
      )
    },
  )
})

describe('the work for several cookies of one name', () => {
  it('is bounded: a valid cookie behind hundreds of planted ones is not looked at', async () => {
    let opened = 0
    const counting = {
      name: 'counting',
      create: (...given: Parameters<ReturnType<typeof signed>['create']>) => {
        const codec = signed().create(...given)
        return {
          ...codec,
          decode: (token: string) => {
            opened++
            return codec.decode(token)
          },
        }
      },
    }
    const manager = managerWith(counting)
    const { session } = await cookiesOf(manager, 'alice')
    for (const count of [1, 20, 31, 32, 100, 500]) {
      opened = 0
      const planted = Array.from({ length: count }, (_, index) => `planted-${index}`)
      const auth = open(manager, SESSION, [...planted, session])
      expect(await auth.currentUser()).toEqual(count < 32 ? { id: 'alice' } : null)
      expect(opened).toBe(Math.min(count + 1, 32))
    }
  })
})
