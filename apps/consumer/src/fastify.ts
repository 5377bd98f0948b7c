// An app on Fastify, with TypeBox, that exports all it makes, as the built packages type it.

import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { AnonymousUser } from '@fetch-login/core'
import { fastifyLogin } from '@fetch-login/fastify'
import Fastify, { type FastifyPluginAsync, type FastifyRequest } from 'fastify'
import { exactly } from './exactly.js'
import { type Employee, manager, staffManager, type User } from './manager.js'

export const login = fastifyLogin(manager)
export const { loginPlugin, loginRequired, freshLoginRequired, auth } = login
export const staff = fastifyLogin(staffManager, { property: 'staffAuth', address: (request) => request.ip })

export const guard = loginRequired({ allow: (user) => exactly<User>()(user).role === 'admin' })
export const freshGuard = freshLoginRequired({ withinSeconds: 600, area: 'admin' })

const schema = {
  params: Type.Object({ id: Type.Integer() }),
  querystring: Type.Object({ page: Type.Optional(Type.Integer()) }),
}

export const app = Fastify().withTypeProvider<TypeBoxTypeProvider>()
app.register(loginPlugin).register(staff.loginPlugin)

app.get('/bare/:id', { schema }, async (request) => {
  exactly<{ id: number }>()(request.params)
  exactly<{ page?: number }>()(request.query)
  return request.params.id
})
app.get('/orders/:id', { schema, preHandler: loginRequired() }, async (request) => {
  exactly<{ id: number }>()(request.params)
  exactly<{ page?: number }>()(request.query)
  return exactly<User>()(auth(request).user).name
})
app.get('/several/:id', { schema, onRequest: [loginRequired(), guard], preHandler: freshGuard }, async (request) => {
  exactly<{ id: number }>()(request.params)
  return exactly<User>()(auth(request).user).name
})

export const plain = Fastify()
plain.register(loginPlugin)
plain.get<{ Params: { id: string }; Querystring: { page: string }; Body: { text: string } }>(
  '/orders/:id',
  { preHandler: loginRequired() },
  async (request) => {
    exactly<{ id: string }>()(request.params)
    exactly<{ page: string }>()(request.query)
    exactly<{ text: string }>()(request.body)
    return exactly<User>()(auth(request).user).name
  },
)

export const area: FastifyPluginAsync = async (scope) => {
  scope.addHook('preHandler', staff.loginRequired())
  scope.get('/staff', async (request) => exactly<Employee>()(staff.auth(request).user).department)
}
app.register(area)

export const decide = (request: FastifyRequest) => auth(request).require({ withinSeconds: 600 })
export const whoever = async (request: FastifyRequest) => exactly<User | null>()(await auth(request).currentUser())
export const guest = async (request: FastifyRequest) =>
  exactly<Employee | AnonymousUser>()(await staff.auth(request).currentUser())

// @ts-expect-error No global type knows the handle here: who wants that imports '@fetch-login/fastify/types'.
export const unregistered = (request: FastifyRequest): unknown => request.auth
