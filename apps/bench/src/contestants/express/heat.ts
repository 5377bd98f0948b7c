// Everybody on Express.
import type { Heat } from '../../contestant'
import { bare } from '../bare'
import { ours } from '../ours'
import { peer } from '../peer'
import { nodeDoor } from './door'

export const EXPRESS: Heat = {
  name: 'Express',
  contestants: [
    bare(['express'], async () => nodeDoor((await import('./bare')).bareExpress())),
    ...ours('@fetch-login/express', async () => {
      const { guardedExpress } = await import('./fetch-login')
      return (manager) => nodeDoor(guardedExpress(manager))
    }),
    peer('express-session, memory', ['express-session'], async () =>
      nodeDoor((await import('./express-session')).expressSession()),
    ),
    peer('cookie-session', ['cookie-session'], async () =>
      nodeDoor((await import('./cookie-session')).cookieSessionOnExpress()),
    ),
    peer('iron-session', ['iron-session'], async () =>
      nodeDoor((await import('./iron-session')).ironSessionOnExpress()),
    ),
  ],
}
