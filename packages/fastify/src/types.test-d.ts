// Types behind a guard: the user has the app's own type. All other types are the same as without a guard, with generics of
// the route and with a type provider. Checked by tsc (`pnpm typecheck`). Nothing in this file runs.
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { type AnonymousGuardOptions, type Auth, createLoginManager, type LoginManager } from '@fetch-login/core'
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type preHandlerAsyncHookHandler,
} from 'fastify'
import { Type } from 'typebox'
import { describe, expectTypeOf, it } from 'vitest'
import { type FastifyGuardHook, type FastifyLogin, fastifyLogin } from './index'

interface User {
  readonly id: string
  readonly name: string
  readonly role: 'admin' | 'reader'
}

interface Staff {
  readonly id: number
  readonly badge: symbol
}

declare const secrets: string
declare const findUser: (id: string) => Promise<User | null>
declare const findStaff: (id: string) => Staff | undefined

const manager = createLoginManager({ loadUser: findUser, secrets })
const { loginPlugin, loginRequired, freshLoginRequired, anonymousRequired, auth } = fastifyLogin(manager)
const staff = fastifyLogin(createLoginManager({ loadUser: findStaff, secrets }), { property: 'staff' })

const app = fastify()

describe('behind a guard', () => {
  it('the user is exactly the type of the app, never null and never any', () => {
    app.get('/', { preHandler: loginRequired() }, async (request) => {
      expectTypeOf(auth(request).user).not.toBeAny()
      expectTypeOf(auth(request).user).toEqualTypeOf<User>()
      expectTypeOf(auth(request)).toEqualTypeOf<Auth<User, null>>()
      expectTypeOf(await auth(request).currentUser()).toEqualTypeOf<User | null>()
      return auth(request).user
    })
  })

  it('two managers have separate user types', () => {
    app.get('/', { preHandler: [loginRequired(), staff.freshLoginRequired({ withinSeconds: 60 })] }, (request) => {
      expectTypeOf(auth(request).user).toEqualTypeOf<User>()
      expectTypeOf(staff.auth(request).user).toEqualTypeOf<Staff>()
      return ''
    })
  })

  it('guests have their own type', () => {
    class Visitor {
      readonly cart: readonly string[] = []
    }
    const withGuests = createLoginManager({ loadUser: findUser, anonymousUser: () => new Visitor(), secrets })
    expectTypeOf(withGuests).toEqualTypeOf<LoginManager<User, Visitor>>()
    const login = fastifyLogin(withGuests)
    expectTypeOf(login).toEqualTypeOf<FastifyLogin<User, Visitor>>()
    app.get('/', { preHandler: login.loginRequired() }, async (request) => {
      expectTypeOf(await login.auth(request).currentUser()).toEqualTypeOf<User | Visitor>()
      expectTypeOf(login.auth(request).user).toEqualTypeOf<User>()
      return ''
    })
  })

  it('the function allow receives the user, and an unknown option is an error', () => {
    loginRequired({
      allow: (user) => {
        expectTypeOf(user).not.toBeAny()
        expectTypeOf(user).toEqualTypeOf<User>()
        return user.role === 'admin'
      },
    })
    // @ts-expect-error not an option of a guard
    freshLoginRequired({ role: 'admin' })
  })

  it('auth() does not accept a reply', () => {
    app.get('/', (_request, reply) => {
      // @ts-expect-error auth() requires the request
      auth(reply)
      return ''
    })
  })
})

// ── the same routes, with guards and without ─────────────────────────────────

interface Post {
  Params: { id: string }
  Querystring: { page?: number }
  Body: { title: string; tags: readonly string[] }
  Headers: { 'x-tenant': string }
  Reply: { done: boolean }
}

type PostRequest = FastifyRequest<Post>

/** The types of a handler of such a route, with and without a guard. */
function checkTypes(request: PostRequest): { done: boolean } {
  expectTypeOf(request.params).not.toBeAny()
  expectTypeOf(request.params).toEqualTypeOf<Post['Params']>()
  expectTypeOf(request.query).toEqualTypeOf<Post['Querystring']>()
  expectTypeOf(request.body).toEqualTypeOf<Post['Body']>()
  expectTypeOf(request.headers['x-tenant']).toEqualTypeOf<string>()
  return { done: true }
}

