// @fetch-login/fastify.
import type { LoginManager } from '@fetch-login/core'
import { fastifyLogin } from '@fetch-login/fastify'
import fastify, { type FastifyInstance } from 'fastify'
import { PAGE } from '../../request'
import { greeting, type User } from '../../users'

export function guardedFastify(manager: LoginManager<User>): FastifyInstance {
  const { auth, loginPlugin, loginRequired } = fastifyLogin(manager)
  const app = fastify()
  app.register(loginPlugin)
  app.register(async (routes) => {
    routes.get(PAGE, { preHandler: loginRequired() }, async (request) => greeting(auth(request).user))
  })
  return app
}
