// Tests the guarantees that all adapters share, over Fastify and HTTP.
import { fastifyLogin } from '@fetch-login/fastify'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { describe } from 'vitest'
import { GUARDED, ROUTES, testGuarantees } from './cases'
import { listening } from './http'

describe('Fastify', () => {
  testGuarantees(async ({ manager, handle, onError }) => {
    const { loginPlugin, loginRequired, auth } = fastifyLogin(manager)
    const respond = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      await handle(auth(request))
      return reply.send('ok')
    }
    const app = Fastify()
    app.setErrorHandler((error, _request, reply) => {
      onError(error)
      return reply.code(500).send()
    })
    await app.register(loginPlugin)
    for (const path of ROUTES) app.all(path, respond)
    app.all(GUARDED, { onRequest: loginRequired() }, respond)
    await app.listen({ port: 0, host: '127.0.0.1' })
    return listening(app.server)
  })
})
