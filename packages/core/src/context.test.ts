import { describe, expect, it } from 'vitest'
import { createManager, type User } from '../test/setup'
import { currentAuth, provideAuth } from './context'
import { type Auth, UsageError, withLogin } from './index'
import { createTestClient } from './testing'

const manager = createManager()

/** Reads the user in a function that does not receive the request. */
async function getUserId(): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 1))
  return (await currentAuth<User>().currentUser())?.id ?? 'anonymous'
}

describe('currentAuth()', () => {
  it('returns the Auth object in nested functions, also after an await', async () => {
    const app = withLogin(manager, (_, auth) => provideAuth(auth, async () => new Response(await getUserId())))
    const client = createTestClient<User>(app, { manager })
    expect(await (await client.get('/')).text()).toBe('anonymous')
    await client.loginAs({ id: 'alice' })
    expect(await (await client.get('/')).text()).toBe('alice')
  })

  it('returns the Auth object of its own request if several run in parallel', async () => {
    const app = withLogin(manager, (_, auth) => provideAuth(auth, async () => new Response(await getUserId())))
    const clients = await Promise.all(
      ['alice', 'bob', 'carol'].map(async (id) => {
        const client = createTestClient<User>(app, { manager })
        await client.loginAs({ id })
        return client
      }),
    )
    const bodies = await Promise.all(clients.map(async (client) => (await client.get('/')).text()))
    expect(bodies).toEqual(['alice', 'bob', 'carol'])
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

  it('is available in a function whose result provideAuth() returns, and whose error it throws', () => {
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
