import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const CHECK = fileURLToPath(new URL('check-tasks.mjs', import.meta.url))
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** Checks a program of one module for each body, because the compiler takes a second for each program. */
function runCheck(bodies: readonly string[]): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tasks-'))
  folders.push(folder)
  const files = bodies.map((_, index) => `case-${index}.ts`)
  const compilerOptions = { target: 'ES2022', strict: true, types: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  bodies.forEach((body, index) => {
    writeFileSync(
      join(folder, `case-${index}.ts`),
      `type Task<T> = Generator<PromiseLike<unknown>, T, unknown>
function* isActive(): Task<boolean> { return true }
function* write(): Task<void> {}
function maybe(): Task<void> | null { return null }
export function* operation(): Task<unknown> {\n${body}\n}
`,
    )
  })
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHECK, join(folder, 'tsconfig.json')])
  return { status, output: `${stdout}${stderr}` }
}

describe('check-tasks', () => {
  const cases = [
    ['a call as a statement', 'yield* isActive()\nwrite()'],
    ['a condition', 'yield* write()\nif (isActive()) return 1'],
    ['a constant', 'yield* write()\nconst active = isActive()\nreturn active'],
    ['a result', 'yield* write()\nreturn write()'],
    ['a plain yield', 'yield* write()\nyield write() as never'],
    ['a callback whose type returns no task', 'yield* write()\n;[1].forEach(() => write())'],
    ['an array of tasks', 'yield* write()\nreturn [1].map(() => write())'],
    ['a local variable with a type', 'yield* write()\nconst later: Task<void> = write()'],
    ['a call that may return a task', 'yield* write()\nmaybe()'],
  ] as const
  const { status, output } = runCheck(cases.map(([, body]) => body))

  it.each(cases.map(([name], index) => [name, index] as const))('reports a task that is not run: %s', (_, index) => {
    const lines = output.split('\n').filter((line) => line.includes(`case-${index}.ts`))
    expect(lines).toEqual([expect.stringMatching(/\.ts:7 .* returns a task that is not run/)])
  })

  it('counts the tasks that are run and those that are not, and fails', () => {
    expect(output).toContain(`tasks: ${cases.length} used, ${cases.length} not run`)
    expect(status).toBe(1)
  })

  it('accepts tasks that are run or returned', () => {
    const body =
      'const later: () => Task<void> = () => write()\nyield* later()\nreturn (yield* isActive()) ? yield* write() : null'
    expect(runCheck([body])).toEqual({ status: 0, output: 'tasks: 4 used, 0 not run\n' })
  })

  it('fails if it finds no call', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tasks-'))
    folders.push(folder)
    writeFileSync(join(folder, 'tsconfig.json'), '{ "files": [] }')
    expect(spawnSync(process.execPath, [CHECK, join(folder, 'tsconfig.json')]).status).toBe(1)
  })
})
