import { type CurrentLogin, createLoginManager } from '@fetch-login/core'
import { createTestClock } from '@fetch-login/core/testing'
import { expect, it } from 'vitest'
import { History } from './history'
import type { User } from './users/user'

const ALICE = { id: '1', isActive: true } as User
const secrets = 'a secret of the tests, with no value elsewhere'
const clock = createTestClock()
const manager = createLoginManager<User>({ loadUser: () => ALICE, secrets, clock })

/** Logs in and stores the events of the login. */
async function login(history: History): Promise<CurrentLogin | null> {
  const request = new Request('https://app.test/login', { method: 'POST' })
  const auth = manager.open(request)
  await auth.loginUser(ALICE)
  const current = await auth.currentLogin()
  history.keep(current, request)
  return current
}

const elsewhere = {}

it('the history keeps the last 1000 logins, and the last 30 events of each login', async () => {
  const history = new History(manager, clock)
  const first = await login(history)
  expect(history.of(first, elsewhere)).toEqual([
    { name: 'userLoggedIn', meaning: expect.any(String), at: clock(), where: 'POST /login' },
  ])

  for (let round = 0; round < 40; round++) {
    const request = new Request('https://app.test/admin')
    const refused = await manager.open(request).unauthorized()
    expect(refused.status).toBe(401)
    history.keep(first, request)
  }
  expect(history.of(first, elsewhere)).toHaveLength(30)

  for (let round = 0; round < 1000; round++) await login(history)
  expect(history.of(first, elsewhere)).toEqual([])
})
