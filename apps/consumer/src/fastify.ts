// An app on Fastify with TypeBox that exports each of its values, with the types of the built packages.

import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { AnonymousUser } from '@fetch-login/core'
import { fastifyLogin } from '@fetch-login/fastify'
import Fastify, { type FastifyPluginAsync, type FastifyRequest } from 'fastify'
import { assertExactly } from './assert-exactly.js'
import { type Employee, manager, staffManager, type User } from './manager.js'

export const login = fastifyLogin(manager)
export const { loginPlugin, loginRequired, freshLoginRequired, auth } = login
export const staff = fastifyLogin(staffManager, { property: 'staffAuth', address: (request) => request.ip })

export const guard = loginRequired({ allow: (user) => assertExactly<User>()(user).role === 'admin' })
export const freshGuard = freshLoginRequired({ withinSeconds: 600, area: 'admin' })

const schema = {
  params: Type.Object({ id: Type.Integer() }),
  querystring: Type.Object({ page: Type.Optional(Type.Integer()) }),
}

export const app = Fastify().withTypeProvider<TypeBoxTypeProvider>()
app.register(loginPlugin).register(staff.loginPlugin)

app.get('/bare/:id', { schema }, async (request) => {
  assertExactly<{ id: number }>()(request.params)
  assertExactly<{ page?: number }>()(request.query)
  return request.params.id
})
app.get('/orders/:id', { schema, preHandler: loginRequired() }, async (request) => {
  assertExactly<{ id: number }>()(request.params)
  assertExactly<{ page?: number }>()(request.query)
  return assertExactly<User>()(auth(request).user).name
})
app.get('/several/:id', { schema, onRequest: [loginRequired(), guard], preHandler: freshGuard }, async (request) => {
  assertExactly<{ id: number }>()(request.params)
  return assertExactly<User>()(auth(request).user).name
})

export const plain = Fastify()
plain.register(loginPlugin)
plain.get<{ Params: { id: string }; Querystring: { page: string }; Body: { text: string } }>(
  '/orders/:id',
  { preHandler: loginRequired() },
  async (request) => {
    assertExactly<{ id: string }>()(request.params)
    assertExactly<{ page: string }>()(request.query)
    assertExactly<{ text: string }>()(request.body)
    return assertExactly<User>()(auth(request).user).name
  },
)

export const area: FastifyPluginAsync = async (scope) => {
  scope.addHook('preHandler', staff.loginRequired())
  scope.get('/staff', async (request) => assertExactly<Employee>()(staff.auth(request).user).department)
}
app.register(area)

export const decide = (request: FastifyRequest) => auth(request).require({ withinSeconds: 600 })
export const readUser = async (request: FastifyRequest) =>
  assertExactly<User | null>()(await auth(request).currentUser())
export const readEmployee = async (request: FastifyRequest) =>
  assertExactly<Employee | AnonymousUser>()(await staff.auth(request).currentUser())

// @ts-expect-error `request.auth` has a type only in an app that imports '@fetch-login/fastify/types'.
export const unregistered = (request: FastifyRequest): unknown => request.auth
