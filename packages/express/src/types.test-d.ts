// Types behind a guard: the user has the app's own type, and all other types are the same as without a guard.
// Checked by tsc (`pnpm typecheck`). Nothing in this file runs.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AnonymousGuardOptions, type Auth, createLoginManager } from '@fetch-login/core'
import connect from 'connect'
import express, { type Request, type RequestHandler, type Response } from 'express'
import express4, { type RequestHandler as RequestHandler4 } from 'express4'
import { describe, expectTypeOf, it } from 'vitest'
import { type ExpressGuard, type ExpressMiddleware, expressLogin } from './index'

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
const { loginMiddleware, loginRequired, freshLoginRequired, anonymousRequired, auth } = expressLogin(manager)
const staff = expressLogin(createLoginManager({ loadUser: findStaff, secrets }), { property: 'staff' })

interface Body {
  readonly title: string
}
interface Query {
  readonly page: string
}
interface Locals extends Record<string, unknown> {
  readonly tenant: symbol
}
type Typed = RequestHandler<{ id: string }, { ok: boolean }, Body, Query, Locals>

describe('the user', () => {
  it('is exactly the type of the app, never null and never any', () => {
    express().get('/', loginRequired(), (req) => {
      expectTypeOf(auth(req)).not.toBeAny()
      expectTypeOf(auth(req)).toEqualTypeOf<Auth<User, null>>()
      expectTypeOf(auth(req).user).not.toBeAny()
      expectTypeOf(auth(req).user).toEqualTypeOf<User>()
      expectTypeOf(staff.auth(req).user).toEqualTypeOf<Staff>()
    })
  })

  it('is the user or null, or the guest of the app, outside of a guard', () => {
    class Guest {
      readonly cart: readonly string[] = []
    }
    const guests = expressLogin(createLoginManager({ loadUser: findUser, anonymousUser: () => new Guest(), secrets }))
    express().get('/', async (req) => {
      expectTypeOf(await auth(req).currentUser()).toEqualTypeOf<User | null>()
      expectTypeOf(await guests.auth(req).currentUser()).toEqualTypeOf<User | Guest>()
      expectTypeOf(guests.auth(req).user).toEqualTypeOf<User>()
      expectTypeOf(auth(req).loginUser).parameter(0).toEqualTypeOf<User>()
    })
  })

  it('is the argument of the function allow', () => {
    loginRequired({
      allow: (user) => {
        expectTypeOf(user).not.toBeAny()
        expectTypeOf(user).toEqualTypeOf<User>()
        return user.role === 'admin'
      },
    })
    // @ts-expect-error not an option of a guard
    loginRequired({ role: 'admin' })
    expectTypeOf(loginRequired).toEqualTypeOf<ExpressGuard<User>>()
  })

  it('requires a request', () => {
    express().get('/', (_req, res) => {
      // @ts-expect-error this is the response
      auth(res)
    })
  })
})

describe('without the entry point for types', () => {
  it('the request of Express has no property auth', () => {
    express().get('/', loginRequired(), (req) => {
      // @ts-expect-error '@fetch-login/express/types' is not imported
      req.auth
    })
  })
})

