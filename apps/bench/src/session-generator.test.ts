import { expect, it } from 'vitest'
import { createBenchManager, createCredentials, createUnseenCredentials, getToken } from './login-manager'
import { provePage } from './proof'
import { createSessionGenerator } from './session-generator'
import { createGuardClient } from './subjects/core-workloads'

it('the manager accepts generated logins, and rejects altered ones', async () => {
  const { manager, generate } = await createSessionGenerator(0)
  const proofs = await provePage(createGuardClient(manager), [generate(0), generate(1), generate(999_999)])
  expect(proofs.filter(({ ok }) => !ok)).toEqual([])
})

it('each generated login is different, and as long as a real one', async () => {
  const { manager, generate } = await createSessionGenerator(0)
  const [real] = await createCredentials(manager, 1)
  const cookies = Array.from({ length: 100 }, (_, number) => generate(number).cookie)
  expect(new Set(cookies).size).toBe(100)
  expect(cookies[0]?.length).toBe(real?.cookie.length)
})

it('createUnseenCredentials throws if the cache could hold all cookies', async () => {
  const manager = createBenchManager(0)
  const bytes = getToken((await createCredentials(manager, 1))[0]?.cookie ?? '').length
  await expect(createUnseenCredentials(manager, { count: 4, cacheBytes: bytes * 5 })).rejects.toThrow(
    'could hold all 4',
  )
  expect(await createUnseenCredentials(manager, { count: 4, cacheBytes: bytes * 3 })).toHaveLength(4)
})
