import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import workspace from '../vitest.workspace'
import { projectOf } from './steps.mjs'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const projects = (workspace.test?.projects ?? []).map((project) => (project as { test: { name: string } }).test.name)
const projectsOf = (script: string): string[] => projects.filter((name) => read(script).includes(`'${name}'`))

it.each([
  ['packages/core/src/guards/guard.test.ts', 'core'],
  ['apps/demo/src/app.test.ts', 'demo'],
  ['apps/demo/e2e/journey.test.ts', 'e2e'],
  ['apps/next-example/e2e/trials.test.ts', 'next-e2e'],
  ['scripts/steps.test.ts', 'scripts'],
])('counts the cases of %s for the project %s', (path, project) => {
  expect(projectOf(path)).toBe(project)
})

it('runs each vitest project either in `pnpm test` or in `pnpm check`', () => {
  expect([...projectsOf('./test.mjs'), ...projectsOf('./check.mjs')].sort()).toEqual([...projects].sort())
})

it('has a least number of cases for each project', () => {
  const counts: Record<string, number> = JSON.parse(read('./test-counts.json'))
  for (const name of projects) expect(counts[name], name).toBeGreaterThan(0)
})
