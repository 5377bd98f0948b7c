// Types behind a guard: the user has the app's own type, and all other types are the same as without a guard.
// Checked by tsc (`pnpm typecheck`). Nothing in this file runs.
import {
  type AnonymousGuardOptions,
  AnonymousUser,
  type Auth,
  createLoginManager,
  type LoginManager,
  type LoginManagerOptions,
  UserMixin,
} from '@fetch-login/core'
import { Hono } from 'hono'
import { hc, type InferRequestType, type InferResponseType } from 'hono/client'
import { validator } from 'hono/validator'
import { describe, expectTypeOf, it } from 'vitest'
import { honoLogin } from './index'

interface User {
  readonly id: string
  readonly name: string
  readonly role: 'admin' | 'reader'
}

interface Staff {
  readonly id: number
  readonly badge: symbol
}

interface Env {
  Bindings: { readonly SECRET: string; readonly LIMIT: number }
  Variables: { tenant: { readonly slug: string } }
}

declare const secrets: string
declare const findUser: (id: string) => Promise<User | null>
declare const findStaff: (id: string) => Staff | undefined

const manager = createLoginManager({ loadUser: findUser, secrets })
const staffManager = createLoginManager({ loadUser: findStaff, secrets })
const { loginMiddleware, loginRequired, freshLoginRequired, auth } = honoLogin(manager)
const staff = honoLogin(staffManager, { variable: 'staff' })

describe('the manager', () => {
  it('infers the user from a synchronous or asynchronous loader, without null and undefined', () => {
    expectTypeOf(manager).toEqualTypeOf<LoginManager<User, null>>()
    expectTypeOf(staffManager).toEqualTypeOf<LoginManager<Staff, null>>()
    const both = createLoginManager({ loadUser: (id) => (id === '' ? null : findUser(id)), secrets })
    expectTypeOf(both).toEqualTypeOf<LoginManager<User, null>>()
  })

  it('infers the user from a request loader if it is the only loader', () => {
    const byRequest = createLoginManager<User>({ loadUserFromRequest: () => findUser(''), secrets })
    expectTypeOf(byRequest).toEqualTypeOf<LoginManager<User, null>>()
  })

  it('passes the user type to options that receive the user', () => {
    createLoginManager({
      loadUser: findUser,
      secrets,
      isActive: (user) => {
        expectTypeOf(user).toEqualTypeOf<User>()
        return user.role === 'admin'
      },
      sessionStamp: (user) => {
        expectTypeOf(user).toEqualTypeOf<User>()
        return user.name
      },
    })
    manager.on('userLoggedIn', ({ user }) => expectTypeOf(user).toEqualTypeOf<User>())
  })
})

