// docs/security.md names tests as proof: each name has to stand in the file that its link leads to.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { pageIn } from './docs/blocks'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const { prose } = pageIn(ROOT, 'docs/security.md')
const TEST = /\[([^\]]+)\]\((\.\.\/[^)]+\.test\.ts)\)/g
const proofs = [...prose.matchAll(TEST)].map(([, name = '', path = '']) => ({ name, path: join(ROOT, 'docs', path) }))

it('names tests that are there', () => {
  expect(proofs.length).toBeGreaterThan(40)
  const missing = proofs.filter(({ name, path }) => !isIn(path, name)).map(({ name }) => name)
  expect(missing).toEqual([])
  expect(isIn(proofs[0]?.path ?? '', 'lets everybody in')).toBe(false)
})

it('has a proof for each threat', () => {
  const threats = prose.slice(0, prose.indexOf('## What a session in a cookie cannot do')).split('\n')
  const rows = threats.filter((line) => line.startsWith('| ') && !line.startsWith('| Threat'))
  expect(rows.length).toBeGreaterThan(30)
  expect(rows.filter((row) => !/\.test\.ts\)/.test(row))).toEqual([])
})

/** A name is the file's own address, or the beginning of what stands there (a test may go on with its case). */
function isIn(path: string, name: string): boolean {
  if (!existsSync(path)) return false
  return path.endsWith(name) || readFileSync(path, 'utf8').includes(name)
}
