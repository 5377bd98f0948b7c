// Everybody on Hono.
import type { Heat } from '../../contestant'
import { barePage } from '../../guarded-page'
import { type Crowd, createBenchManager, strangers } from '../login-manager'
import { ours } from '../ours'
import { bareHono } from './bare'
import { betterAuthCached } from './better-auth'
import { honoDoor } from './door'
import { guardedHono } from './fetch-login'
import { honoSession } from './hono-session'
import { honoSessions } from './hono-sessions'
import { ironSessionOnHono } from './iron-session'
import { nextAuth } from './next-auth'
import { honoSignedCookie } from './signed-cookie'

export async function honoHeat(crowd: Crowd): Promise<Heat> {
  const credentials = await strangers(createBenchManager(crowd.cacheBytes), crowd)
  const door = () => honoDoor(guardedHono(createBenchManager(crowd.cacheBytes)))
  return {
    name: 'Hono',
    contestants: [
      barePage(honoDoor(bareHono()), credentials, ['hono']),
      ...ours('@fetch-login/hono', door, credentials),
      await honoSignedCookie(),
      await honoSession(),
      await honoSessions(),
      await ironSessionOnHono(),
      await nextAuth(),
      await betterAuthCached(),
    ],
  }
}