const HOOKS = [loginRequired(), staff.loginRequired()]

describe('generics of a route', () => {
  it('are the same as without a guard, in every hook', () => {
    app.post<Post>('/:id', (request) => {
      expectTypeOf(request).toEqualTypeOf<PostRequest>()
      return checkTypes(request)
    })
    app.post<Post>('/:id', { preHandler: loginRequired() }, (request) => {
      expectTypeOf(request).toEqualTypeOf<PostRequest>()
      return checkTypes(request)
    })
    app.post<Post>('/:id', { preHandler: [loginRequired(), freshLoginRequired()] }, (request) => {
      expectTypeOf(request).toEqualTypeOf<PostRequest>()
      return checkTypes(request)
    })
    app.post<Post>('/:id', { onRequest: loginRequired(), preHandler: HOOKS }, (request, reply) => {
      expectTypeOf(request).toEqualTypeOf<PostRequest>()
      expectTypeOf(reply).toEqualTypeOf<FastifyReply<Post>>()
      return checkTypes(request)
    })
    app.post<Post>('/:id', { preParsing: loginRequired(), preValidation: [loginRequired()] }, checkTypes)
    app.route<Post>({
      method: 'POST',
      url: '/:id',
      onRequest: [loginRequired()],
      handler: (request) => {
        expectTypeOf(request).toEqualTypeOf<PostRequest>()
        return checkTypes(request)
      },
    })
  })

  it('keep the type that a handler may return', () => {
    app.get<{ Reply: { 200: { done: true }; '4xx': { problem: string } } }>(
      '/',
      { preHandler: loginRequired() },
      (_request, reply) => {
        reply.code(200).send({ done: true })
        reply.code(404).send({ problem: '' })
        // @ts-expect-error not a reply of this status
        reply.code(200).send({ problem: '' })
      },
    )
  })

  it('are unknown if the app does not declare them, and not any', () => {
    app.get('/:id', { preHandler: loginRequired() }, (request) => {
      expectTypeOf(request.params).toBeUnknown()
      expectTypeOf(request.query).toBeUnknown()
      expectTypeOf(request.body).toBeUnknown()
      return ''
    })
  })
})

const schema = {
  params: Type.Object({ id: Type.Integer() }),
  querystring: Type.Object({ page: Type.Optional(Type.Integer()) }),
  body: Type.Object({ title: Type.String(), tags: Type.Array(Type.String()) }),
  headers: Type.Object({ 'x-tenant': Type.String() }),
  response: { 200: Type.Object({ done: Type.Boolean() }), 404: Type.Object({ problem: Type.String() }) },
}

describe('the TypeBox type provider', () => {
  const typed = fastify().setValidatorCompiler(TypeBoxValidatorCompiler).withTypeProvider<TypeBoxTypeProvider>()

  it('is the same as without a guard, in every hook', () => {
    typed.post('/:id', { schema }, (request, reply) => {
      type Request = typeof request
      type Reply = typeof reply
      expectTypeOf(request.params).toEqualTypeOf<{ id: number }>()
      expectTypeOf(request.query).toEqualTypeOf<{ page?: number }>()
      expectTypeOf(request.body).toEqualTypeOf<{ title: string; tags: string[] }>()
      expectTypeOf(request.headers['x-tenant']).toEqualTypeOf<string>()

      typed.post('/:id', { schema, preHandler: loginRequired() }, (guarded, guardedReply) => {
        expectTypeOf(guarded.params).not.toBeAny()
        expectTypeOf(guarded.body).not.toBeAny()
        expectTypeOf(guarded).toEqualTypeOf<Request>()
        expectTypeOf(guardedReply).toEqualTypeOf<Reply>()
        expectTypeOf(auth(guarded).user).toEqualTypeOf<User>()
        guardedReply.code(200).send({ done: true })
        guardedReply.code(404).send({ problem: '' })
        // @ts-expect-error not a reply of this status
        guardedReply.code(200).send({ problem: '' })
      })
      typed.post('/:id', { schema, preHandler: [loginRequired(), freshLoginRequired()] }, (guarded, guardedReply) => {
        expectTypeOf(guarded).toEqualTypeOf<Request>()
        expectTypeOf(guardedReply).toEqualTypeOf<Reply>()
        return { done: true }
      })
      typed.post('/:id', { schema, onRequest: loginRequired() }, (guarded, guardedReply) => {
        expectTypeOf(guarded).toEqualTypeOf<Request>()
        expectTypeOf(guardedReply).toEqualTypeOf<Reply>()
        return { done: true }
      })
      typed.route({
        method: 'POST',
        url: '/:id',
        schema,
        onRequest: [loginRequired()],
        preParsing: loginRequired(),
        preValidation: loginRequired(),
        preHandler: HOOKS,
        handler: (guarded, guardedReply) => {
          expectTypeOf(guarded).toEqualTypeOf<Request>()
          expectTypeOf(guardedReply).toEqualTypeOf<Reply>()
          return { done: true }
        },
      })
      return { done: true }
    })
  })

  it('is the same in a scope that a hook guards and in one with the plugin', () => {
    typed.register(loginPlugin)
    typed.register(async (scope) => {
      const inside = scope.withTypeProvider<TypeBoxTypeProvider>()
      inside.register(loginPlugin)
      inside.addHook('preHandler', loginRequired({ area: 'staff' }))
      inside.addHook('onRequest', freshLoginRequired())
      inside.get('/:id', { schema: { params: schema.params } }, (request) => {
        expectTypeOf(request.params).toEqualTypeOf<{ id: number }>()
        return auth(request).user.name
      })
    })
  })
})

