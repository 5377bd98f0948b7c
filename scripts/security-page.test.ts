// docs/security.md names tests as proof: each name must be in the file of its link.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { readPage } from './docs/blocks'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const { prose } = readPage(ROOT, 'docs/security.md')
const TEST = /\[([^\]]+)\]\((\.\.\/[^)]+\.test\.ts)\)/g
const proofs = [...prose.matchAll(TEST)].map(([, name = '', path = '']) => ({ name, path: join(ROOT, 'docs', path) }))

it('docs/security.md names only tests that exist', () => {
  expect(proofs.length).toBeGreaterThan(40)
  const missing = proofs.filter(({ name, path }) => !isIn(path, name)).map(({ name }) => name)
  expect(missing).toEqual([])
  expect(isIn(proofs[0]?.path ?? '', 'accepts every request')).toBe(false)
})

it('docs/security.md names a test for each threat', () => {
  const threats = prose.slice(0, prose.indexOf('## Limits of a session in a cookie')).split('\n')
  const rows = threats.filter((line) => line.startsWith('| ') && !line.startsWith('| Threat'))
  expect(rows.length).toBeGreaterThan(30)
  expect(rows.filter((row) => !/\.test\.ts\)/.test(row))).toEqual([])
})

/** Returns whether `name` is the path of the file, or the beginning of a title in it. The title of a case may continue. */
function isIn(path: string, name: string): boolean {
  if (!existsSync(path)) return false
  return path.endsWith(name) || readFileSync(path, 'utf8').includes(name)
}
