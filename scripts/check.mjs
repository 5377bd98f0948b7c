// `pnpm check`, the long runs that `pnpm test` omits. The step for the runtimes runs the kit on Express, Fastify and plain
// fetch, from the packed packages. Next.js is not part of that step, so the kit runs on it here.
import { finish, runCounted, runStep, runVitest } from './steps.mjs'

await runStep('build', 'pnpm run build')
await runStep('lint', 'pnpm run lint')
await runStep('types', 'pnpm run typecheck')
await runVitest('built apps and browsers', ['consumer', 'conformance', 'bench', 'e2e', 'next-e2e'])
await runCounted('kit on next', 'node apps/conformance/check.mjs next')
await runCounted('faults put into core', 'node apps/conformance/faults.mjs')
// A runtime that does not exist for this platform is skipped, unless RUNTIMES=all requires it.
await runCounted('kit on every runtime', 'pnpm run test:runtimes', process.env.RUNTIMES !== 'all')
await runCounted('packages installed from their tarballs', 'pnpm run release:dry')
await runCounted('bench, short', 'node --expose-gc apps/bench/dist/main.js --short')
finish()