describe('the plugin', () => {
  it('keeps the type of the instance', () => {
    expectTypeOf(app).toEqualTypeOf(fastify())
    expectTypeOf(app.register(loginPlugin)).not.toBeAny()
    const instance: FastifyInstance = app
    instance.register(staff.loginPlugin)
  })

  it('is accepted by servers of HTTP/2 and https', () => {
    fastify({ https: {} }).register(loginPlugin)
    fastify({ http2: true, https: {} }).register(loginPlugin)
    const h2 = fastify({ http2: true })
    h2.register(loginPlugin)
    h2.addHook('onRequest', loginRequired())
    h2.get<{ Params: { id: string } }>('/:id', { preHandler: loginRequired() }, (request) => {
      expectTypeOf(request.params).toEqualTypeOf<{ id: string }>()
      return auth(request).user.name
    })
  })
})

describe('a guard', () => {
  it('has an exported type, which is a hook of Fastify', () => {
    expectTypeOf(loginRequired()).toEqualTypeOf<FastifyGuardHook>()
    expectTypeOf<FastifyGuardHook>().toExtend<preHandlerAsyncHookHandler>()
  })
})

describe('a guard for anonymous requests', () => {
  it('is a hook that keeps the types of the route', () => {
    expectTypeOf(anonymousRequired()).toEqualTypeOf<FastifyGuardHook>()
    app.get<{ Params: { step: string } }>(
      '/login/:step',
      { onRequest: anonymousRequired({ home: '/dashboard' }) },
      (request) => {
        expectTypeOf(request.params).toEqualTypeOf<{ step: string }>()
        return ''
      },
    )
    const typed = app.withTypeProvider<TypeBoxTypeProvider>()
    const schema = { params: Type.Object({ id: Type.Integer() }) }
    typed.get('/:id', { schema, preHandler: anonymousRequired() }, (request) => {
      expectTypeOf(request.params).toEqualTypeOf<{ id: number }>()
      return { done: true }
    })
  })

  it('has one option, home, which is a string', () => {
    expectTypeOf(anonymousRequired).parameter(0).toEqualTypeOf<AnonymousGuardOptions | undefined>()
    // @ts-expect-error area is not an option of this guard
    anonymousRequired({ area: 'staff' })
    // @ts-expect-error home must be a path
    anonymousRequired({ home: 1 })
  })
})

describe('a manager whose users have no ID', () => {
  interface Doc {
    readonly _id: string
  }
  const findDoc = async (id: string): Promise<Doc | null> => ({ _id: id })

  it('requires the option userId', () => {
    // @ts-expect-error the users have neither id nor getId()
    fastifyLogin(createLoginManager({ loadUser: findDoc, secrets }))
  })

  it('is accepted with the option userId, and keeps the user type', () => {
    const docs = fastifyLogin(createLoginManager({ loadUser: findDoc, secrets, userId: (user) => user._id }))
    expectTypeOf(docs.auth).returns.toEqualTypeOf<Auth<Doc>>()
  })
})
