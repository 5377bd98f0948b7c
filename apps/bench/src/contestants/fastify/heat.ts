// Everybody on Fastify.
import type { Heat } from '../../contestant'
import { bare } from '../bare'
import { ours } from '../ours'
import { peer } from '../peer'
import { fastifyDoor } from './door'

export const FASTIFY: Heat = {
  name: 'Fastify',
  contestants: [
    bare(['fastify'], async () => fastifyDoor((await import('./bare')).bareFastify())),
    ...ours('@fetch-login/fastify', async () => {
      const { guardedFastify } = await import('./fetch-login')
      return (manager) => fastifyDoor(guardedFastify(manager))
    }),
    peer('@fastify/secure-session', ['@fastify/secure-session'], async () =>
      fastifyDoor((await import('./secure-session')).fastifySecureSession()),
    ),
    peer('@fastify/session, memory', ['@fastify/session', '@fastify/cookie'], async () =>
      fastifyDoor((await import('./session')).fastifySession()),
    ),
  ],
}
