// The contract app on Next.js. The build output is in `.next`.
import { fileURLToPath } from 'node:url'

/** @type {import('next').NextConfig} */
export default {
  // the library is built beside this app, not below it
  turbopack: { root: fileURLToPath(new URL('../../..', import.meta.url)) },
  // enables `forbidden()` and `unauthorized()`, which ways.ts uses
  experimental: { authInterrupts: true },
  poweredByHeader: false,
  // `pnpm typecheck` checks the types, those of the tests too
  typescript: { ignoreBuildErrors: true },
}