describe('behind a guard', () => {
  it('the user is exactly the type of the app, never null and never any', () => {
    new Hono().get('/', loginRequired(), (c) => {
      expectTypeOf(c.var.user).not.toBeAny()
      expectTypeOf(c.var.user).toEqualTypeOf<User>()
      expectTypeOf(c.get('user')).toEqualTypeOf<User>()
      expectTypeOf(auth(c).user).not.toBeAny()
      expectTypeOf(auth(c).user).toEqualTypeOf<User>()
      return c.text(c.var.user.name)
    })
  })

  it("the variable may be undefined with cache: 'public', because the guard does not set it", () => {
    new Hono().get('/', loginRequired({ cache: 'public' }), (c) => {
      expectTypeOf(c.var.user).toEqualTypeOf<User | undefined>()
      expectTypeOf(auth(c).user).toEqualTypeOf<User>()
      return c.text('')
    })
  })

  it('the user has the same type behind a fresh guard', () => {
    new Hono().get('/', freshLoginRequired({ withinSeconds: 60 }), (c) => {
      expectTypeOf(c.var.user).not.toBeAny()
      expectTypeOf(c.var.user).toEqualTypeOf<User>()
      return c.text('')
    })
  })

  it('the user has the name of the option variable, and no other name', () => {
    new Hono().get('/', staff.loginRequired(), (c) => {
      expectTypeOf(c.var.staff).not.toBeAny()
      expectTypeOf(c.var.staff).toEqualTypeOf<Staff>()
      expectTypeOf(staff.auth(c).user).toEqualTypeOf<Staff>()
      // @ts-expect-error the variable has another name
      c.var.user
      return c.text('')
    })
  })

  it('two managers have separate variables, each with its own user type', () => {
    new Hono<Env>().get('/', loginRequired(), staff.freshLoginRequired(), (c) => {
      expectTypeOf(c.var.user).toEqualTypeOf<User>()
      expectTypeOf(c.var.staff).toEqualTypeOf<Staff>()
      expectTypeOf(c.var.tenant).toEqualTypeOf<{ readonly slug: string }>()
      return c.text('')
    })
  })

  it('a chain of middleware keeps the user type for later handlers', () => {
    new Hono<Env>()
      .use(loginMiddleware)
      .use('/admin/*', freshLoginRequired())
      .get('/admin/users', (c) => {
        expectTypeOf(c.var.user).not.toBeAny()
        expectTypeOf(c.var.user).toEqualTypeOf<User>()
        expectTypeOf(c.env).toEqualTypeOf<Env['Bindings']>()
        expectTypeOf(c.var.tenant).toEqualTypeOf<Env['Variables']['tenant']>()
        return c.text('')
      })
  })

  it('a guard outside of a chain types the user of the Auth object', () => {
    const app = new Hono()
    app.use('/admin/*', loginRequired())
    app.get('/admin/users', (c) => {
      expectTypeOf(auth(c).user).toEqualTypeOf<User>()
      return c.text('')
    })
  })

  it('the function allow receives the user', () => {
    loginRequired({
      allow: (user) => {
        expectTypeOf(user).not.toBeAny()
        expectTypeOf(user).toEqualTypeOf<User>()
        return user.role === 'admin'
      },
    })
    // @ts-expect-error not an option of a guard
    loginRequired({ role: 'admin' })
  })
})

describe('behind a guard that some requests pass without a login', () => {
  it('the user may be undefined if the guard has exceptions', () => {
    new Hono().use(loginRequired({ except: ['/health'] })).get('/health', (c) => {
      expectTypeOf(c.var.user).toEqualTypeOf<User | undefined>()
      return c.text(c.var.user?.name ?? '')
    })
    new Hono().get('/', staff.freshLoginRequired({ except: ['/'], withinSeconds: 60 }), (c) => {
      expectTypeOf(c.var.staff).toEqualTypeOf<Staff | undefined>()
      return c.text('')
    })
  })

  it('the user may be undefined if the manager exempts methods, and the type of the manager names them', () => {
    const exempting = createLoginManager({ loadUser: findUser, secrets, exemptMethods: ['OPTIONS'] })
    expectTypeOf(exempting).toEqualTypeOf<LoginManager<User, null, 'OPTIONS'>>()
    const login = honoLogin(exempting)
    new Hono().all('/', login.loginRequired(), (c) => {
      expectTypeOf(c.var.user).toEqualTypeOf<User | undefined>()
      expectTypeOf(login.auth(c).user).toEqualTypeOf<User>()
      return c.text('')
    })
    const byEnv = honoLogin((env: Env['Bindings']) => ({
      loadUser: findUser,
      secrets: env.SECRET,
      exemptMethods: ['OPTIONS'] as const,
    }))
    new Hono<Env>().all('/', byEnv.freshLoginRequired(), (c) => {
      expectTypeOf(c.var.user).toEqualTypeOf<User | undefined>()
      return c.text('')
    })
  })

  it('an empty list does not exempt a method', () => {
    expectTypeOf(createLoginManager({ loadUser: findUser, secrets, exemptMethods: [] })).toEqualTypeOf(manager)
  })

  it('exempt methods are named in the type of the options', () => {
    const options: LoginManagerOptions<User, null, 'OPTIONS'> = {
      loadUser: findUser,
      secrets,
      exemptMethods: ['OPTIONS'],
    }
    expectTypeOf(createLoginManager(options)).toEqualTypeOf<LoginManager<User, null, 'OPTIONS'>>()
    // @ts-expect-error the type declares no exempt method
    createLoginManager<User>({ loadUser: findUser, secrets, exemptMethods: ['OPTIONS'] })
  })
})

