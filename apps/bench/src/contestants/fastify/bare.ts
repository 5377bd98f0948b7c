// Fastify alone; and with a hook that writes the headers of a guarded page.
import fastify, { type FastifyInstance } from 'fastify'
import { PAGE } from '../../request'
import { greeting, userAt } from '../../users'

export function bareFastify(): FastifyInstance {
  const app = fastify()
  app.get(PAGE, async () => greeting(userAt(0)))
  return app
}

export function fastifyWithHeaders(): FastifyInstance {
  const app = fastify()
  app.addHook('onSend', async (_request, reply) => {
    reply.header('vary', 'Cookie').header('cache-control', 'private, no-store')
  })
  app.get(PAGE, async () => greeting(userAt(0)))
  return app
}
