// @fastify/session with its store in memory.
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import fastify from 'fastify'
import { PAGE } from '../../request'
import { greeting, REFUSED, users } from '../../users'
import { SECRET } from '../secret'

export function fastifySession() {
  const app = fastify()
  app.register(cookie)
  // The injected requests are plain HTTP, for which the manual asks for secure: false.
  app.register(session, { secret: SECRET, cookie: { secure: false }, saveUninitialized: false })
  app.get<{ Params: { id: string } }>('/login/:id', async (request, reply) => {
    await held(request).regenerate()
    held(request).userId = request.params.id
    return reply.code(204).send()
  })
  app.get(PAGE, async (request, reply) => {
    const user = users.get(held(request).userId ?? '')
    return user === undefined ? reply.code(401).send(REFUSED) : greeting(user)
  })
  return app
}

/** The types of @fastify/secure-session say of the same property what is not true here. */
function held(request: { session: object }): { userId?: string; regenerate(): Promise<void> } {
  return request.session as { userId?: string; regenerate(): Promise<void> }
}
