// The opt-in entry of Fastify: `request.auth` has a type in the whole app, and nothing else changes.
import '@fetch-login/fastify/types'
import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Auth } from '@fetch-login/core'
import { fastifyLogin } from '@fetch-login/fastify'
import Fastify, { type FastifyRequest } from 'fastify'
import { exactly } from '../src/exactly.js'
import { manager, type User } from '../src/manager.js'

declare module '@fetch-login/fastify/types' {
  interface Register {
    user: User
  }
}

export const { loginPlugin, loginRequired, auth } = fastifyLogin(manager)

export const app = Fastify().withTypeProvider<TypeBoxTypeProvider>()
app.register(loginPlugin)
const schema = { params: Type.Object({ id: Type.Integer() }) }
app.get('/orders/:id', { schema, preHandler: loginRequired() }, async (request) => {
  exactly<{ id: number }>()(request.params)
  exactly<Auth<User, null>>()(request.auth)
  return exactly<User>()(request.auth.user).name
})

export const whoever = (request: FastifyRequest) => request.auth.currentUser()
