// `pnpm test`, the fast loop: the unit tests of the packages, the demo, the examples and the scripts, and the conformance
// kit on one adapter. COVERAGE=required, as in CI, measures the coverage of core as well. `pnpm check` runs the rest.
import { finish, printed, run, vitest } from './steps.mjs'

const PACKAGES = ['core', 'hono', 'express', 'fastify', 'next']
const APPS = ['demo', 'express-example', 'fastify-example', 'recipes']
const coverage = process.env.COVERAGE === 'required' ? '--coverage' : ''

await run('build of the packages', 'pnpm run build --filter "./packages/*" --filter @fetch-login/demo')
await run('build of the contract apps', 'pnpm --filter @fetch-login/conformance run build:apps')
await vitest('unit tests', [...PACKAGES, ...APPS, 'scripts'], coverage)
await printed('kit on hono', 'node apps/conformance/check.mjs hono')
finish()
