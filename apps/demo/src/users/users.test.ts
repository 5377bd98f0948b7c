import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verify } from '@node-rs/argon2'
import { afterEach, expect, it, vi } from 'vitest'
import { IN_MEMORY, openDatabase } from './database'
import { ALICE, BOB, SEEDS } from './seeds'
import { Users } from './users'

vi.mock('@node-rs/argon2', { spy: true })

const users = await Users.create(openDatabase())
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

it('a new database contains the demo accounts', () => {
  expect(users.list().map(({ email, role, isActive }) => ({ email, role, isActive }))).toEqual(
    SEEDS.map(({ email, role, isActive }) => ({ email, role, isActive })),
  )
})

it('a database file contains no password and no API key, and gets the demo accounts once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'demo-'))
  folders.push(folder)
  const path = join(folder, 'deep', 'demo.sqlite')
  const first = openDatabase(path)
  await (await Users.create(first)).setPassword('1', 'a brand new password')
  first.close()

  const bytes = readFileSync(path, 'latin1')
  expect(bytes).toContain('$argon2id$')
  for (const { password, apiKey } of SEEDS) {
    expect(bytes).not.toContain(password)
    expect(bytes).not.toContain(apiKey)
  }
  const second = openDatabase(path)
  const again = await Users.create(second)
  expect(again.list()).toHaveLength(SEEDS.length)
  expect(await again.check(ALICE.email, 'a brand new password')).toMatchObject({ name: 'Alice' })
  second.close()
})

it('check() accepts only the password of the user', async () => {
  for (const { email, password } of SEEDS) expect((await users.check(email, password))?.email).toBe(email)
  expect(await users.check(ALICE.email, BOB.password)).toBeNull()
  expect(await users.check(ALICE.email, `${ALICE.password} `)).toBeNull()
  expect(await users.check(ALICE.email, '')).toBeNull()
  expect(await users.check('', '')).toBeNull()
})

it('check() hashes once for an unknown e-mail address as well, with the same settings', async () => {
  for (const email of [ALICE.email, 'unknown@example.com']) {
    vi.mocked(verify).mockClear()
    expect(await users.check(email, 'not the password')).toBeNull()
    // The hash contains the settings that determine the time.
    expect(vi.mocked(verify).mock.calls).toEqual([
      [expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/), 'not the password'],
    ])
  }
})

it('find() returns null for an invalid id', () => {
  for (const id of ['', '0', '99', 'alice', "1' OR '1'='1", '1.5']) expect(users.find(id)).toBeNull()
})

it('an id of a deleted user is never used again', async () => {
  const database = openDatabase(IN_MEMORY)
  const some = await Users.create(database, () => 0, [ALICE, BOB])
  database.exec('DELETE FROM users WHERE id = 2')
  expect((await some.add(BOB))?.id).toBe('3')
})
