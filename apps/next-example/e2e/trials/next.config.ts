import type { NextConfig } from 'next'

// `pnpm typecheck` looks at the types.
export default { poweredByHeader: false, typescript: { ignoreBuildErrors: true } } satisfies NextConfig
