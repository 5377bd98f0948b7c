// @fastify/secure-session: the session itself in a cookie, encrypted by libsodium.
import secureSession from '@fastify/secure-session'
import fastify from 'fastify'
import { PAGE } from '../../request'
import { greeting, REFUSED, users } from '../../users'
import { SECRET } from '../secret'

declare module '@fastify/secure-session' {
  interface SessionData {
    userId: string
  }
}

export function fastifySecureSession() {
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
  return app
}
