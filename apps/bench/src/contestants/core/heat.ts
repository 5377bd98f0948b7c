// Core alone, once for each form of the cookie. Stored sessions get their heat here, as soon as there is a store.
import type { SessionCodec } from '@fetch-login/core'
import type { Contestant, Heat, Work } from '../../contestant'
import type { Crowd } from '../../crowd'

export const NEVER_SEEN = 'a cookie never seen before'
export const SEEN = 'the same cookie again'
export const UNASKED = 'a request that nobody asks about'
export const FLOOR = 'what cannot be left out'

export const CORE: readonly Heat[] = [
  heat('signed', async () => (await import('@fetch-login/core')).signed()),
  heat('encrypted', async () => (await import('@fetch-login/core/encrypted')).encrypted()),
]

type Make = (codec: SessionCodec, crowd: Crowd) => Promise<Work>

function heat(form: string, codec: () => Promise<SessionCodec>): Heat {
  const one = (name: string, make: Make, role: Contestant['role'] = 'ours'): Contestant => ({
    name,
    role,
    packages: ['@fetch-login/core'],
    work: async (crowd) => make(await codec(), crowd),
  })
  return {
    name: `core, ${form} cookies`,
    contestants: [
      one('nothing', async (...of) => (await import('./nothing')).nothing(...of), 'bare'),
      one(FLOOR, async (...of) => (await import('./primitives')).primitives(...of), 'floor'),
      one(NEVER_SEEN, async (...of) => (await import('./guarded')).neverSeen(...of)),
      one(SEEN, async (...of) => (await import('./guarded')).seen(...of)),
      one('an anonymous visitor', async (...of) => (await import('./anonymous')).anonymous(...of)),
      one(UNASKED, async (...of) => (await import('./unasked')).unasked(...of)),
      one('a login', async (...of) => (await import('./login')).login(...of)),
      one('a login restored from the remember cookie', async (...of) => (await import('./restore')).restore(...of)),
    ],
  }
}
