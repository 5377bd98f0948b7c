import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it, vi } from 'vitest'

vi.setConfig({ testTimeout: 60_000 })

const CHECK = fileURLToPath(new URL('check-steps.mjs', import.meta.url))
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function checked(body: string): { status: number | null; said: string } {
  const folder = mkdtempSync(join(tmpdir(), 'steps-'))
  folders.push(folder)
  const config = { compilerOptions: { target: 'ES2022', strict: true, types: [] }, files: ['one.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  writeFileSync(
    join(folder, 'one.ts'),
    `type Steps<T> = Generator<PromiseLike<unknown>, T, unknown>
function* isActive(): Steps<boolean> { return true }
function* write(): Steps<void> {}
function maybe(): Steps<void> | null { return null }
export function* verb(): Steps<unknown> {\n${body}\n}
`,
  )
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHECK, join(folder, 'tsconfig.json')])
  return { status, said: `${stdout}${stderr}` }
}

it.each([
  ['a statement', 'yield* isActive()\nwrite()'],
  ['a condition', 'yield* write()\nif (isActive()) return 1'],
  ['a constant', 'yield* write()\nconst active = isActive()\nreturn active'],
  ['a result', 'yield* write()\nreturn write()'],
  ['a plain yield', 'yield* write()\nyield write() as never'],
  ['a callback that asks for none', 'yield* write()\n;[1].forEach(() => write())'],
  ['a list of them', 'yield* write()\nreturn [1].map(() => write())'],
  ['a variable that says what it is', 'yield* write()\nconst later: Steps<void> = write()'],
  ['perhaps some', 'yield* write()\nmaybe()'],
])('finds steps that nobody takes: %s', (_, body) => {
  const { status, said } = checked(body)
  expect(said).toContain('steps: 1 taken, 1 forgotten')
  expect(said).toMatch(/one\.ts:7 .* gives steps that nobody takes/)
  expect(status).toBe(1)
})

it('is content with those that are taken, or handed on', () => {
  const body =
    'const later: () => Steps<void> = () => write()\nyield* later()\nreturn (yield* isActive()) ? yield* write() : null'
  expect(checked(body)).toEqual({ status: 0, said: 'steps: 4 taken, 0 forgotten\n' })
})

it('is red where there is nothing to look at', () => {
  const folder = mkdtempSync(join(tmpdir(), 'steps-'))
  folders.push(folder)
  writeFileSync(join(folder, 'tsconfig.json'), '{ "files": [] }')
  expect(spawnSync(process.execPath, [CHECK, join(folder, 'tsconfig.json')]).status).toBe(1)
})
