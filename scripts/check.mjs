// `pnpm check`, the long runs that `pnpm test` leaves out. The kit on Express, Fastify and plain fetch is played by the
// runtimes, on each of them from the packed packages; Next.js has no row there.
import { finish, printed, run, vitest } from './steps.mjs'

await run('build', 'pnpm run build')
await run('lint', 'pnpm run lint')
await run('types', 'pnpm run typecheck')
await vitest('built apps and browsers', ['consumer', 'conformance', 'bench', 'e2e', 'next-e2e'])
await printed('kit on next', 'node apps/conformance/check.mjs next')
await printed('faults put into core', 'node apps/conformance/faults.mjs')
// A runtime that this platform cannot have is skipped by name, unless RUNTIMES=all requires it.
await printed('kit on every runtime', 'pnpm run test:runtimes', process.env.RUNTIMES !== 'all')
await printed('packages installed from their tarballs', 'pnpm run release:dry')
await printed('bench, short', 'node --expose-gc apps/bench/dist/main.js --short')
finish()