// ── the same routes, with guards and without ─────────────────────────────────

const title = validator('json', (value, c) => {
  if (!value.title) return c.json({ problem: 'no title' as const }, 400)
  return { title: String(value.title), tags: new Set<string>() }
})
const page = validator('query', (value) => ({ page: Number(value.page) }))

const plain = new Hono<Env>()
  .get('/posts/:id/:slug?', page, (c) => {
    expectTypeOf(c.req.param('slug')).toEqualTypeOf<string | undefined>()
    return c.json({ params: c.req.param(), page: c.req.valid('query').page, tenant: c.var.tenant.slug }, 200)
  })
  .post('/posts/:id', title, (c) => c.json({ title: c.req.valid('json').title, id: c.req.param('id') }, 201))
  .delete('/posts/:id', (c) => c.body(null, 204))

const guarded = new Hono<Env>()
  .use(loginMiddleware)
  .get('/posts/:id/:slug?', loginRequired(), page, (c) => {
    expectTypeOf(c.env).not.toBeAny()
    expectTypeOf(c.env).toEqualTypeOf<Env['Bindings']>()
    expectTypeOf(c.var.tenant).not.toBeAny()
    expectTypeOf(c.var.tenant).toEqualTypeOf<Env['Variables']['tenant']>()
    expectTypeOf(c.req.param('id')).not.toBeAny()
    expectTypeOf(c.req.param('id')).toEqualTypeOf<string>()
    expectTypeOf(c.req.param('slug')).toEqualTypeOf<string | undefined>()
    expectTypeOf(c.req.param()).not.toBeAny()
    expectTypeOf(c.req.valid('query')).not.toBeAny()
    expectTypeOf(c.req.valid('query')).toEqualTypeOf<{ page: number }>()
    // @ts-expect-error the route has no validator for JSON
    c.req.valid('json')
    expectTypeOf(c.var.user).toEqualTypeOf<User>()
    return c.json({ params: c.req.param(), page: c.req.valid('query').page, tenant: c.var.tenant.slug }, 200)
  })
  .post('/posts/:id', title, freshLoginRequired({ withinSeconds: 60 }), (c) => {
    expectTypeOf(c.req.valid('json')).not.toBeAny()
    expectTypeOf(c.req.valid('json')).toEqualTypeOf<{ title: string; tags: Set<string> }>()
    expectTypeOf(c.var.user).toEqualTypeOf<User>()
    return c.json({ title: c.req.valid('json').title, id: c.req.param('id') }, 201)
  })
  .delete('/posts/:id', loginRequired(), (c) => c.body(null, 204))

const guardedLast = new Hono<Env>()
  .get('/posts/:id/:slug?', page, loginRequired(), staff.loginRequired(), (c) => {
    expectTypeOf(c.req.valid('query')).toEqualTypeOf<{ page: number }>()
    return c.json({ params: c.req.param(), page: c.req.valid('query').page, tenant: c.var.tenant.slug }, 200)
  })
  .post('/posts/:id', loginRequired(), title, (c) =>
    c.json({ title: c.req.valid('json').title, id: c.req.param('id') }, 201),
  )
  .delete('/posts/:id', staff.freshLoginRequired(), (c) => c.body(null, 204))

