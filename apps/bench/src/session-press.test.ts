import { expect, it } from 'vitest'
import { guardDoor } from './contestants/core/door'
import { logIn, strangers, tokenOf } from './contestants/login-manager'
import { provePage } from './proof'
import { createSessionPress } from './session-press'

it('makes logins that are taken for real ones, and altered are not', async () => {
  const { manager, mint } = await createSessionPress(0)
  const proofs = await provePage(guardDoor(manager), [mint(0), mint(1), mint(999_999)])
  expect(proofs.filter(({ ok }) => !ok)).toEqual([])
})

it('makes each login once, and as long as a real one', async () => {
  const { manager, mint } = await createSessionPress(0)
  const [real] = await logIn(manager, 1)
  const made = Array.from({ length: 100 }, (_, number) => mint(number).cookie)
  expect(new Set(made).size).toBe(100)
  expect(made[0]?.length).toBe(real?.cookie.length)
})

it('takes nobody for a stranger whom the cache could know', async () => {
  const { manager } = await createSessionPress(0)
  const bytes = tokenOf((await logIn(manager, 1))[0]?.cookie ?? '').length
  await expect(strangers(manager, { visitors: 4, cacheBytes: bytes * 5 })).rejects.toThrow('could hold all 4')
  expect(await strangers(manager, { visitors: 4, cacheBytes: bytes * 3 })).toHaveLength(4)
})
