// Our two rows in each framework: cookies that the cache of verified cookies has forgotten or never knew, and one that it knows.
import type { Contestant, Credential, Door } from '../contestant'
import { guardedPage } from '../guarded-page'

export const NEVER = 'never seen'
export const AGAIN = 'seen before'

export function ours<Raw>(
  adapter: string,
  door: () => Door<Raw>,
  credentials: readonly Credential[],
): readonly Contestant[] {
  const common = { role: 'ours', packages: ['@fetch-login/core', adapter] } as const
  return [
    guardedPage({ ...common, name: `${adapter}, ${NEVER}`, door: door(), credentials }),
    guardedPage({ ...common, name: `${adapter}, ${AGAIN}`, door: door(), credentials: credentials.slice(0, 1) }),
  ]
}
