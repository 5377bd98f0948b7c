// Everybody on Hono.
import type { Heat } from '../../contestant'
import { bare } from '../bare'
import { ours } from '../ours'
import { peer } from '../peer'
import { honoDoor } from './door'

export const HONO: Heat = {
  name: 'Hono',
  contestants: [
    bare(['hono'], async () => honoDoor((await import('./bare')).bareHono())),
    ...ours('@fetch-login/hono', async () => {
      const { guardedHono } = await import('./fetch-login')
      return (manager) => honoDoor(guardedHono(manager))
    }),
    peer('signed cookie of Hono', ['hono'], async () => honoDoor((await import('./signed-cookie')).honoSignedCookie())),
    peer('@hono/session', ['@hono/session'], async () => honoDoor((await import('./hono-session')).honoSession())),
    peer('hono-sessions', ['hono-sessions'], async () => honoDoor((await import('./hono-sessions')).honoSessions())),
    peer('iron-session', ['iron-session'], async () => honoDoor((await import('./iron-session')).ironSessionOnHono())),
    peer('next-auth, getToken', ['next-auth'], async () => honoDoor((await import('./next-auth')).nextAuth())),
    // Its passwords are hashed slowly, as they should be: few visitors are enough.
    peer(
      'Better Auth, cookie cache',
      ['better-auth'],
      async () => honoDoor((await import('./better-auth')).betterAuthCached()),
      4,
    ),
  ],
}
