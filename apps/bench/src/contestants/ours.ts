// Our two rows in each framework: cookies that the cache of verified cookies has forgotten or never knew, and one that it knows.
import type { LoginManager } from '@fetch-login/core'
import type { Contestant, Credential, Door } from '../contestant'
import type { Crowd } from '../crowd'
import { guardedPage } from '../guarded-page'
import type { User } from '../users'

export const NEVER = 'never seen'
export const AGAIN = 'seen before'

/** A guarded app, and the way into it. */
type Guarded<Raw> = () => Promise<(manager: LoginManager<User>) => Door<Raw>>

export function ours<Raw>(adapter: string, guarded: Guarded<Raw>): readonly Contestant[] {
  const row = (kind: string, visitors: (crowd: Crowd) => Promise<readonly Credential[]>): Contestant => ({
    name: `${adapter}, ${kind}`,
    role: 'ours',
    packages: ['@fetch-login/core', adapter],
    work: async (crowd) => {
      const { createBenchManager } = await import('./login-manager')
      return guardedPage((await guarded())(createBenchManager(crowd.cacheBytes)), await visitors(crowd))
    },
  })
  return [row(NEVER, unknown), row(AGAIN, known)]
}

async function unknown(crowd: Crowd): Promise<readonly Credential[]> {
  const { createBenchManager, strangers } = await import('./login-manager')
  return strangers(createBenchManager(crowd.cacheBytes), crowd)
}

async function known({ cacheBytes }: Crowd): Promise<readonly Credential[]> {
  const { regular } = await import('./login-manager')
  return regular(cacheBytes)
}