type SchemaOf<App> = App extends Hono<infer _Env, infer Schema, infer _Base> ? Schema : never

describe('the client of the routes', () => {
  it('is the same with guards as without', () => {
    expectTypeOf<SchemaOf<typeof guarded>>().not.toBeAny()
    expectTypeOf<SchemaOf<typeof guarded>>().toEqualTypeOf<SchemaOf<typeof plain>>()
    expectTypeOf<SchemaOf<typeof guardedLast>>().toEqualTypeOf<SchemaOf<typeof plain>>()
    expectTypeOf<ReturnType<typeof hc<typeof guarded>>>().not.toBeAny()
  })

  it('sends and receives exactly the types of the handlers', () => {
    const client = hc<typeof guarded>('https://app.test')
    const posts = client.posts[':id']
    type Create = typeof posts.$post
    expectTypeOf<InferRequestType<Create>>().not.toBeAny()
    expectTypeOf<InferRequestType<Create>>().toEqualTypeOf<InferRequestType<PlainCreate>>()
    expectTypeOf<InferRequestType<Create>['param']>().toEqualTypeOf<{ id: string }>()
    expectTypeOf<InferResponseType<Create>>().not.toBeAny()
    expectTypeOf<InferResponseType<Create>>().toEqualTypeOf<InferResponseType<PlainCreate>>()
    expectTypeOf<InferResponseType<Create, 201>>().toEqualTypeOf<{ title: string; id: string }>()
    expectTypeOf<InferResponseType<Create, 400>>().toEqualTypeOf<{ problem: 'no title' }>()

    type Read = (typeof client.posts)[':id'][':slug?']['$get']
    expectTypeOf<InferRequestType<Read>>().toEqualTypeOf<InferRequestType<PlainRead>>()
    expectTypeOf<InferResponseType<Read>>().not.toBeAny()
    expectTypeOf<InferResponseType<Read>>().toEqualTypeOf<InferResponseType<PlainRead>>()
    expectTypeOf<InferResponseType<Read>['page']>().toEqualTypeOf<number>()
    expectTypeOf<InferResponseType<Read>['params']>().not.toBeAny()
  })
})

const plainClient = hc<typeof plain>('https://app.test')
type PlainCreate = (typeof plainClient.posts)[':id']['$post']
type PlainRead = (typeof plainClient.posts)[':id'][':slug?']['$get']

describe('the Auth object of a route handler', () => {
  it('returns the user or null from currentUser()', () => {
    new Hono().get('/', async (c) => {
      expectTypeOf(auth(c)).not.toBeAny()
      expectTypeOf(auth(c)).toEqualTypeOf<Auth<User, null>>()
      expectTypeOf(await auth(c).currentUser()).toEqualTypeOf<User | null>()
      expectTypeOf(auth(c).loginUser).parameter(0).toEqualTypeOf<User>()
      const decision = await auth(c).require()
      if (decision.ok) expectTypeOf(decision.user).toEqualTypeOf<User>()
      return c.text('')
    })
  })

  it('returns the user or the guest of the app from currentUser()', () => {
    class Guest {
      readonly cart: readonly string[] = []
    }
    const withGuests = createLoginManager({ loadUser: findUser, anonymousUser: () => new Guest(), secrets })
    expectTypeOf(withGuests).toEqualTypeOf<LoginManager<User, Guest>>()
    const login = honoLogin(withGuests)
    new Hono().get('/', login.loginRequired(), async (c) => {
      expectTypeOf(await login.auth(c).currentUser()).toEqualTypeOf<User | Guest>()
      expectTypeOf(await login.auth(c).currentUser()).not.toBeAny()
      expectTypeOf(c.var.user).toEqualTypeOf<User>()
      expectTypeOf(login.auth(c).user).toEqualTypeOf<User>()
      return c.text('')
    })
  })

  it('distinguishes users and guests of the mixins', async () => {
    class Member extends UserMixin {
      readonly id = 'a'
    }
    const members = createLoginManager({
      loadUser: () => new Member(),
      anonymousUser: () => new AnonymousUser(),
      secrets,
    })
    const opened = members.open(new Request('https://app.test'))
    expectTypeOf(await opened.currentUser()).toEqualTypeOf<Member | AnonymousUser>()
  })
})

