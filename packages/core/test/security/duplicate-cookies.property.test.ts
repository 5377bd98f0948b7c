// Several cookies of one name. A browser sends them after a change of `domain`, `path` or `partitioned`, or if a sibling
// subdomain set one.
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

function createManager(codec = signed(), secrets = SECRET, clock = createTestClock(START)): LoginManager<User> {
  return createLoginManager<User>({ secrets, clock, loadUser: (id) => ({ id }), session: { codec }, cacheBytes: 0 })
}

/** Returns the two cookie values of a login of this user. */
async function createCookies(manager: LoginManager<User>, id: string): Promise<{ session: string; remember: string }> {
  const auth = manager.open(new Request(ORIGIN))
  await auth.loginUser({ id }, { remember: true })
  const values = commit(auth, new Response()).headers.getSetCookie()
  const getCookie = (name: string): string => {
    const line = values.find((one) => one.startsWith(`${name}=`)) ?? ''
    return line.slice(name.length + 1, line.indexOf(';'))
  }
  return { session: getCookie(SESSION), remember: getCookie(REMEMBER) }
}

function openWith(manager: LoginManager<User>, name: string, values: readonly string[]): Auth<User> {
  const cookie = ['theme=dark', ...values.map((value) => `${name}=${value}`), `x${name}=no`].join('; ')
  return manager.open(new Request(ORIGIN, { headers: { cookie } }))
}

/** Generates invalid cookie values that are similar to a valid one. */
function generateInvalid(valid: string, foreign: string): fc.Arbitrary<string> {
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
    'log in the user of the only valid %s cookie at any position among 20',
    async (kind) => {
      const manager = createManager(codec)
      const name = kind === 'session' ? SESSION : REMEMBER
      const valid = (await createCookies(manager, 'alice'))[kind]
      const foreign = (await createCookies(createManager(codec, OTHER_SECRET), 'mallory'))[kind]
      await fc.assert(
        fc.asyncProperty(
          fc.array(generateInvalid(valid, foreign), { maxLength: 19 }),
          fc.nat(19),
          async (others, place) => {
            const values = [...others]
            values.splice(place, 0, valid)
            expect(await openWith(manager, name, values).currentUser()).toEqual({ id: 'alice' })
            if (others.length < 2) return
            const without = openWith(manager, name, others)
            expect(await without.currentUser()).toBeNull()
            expect(await without.whyAnonymous()).toBe('duplicate-cookie')
          },
        ),
        { numRuns: 60 },
      )
    },
  )
})

describe('the number of verified cookies of one name', () => {
  it('is at most 32, so a valid cookie behind hundreds of planted ones is ignored', async () => {
    let opened = 0
    const counting = {
      name: 'counting',
      create: (...args: Parameters<ReturnType<typeof signed>['create']>) => {
        const codec = signed().create(...args)
        return {
          ...codec,
          decode: (token: string) => {
            opened++
            return codec.decode(token)
          },
        }
      },
    }
    const manager = createManager(counting)
    const { session } = await createCookies(manager, 'alice')
    for (const count of [1, 20, 31, 32, 100, 500]) {
      opened = 0
      const planted = Array.from({ length: count }, (_, index) => `planted-${index}`)
      const auth = openWith(manager, SESSION, [...planted, session])
      expect(await auth.currentUser()).toEqual(count < 32 ? { id: 'alice' } : null)
      expect(opened).toBe(Math.min(count + 1, 32))
    }
  })
})
