import { expect, it } from 'vitest'
import { SEEDS, Users } from './users'

const users = await Users.create()

it('keeps no password, and two users of one password have two hashes', async () => {
  const twins = await Users.create([
    { name: 'One', email: 'one@example.com', password: 'the same', isActive: true },
    { name: 'Two', email: 'two@example.com', password: 'the same', isActive: true },
  ])
  const [one, two] = [twins.find('1'), twins.find('2')]
  expect(one?.passwordHash).not.toContain('the same')
  expect(one?.passwordHash).not.toBe(two?.passwordHash)
})

it('takes the password of the very user, and no other', async () => {
  for (const { email, password } of SEEDS) expect((await users.check(email, password))?.email).toBe(email)
  const [alice, bob] = [SEEDS[0]!, SEEDS[1]!]
  expect(await users.check(alice.email, bob.password)).toBeNull()
  expect(await users.check(alice.email, `${alice.password} `)).toBeNull()
  expect(await users.check(alice.email, '')).toBeNull()
})

it('works as hard for an unknown address as for a known one', async () => {
  const known = await fastest(SEEDS[0]!.email)
  const unknown = await fastest('nobody@example.com')
  expect(unknown).toBeGreaterThan(known / 4)
}, 60_000)

async function fastest(email: string): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 3; round++) {
    const start = performance.now()
    await users.check(email, 'not the password')
    times.push(performance.now() - start)
  }
  return Math.min(...times)
}
