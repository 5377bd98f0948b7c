// @fastify/secure-session: the session itself in a cookie, encrypted by libsodium.
import secureSession from '@fastify/secure-session'
import fastify from 'fastify'
import type { Contestant } from '../../contestant'
import { peerPage } from '../../guarded-page'
import { PAGE } from '../../request'
import { greeting, REFUSED, users } from '../../users'
import { SECRET } from '../login-manager'
import { fastifyDoor } from './door'

declare module '@fastify/secure-session' {
  interface SessionData {
    userId: string
  }
}

export function fastifySecureSession(): Promise<Contestant> {
  const app = fastify()
  app.register(secureSession, { key: Buffer.from(SECRET).subarray(0, 32), cookie: { path: '/', httpOnly: true } })
  app.get<{ Params: { id: string } }>('/login/:id', async (request, reply) => {
    request.session.set('userId', request.params.id)
    return reply.code(204).send()
  })
  app.get(PAGE, async (request, reply) => {
    const id = request.session.get('userId')
    const user = id === undefined ? undefined : users.get(id)
    return user === undefined ? reply.code(401).send(REFUSED) : greeting(user)
  })
  return peerPage({ name: '@fastify/secure-session', packages: ['@fastify/secure-session'], door: fastifyDoor(app) })
}
