import { describe, expect, it } from 'vitest'
import { SECRET, type User } from '../test/setup'
import { currentAuth, provideAuth } from './context'
import { type Auth, createLoginManager, UsageError, withLogin } from './index'
import { createTestClient } from './testing'

const manager = createLoginManager<User>({ secrets: SECRET, loadUser: (id) => ({ id }) })

/** Somewhere deep in the app, where nobody hands the request down. */
async function deepDown(): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 1))
  return (await currentAuth<User>().currentUser())?.id ?? 'nobody'
}

describe('currentAuth()', () => {
  it('is at hand however deep, across everything that is awaited', async () => {
    const app = withLogin(manager, (_, auth) => provideAuth(auth, async () => new Response(await deepDown())))
    const client = createTestClient<User>(app, { manager })
    expect(await (await client.get('/')).text()).toBe('nobody')
    await client.loginAs({ id: 'alice' })
    expect(await (await client.get('/')).text()).toBe('alice')
  })

  it('is each request’s own, however many run at the same time', async () => {
    const app = withLogin(manager, (_, auth) => provideAuth(auth, async () => new Response(await deepDown())))
    const clients = await Promise.all(
      ['alice', 'bob', 'carol'].map(async (id) => {
        const client = createTestClient<User>(app, { manager })
        await client.loginAs({ id })
        return client
      }),
    )
    const answers = await Promise.all(clients.map(async (client) => (await client.get('/')).text()))
    expect(answers).toEqual(['alice', 'bob', 'carol'])
  })

  it('returns the inner Auth object if one request is handled within another', () => {
    const [outer, inner] = [new Request('https://app.test/'), new Request('https://api.test/')].map((request) =>
      manager.open(request),
    ) as [Auth<User>, Auth<User>]
    const seen = provideAuth(outer, () => [currentAuth(), provideAuth(inner, () => currentAuth()), currentAuth()])
    expect(seen[0]).toBe(outer)
    expect(seen[1]).toBe(inner)
    expect(seen[2]).toBe(outer)
  })

  it('gives back what was run, and lets its error through', () => {
    const auth = manager.open(new Request('https://app.test/'))
    expect(provideAuth(auth, () => 7)).toBe(7)
    const fail = (): never => {
      throw new RangeError('inside')
    }
    expect(() => provideAuth(auth, fail)).toThrow('inside')
  })

  it('throws not-installed with a remedy outside of provideAuth()', () => {
    expect(() => currentAuth()).toThrow(UsageError)
    expect(() => currentAuth()).toThrow(expect.objectContaining({ code: 'not-installed' }))
    provideAuth(manager.open(new Request('https://app.test/')), () => undefined)
    expect(() => currentAuth()).toThrow(/provideAuth/)
  })
})
