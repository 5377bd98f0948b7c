import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it, vi } from 'vitest'

vi.setConfig({ testTimeout: 60_000 })

const CHECK = fileURLToPath(new URL('check-tasks.mjs', import.meta.url))
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function runCheck(body: string): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tasks-'))
  folders.push(folder)
  const config = { compilerOptions: { target: 'ES2022', strict: true, types: [] }, files: ['one.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  writeFileSync(
    join(folder, 'one.ts'),
    `type Task<T> = Generator<PromiseLike<unknown>, T, unknown>
function* isActive(): Task<boolean> { return true }
function* write(): Task<void> {}
function maybe(): Task<void> | null { return null }
export function* operation(): Task<unknown> {\n${body}\n}
`,
  )
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHECK, join(folder, 'tsconfig.json')])
  return { status, output: `${stdout}${stderr}` }
}

it.each([
  ['a statement', 'yield* isActive()\nwrite()'],
  ['a condition', 'yield* write()\nif (isActive()) return 1'],
  ['a constant', 'yield* write()\nconst active = isActive()\nreturn active'],
  ['a result', 'yield* write()\nreturn write()'],
  ['a plain yield', 'yield* write()\nyield write() as never'],
  ['a callback whose type returns no task', 'yield* write()\n;[1].forEach(() => write())'],
  ['an array of tasks', 'yield* write()\nreturn [1].map(() => write())'],
  ['a local variable with a type', 'yield* write()\nconst later: Task<void> = write()'],
  ['a call that may return a task', 'yield* write()\nmaybe()'],
])('check-tasks reports a task that is not run: %s', (_, body) => {
  const { status, output } = runCheck(body)
  expect(output).toContain('tasks: 1 used, 1 not run')
  expect(output).toMatch(/one\.ts:7 .* returns a task that is not run/)
  expect(status).toBe(1)
})

it('check-tasks accepts tasks that are run or returned', () => {
  const body =
    'const later: () => Task<void> = () => write()\nyield* later()\nreturn (yield* isActive()) ? yield* write() : null'
  expect(runCheck(body)).toEqual({ status: 0, output: 'tasks: 4 used, 0 not run\n' })
})

it('check-tasks fails if it finds no call', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tasks-'))
  folders.push(folder)
  writeFileSync(join(folder, 'tsconfig.json'), '{ "files": [] }')
  expect(spawnSync(process.execPath, [CHECK, join(folder, 'tsconfig.json')]).status).toBe(1)
})
