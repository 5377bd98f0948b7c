// Core alone, once for each form of the cookie. Stored sessions get their heat here, as soon as there is a store.
import { type SessionCodec, signed } from '@fetch-login/core'
import { encrypted } from '@fetch-login/core/encrypted'
import type { Contestant, Heat } from '../../contestant'
import { guardedPage } from '../../guarded-page'
import { type Crowd, createBenchManager, logIn, strangers } from '../login-manager'
import { anonymous } from './anonymous'
import { guardDoor } from './door'
import { login } from './login'
import { nothing } from './nothing'
import { primitives } from './primitives'
import { restore } from './restore'
import { unasked } from './unasked'

export const NEVER_SEEN = 'a cookie never seen before'
export const SEEN = 'the same cookie again'
export const UNASKED = 'a request that nobody asks about'
export const FLOOR = 'what cannot be left out'

export async function coreHeats(crowd: Crowd): Promise<readonly Heat[]> {
  return [await heat('signed', signed(), crowd), await heat('encrypted', encrypted(), crowd)]
}

async function heat(form: string, codec: SessionCodec, crowd: Crowd): Promise<Heat> {
  const manager = createBenchManager(crowd.cacheBytes, codec)
  const unknown = await strangers(manager, crowd)
  const known = unknown.slice(0, 1)
  const remembered = await logIn(manager, 256, { remember: true })
  return {
    name: `core, ${form} cookies`,
    contestants: [
      nothing(unknown),
      await primitives(FLOOR, codec, crowd.visitors),
      guarded(NEVER_SEEN, manager, unknown),
      guarded(SEEN, createBenchManager(crowd.cacheBytes, codec), known),
      anonymous('an anonymous visitor', manager),
      unasked(UNASKED, manager, unknown),
      login('a login', manager),
      restore('a login restored from the remember cookie', manager, remembered),
    ],
  }
}

function guarded(
  name: string,
  manager: ReturnType<typeof createBenchManager>,
  credentials: Awaited<ReturnType<typeof logIn>>,
): Contestant {
  return guardedPage({ name, role: 'ours', packages: ['@fetch-login/core'], door: guardDoor(manager), credentials })
}
