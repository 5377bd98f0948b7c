// The contract app on Next.js. What is built stays beside it, in `.next`.
import { fileURLToPath } from 'node:url'

/** @type {import('next').NextConfig} */
export default {
  // the library is built beside this app, not below it
  turbopack: { root: fileURLToPath(new URL('../../..', import.meta.url)) },
  // `forbidden()` and `unauthorized()`, which are tried in ways.ts
  experimental: { authInterrupts: true },
  poweredByHeader: false,
  // by `pnpm typecheck`, the tests with it
  typescript: { ignoreBuildErrors: true },
}
