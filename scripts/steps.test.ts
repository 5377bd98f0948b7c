import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import workspace from '../vitest.workspace'
import { getProject } from './steps.mjs'

const readScript = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const projects = (workspace.test?.projects ?? []).map((project) => (project as { test: { name: string } }).test.name)
const findProjects = (script: string): string[] => projects.filter((name) => readScript(script).includes(`'${name}'`))

it.each([
  ['packages/core/src/guards/guard.test.ts', 'core'],
  ['apps/demo/src/app.test.ts', 'demo'],
  ['apps/demo/e2e/journey.test.ts', 'e2e'],
  ['apps/next-example/e2e/trials.test.ts', 'next-e2e'],
  ['scripts/steps.test.ts', 'scripts'],
])('the cases of %s count for the project %s', (path, project) => {
  expect(getProject(path)).toBe(project)
})

it('each vitest project runs either in `pnpm test` or in `pnpm check`', () => {
  expect([...findProjects('./test.mjs'), ...findProjects('./check.mjs')].sort()).toEqual([...projects].sort())
})

it('test-counts.json has a minimum number of cases for each project', () => {
  const counts: Record<string, number> = JSON.parse(readScript('./test-counts.json'))
  for (const name of projects) expect(counts[name], name).toBeGreaterThan(0)
})