describe('a guard for anonymous requests', () => {
  it('keeps bindings, variables and parameters, and has no user', () => {
    new Hono<Env>().get('/login/:step', honoLogin(manager).anonymousRequired({ home: '/dashboard' }), (c) => {
      expectTypeOf(c.env).toEqualTypeOf<Env['Bindings']>()
      expectTypeOf(c.var.tenant).toEqualTypeOf<Env['Variables']['tenant']>()
      expectTypeOf(c.req.param('step')).toEqualTypeOf<string>()
      // @ts-expect-error an anonymous request has no user
      c.var.user
      return c.text('')
    })
  })

  it('has one option, home, which is a string', () => {
    const { anonymousRequired } = honoLogin(manager)
    expectTypeOf(anonymousRequired).parameter(0).toEqualTypeOf<AnonymousGuardOptions | undefined>()
    // @ts-expect-error area is not an option of this guard
    anonymousRequired({ area: 'staff' })
    // @ts-expect-error home must be a path
    anonymousRequired({ home: 1 })
  })
})

describe('a manager that is created from the bindings', () => {
  it('infers the user', () => {
    const options = (env: Env['Bindings']): LoginManagerOptions<User> => ({ loadUser: findUser, secrets: env.SECRET })
    const login = honoLogin(options)
    new Hono<Env>().get('/:id', login.loginRequired(), (c) => {
      expectTypeOf(c.var.user).not.toBeAny()
      expectTypeOf(c.var.user).toEqualTypeOf<User>()
      expectTypeOf(c.env).toEqualTypeOf<Env['Bindings']>()
      expectTypeOf(c.req.param('id')).toEqualTypeOf<string>()
      return c.text('')
    })
  })

  it('infers the user from the loader alone', () => {
    const login = honoLogin((env: Env['Bindings']) => ({ loadUser: findUser, secrets: env.SECRET }))
    new Hono<Env>().get('/', login.loginRequired(), (c) => {
      expectTypeOf(c.var.user).not.toBeAny()
      expectTypeOf(c.var.user).toEqualTypeOf<User>()
      return c.text('')
    })
  })

  it('may be an existing manager', () => {
    const login = honoLogin((_env: Env['Bindings']) => staffManager, { variable: 'staff' })
    new Hono<Env>().get('/', login.loginRequired(), (c) => {
      expectTypeOf(c.var.staff).toEqualTypeOf<Staff>()
      return c.text('')
    })
  })
})

describe('a manager whose users have no ID', () => {
  interface Doc {
    readonly _id: string
  }
  const findDoc = async (id: string): Promise<Doc | null> => ({ _id: id })

  it('requires the option userId', () => {
    // @ts-expect-error the users have neither id nor getId()
    honoLogin(createLoginManager({ loadUser: findDoc, secrets }))
    // @ts-expect-error the options that the function returns are checked too
    honoLogin((env: { SECRET: string }) => ({ loadUser: findDoc, secrets: env.SECRET }))
  })

  it('is accepted with the option userId, and keeps the user type', () => {
    const docs = honoLogin(createLoginManager({ loadUser: findDoc, secrets, userId: (user) => user._id }))
    expectTypeOf(docs.auth).returns.toEqualTypeOf<Auth<Doc>>()
    const byEnv = honoLogin((env: { SECRET: string }) => ({
      loadUser: findDoc,
      secrets: env.SECRET,
      userId: (user: Doc) => user._id,
    }))
    expectTypeOf(byEnv.auth).returns.toEqualTypeOf<Auth<Doc>>()
  })
})
