// `pnpm test`, the fast loop: the unit tests of the packages, the demo, the examples and the scripts, and the conformance
// kit on one adapter. COVERAGE=required, as in CI, measures the coverage of core as well. `pnpm check` runs the rest.
import { finish, runCounted, runStep, runVitest } from './steps.mjs'

const PACKAGES = ['core', 'hono', 'express', 'fastify', 'next']
const APPS = ['demo', 'express-example', 'fastify-example', 'recipes']
const coverage = process.env.COVERAGE === 'required' ? '--coverage' : ''

await runStep('build of the packages', 'pnpm run build --filter "./packages/*" --filter @fetch-login/demo')
await runStep('build of the contract apps', 'pnpm --filter @fetch-login/conformance run build:apps')
await runVitest('unit tests', [...PACKAGES, ...APPS, 'scripts'], coverage)
await runCounted('kit on hono', 'node apps/conformance/check.mjs hono')
finish()
