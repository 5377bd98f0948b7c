// Everybody on Express.
import type { Heat } from '../../contestant'
import { barePage } from '../../guarded-page'
import { type Crowd, createBenchManager, strangers } from '../login-manager'
import { ours } from '../ours'
import { bareExpress } from './bare'
import { cookieSessionOnExpress } from './cookie-session'
import { nodeDoor } from './door'
import { expressSession } from './express-session'
import { guardedExpress } from './fetch-login'
import { ironSessionOnExpress } from './iron-session'

export async function expressHeat(crowd: Crowd): Promise<Heat> {
  const credentials = await strangers(createBenchManager(crowd.cacheBytes), crowd)
  const door = () => nodeDoor(guardedExpress(createBenchManager(crowd.cacheBytes)))
  return {
    name: 'Express',
    contestants: [
      barePage(nodeDoor(bareExpress()), credentials, ['express']),
      ...ours('@fetch-login/express', door, credentials),
      await expressSession(),
      await cookieSessionOnExpress(),
      await ironSessionOnExpress(),
    ],
  }
}
