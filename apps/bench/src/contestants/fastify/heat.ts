// Everybody on Fastify.
import type { Heat } from '../../contestant'
import { barePage } from '../../guarded-page'
import { type Crowd, createBenchManager, strangers } from '../login-manager'
import { ours } from '../ours'
import { bareFastify } from './bare'
import { fastifyDoor } from './door'
import { guardedFastify } from './fetch-login'
import { fastifySecureSession } from './secure-session'
import { fastifySession } from './session'

export async function fastifyHeat(crowd: Crowd): Promise<Heat> {
  const credentials = await strangers(createBenchManager(crowd.cacheBytes), crowd)
  const door = () => fastifyDoor(guardedFastify(createBenchManager(crowd.cacheBytes)))
  return {
    name: 'Fastify',
    contestants: [
      barePage(fastifyDoor(bareFastify()), credentials, ['fastify']),
      ...ours('@fetch-login/fastify', door, credentials),
      await fastifySecureSession(),
      await fastifySession(),
    ],
  }
}
