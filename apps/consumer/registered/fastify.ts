// An app with the opt-in types of Fastify. `request.auth` has a type in the whole app, and no other type changes.
import '@fetch-login/fastify/types'
import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Auth } from '@fetch-login/core'
import { fastifyLogin } from '@fetch-login/fastify'
import Fastify, { type FastifyRequest } from 'fastify'
import { assertExactly } from '../src/assert-exactly.js'
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
  assertExactly<{ id: number }>()(request.params)
  assertExactly<Auth<User, null>>()(request.auth)
  return assertExactly<User>()(request.auth.user).name
})

export const readUser = (request: FastifyRequest) => request.auth.currentUser()