describe('a handler behind a guard', () => {
  it('keeps the parameters of the path, on an app and on a router, with other middleware', () => {
    const between: RequestHandler = (_req, _res, next) => next()
    for (const routes of [express(), express.Router()]) {
      routes.get('/posts/:id', loginRequired(), (req) => {
        expectTypeOf(req.params).not.toBeAny()
        expectTypeOf(req.params).toEqualTypeOf<{ id: string }>()
      })
      routes.post('/posts/:id/:slug', freshLoginRequired({ withinSeconds: 60 }), loginRequired(), (req) => {
        expectTypeOf(req.params).toEqualTypeOf<{ id: string } & { slug: string }>()
      })
      routes.put('/posts/:id', loginMiddleware, loginRequired(), staff.loginRequired(), (req) => {
        expectTypeOf(req.params).toEqualTypeOf<{ id: string }>()
      })
      routes.delete('/posts/:id', [loginRequired(), freshLoginRequired()], (req: Request<{ id: string }>) => {
        expectTypeOf(req.params.id).toEqualTypeOf<string>()
      })
      routes.patch('/posts/:id', between, loginRequired())
      routes.route('/posts/:id').get(loginRequired(), (req) => {
        expectTypeOf(req.params).toEqualTypeOf<{ id: string }>()
      })
    }
  })

  it('keeps the types of the request and the response that Express derives from the path', () => {
    type Plain = { req: unknown; res: unknown }
    const seen = <Req, Res>(req: Req, res: Res): { req: Req; res: Res } => ({ req, res })
    express().get('/posts/:id', (req, res) => {
      const plain = seen(req, res)
      express().get('/posts/:id', loginRequired(), (req, res) => {
        expectTypeOf(seen(req, res)).toEqualTypeOf<typeof plain>()
        expectTypeOf(seen(req, res)).toExtend<Plain>()
        expectTypeOf(res.locals).toEqualTypeOf<typeof plain.res.locals>()
      })
    })
  })

  it('keeps the types of body, query and locals that the handler declares', () => {
    const handler: Typed = (req, res) => {
      expectTypeOf(req.body).toEqualTypeOf<Body>()
      expectTypeOf(req.query).toEqualTypeOf<Query>()
      expectTypeOf(res.locals.tenant).toEqualTypeOf<symbol>()
      expectTypeOf(auth(req).user).toEqualTypeOf<User>()
    }
    express().get('/posts/:id', loginRequired(), handler)
    express.Router().post('/posts/:id', freshLoginRequired(), handler)
    express().get('/posts/:id', loginRequired(), (req: Request<{ id: string }, unknown, Body>, res: Response<Body>) => {
      expectTypeOf(req.body).toEqualTypeOf<Body>()
      expectTypeOf(res.json).parameter(0).toEqualTypeOf<Body | undefined>()
    })
  })

  it('is accepted on prefixes, whole apps, routers and static files', () => {
    const app = express()
    app.use(loginMiddleware)
    app.use('/admin', loginRequired(), express.Router())
    app.use('/admin', freshLoginRequired())
    app.use([loginMiddleware, loginRequired()])
    app.use('/files', loginRequired(), express.static('files'))
    app.all('/{*splat}', loginRequired())
  })
})

describe('the middleware', () => {
  it('is accepted as a handler by Express 5, Express 4, connect and Node', () => {
    expectTypeOf<ExpressMiddleware>().toExtend<RequestHandler>()
    expectTypeOf<ExpressMiddleware>().toExtend<Typed>()
    expectTypeOf<ExpressMiddleware>().toExtend<RequestHandler4>()
    expectTypeOf<ExpressMiddleware>().toExtend<connect.NextHandleFunction>()
    connect().use(loginMiddleware).use('/admin', loginRequired())
    createServer((req, res) => loginMiddleware(req, res, () => res.end()))
    expectTypeOf(auth).parameter(0).not.toBeAny()
    expectTypeOf<IncomingMessage>().toExtend<Parameters<typeof auth>[0]>()
    expectTypeOf<ServerResponse>().toExtend<Parameters<ExpressMiddleware>[1]>()
  })

  it('keeps the parameters of Express 4', () => {
    express4().use(loginMiddleware)
    express4().get('/posts/:id', loginRequired(), (req) => {
      expectTypeOf(req.params).toEqualTypeOf<{ id: string }>()
      expectTypeOf(auth(req).user).toEqualTypeOf<User>()
    })
    express4.Router().use('/admin', freshLoginRequired())
  })

  it('returns nothing', () => {
    expectTypeOf(loginMiddleware).returns.toBeVoid()
    expectTypeOf(loginRequired()).returns.toBeVoid()
  })
})

describe('a guard for anonymous requests', () => {
  it('is a middleware that keeps the parameters of the route', () => {
    expectTypeOf(anonymousRequired()).toEqualTypeOf<ExpressMiddleware>()
    express().get('/login/:step', anonymousRequired({ home: '/dashboard' }), (req) => {
      expectTypeOf(req.params).toEqualTypeOf<{ step: string }>()
    })
    express4().use('/login', anonymousRequired())
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
    expressLogin(createLoginManager({ loadUser: findDoc, secrets }))
  })

  it('is accepted with the option userId, and keeps the user type', () => {
    const docs = expressLogin(createLoginManager({ loadUser: findDoc, secrets, userId: (user) => user._id }))
    expectTypeOf(docs.auth).returns.toEqualTypeOf<Auth<Doc>>()
  })
})
