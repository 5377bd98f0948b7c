import type { NextConfig } from 'next'

// `pnpm typecheck` checks the types.
export default { poweredByHeader: false, typescript: { ignoreBuildErrors: true } } satisfies NextConfig
