// The option `userId` is required if the type of the users has no ID. Checked by tsc (`pnpm typecheck`); nothing here runs.
import { describe, expectTypeOf, it } from 'vitest'
import { bearer, createLoginManager, type LoginManager, type LoginManagerOptions, UserMixin, withLogin } from '../index'

interface Row {
  readonly id: string
}

interface Doc {
  readonly _id: string
}

declare const secrets: string
declare const findRow: (id: string) => Promise<Row | null>
declare const findDoc: (id: string) => Promise<Doc | null>

describe('users without an ID', () => {
  it('require the option userId for every kind of loader', () => {
    // @ts-expect-error the loader is asynchronous and has a declared type
    createLoginManager({ loadUser: findDoc, secrets })
    // @ts-expect-error the loader is synchronous and has an inferred type
    createLoginManager({ loadUser: (id) => ({ _id: id }), secrets })
    // @ts-expect-error the loader may return undefined
    createLoginManager({ loadUser: async (id) => (id === '' ? undefined : { _id: id }), secrets })
    // @ts-expect-error the type argument is explicit
    createLoginManager<Doc>({ loadUser: findDoc, secrets })
    // @ts-expect-error the only loader is a request loader
    createLoginManager({ loadUserFromRequest: async () => ({ _id: 'alice' }), secrets })
    // @ts-expect-error the only loader is one of a list
    createLoginManager({ loadUserFromRequest: [bearer(() => findDoc(''))], secrets })
    // @ts-expect-error undefined is not a function
    createLoginManager({ loadUser: findDoc, secrets, userId: undefined })
    // @ts-expect-error one kind of users has no ID
    createLoginManager({ loadUser: (id): Row | Doc => (id === '' ? { id } : { _id: id }), secrets })
    // @ts-expect-error the options have a declared type
    const options: LoginManagerOptions<Doc> = { loadUser: findDoc, secrets }
    createLoginManager(options)
  })

  it('require it if the ID is not a string, a number or a bigint, or may be missing', () => {
    // @ts-expect-error the ID may be null
    createLoginManager({ loadUser: (id): { id: string | null } => ({ id }), secrets })
    // @ts-expect-error the ID may be missing
    createLoginManager({ loadUser: (id): { id?: string } => ({ id }), secrets })
    // @ts-expect-error the ID is an object
    createLoginManager({ loadUser: (id) => ({ id: { text: id } }), secrets })
    // @ts-expect-error getId() is asynchronous, and takes precedence over the ID
    createLoginManager({ loadUser: (id) => ({ id, getId: async () => id }), secrets })
  })

  it('are accepted with the option userId, which receives the user', () => {
    const manager = createLoginManager({
      loadUser: (id) => (id === '' ? null : { _id: id }),
      secrets,
      userId: (user) => {
        expectTypeOf(user).toEqualTypeOf<{ _id: string }>()
        return user._id
      },
    })
    expectTypeOf(manager).toEqualTypeOf<LoginManager<{ _id: string }>>()
    expectTypeOf(createLoginManager({ userId: (user) => user._id, loadUser: findDoc, secrets })).toEqualTypeOf<
      LoginManager<Doc>
    >()
    const options: LoginManagerOptions<Doc> = { loadUser: findDoc, secrets, userId: (user) => user._id }
    expectTypeOf(createLoginManager(options)).toEqualTypeOf<LoginManager<Doc>>()
  })
})

describe('users with an ID', () => {
  it('do not require the option userId, and may have it', () => {
    expectTypeOf(createLoginManager({ loadUser: findRow, secrets })).toEqualTypeOf<LoginManager<Row>>()
    createLoginManager({ loadUser: findRow, secrets, userId: (user) => `row-${user.id}` })
    createLoginManager({ loadUser: () => ({ id: 1 }), secrets })
    createLoginManager({ loadUser: () => ({ id: 1n }), secrets })
    createLoginManager({ loadUser: () => ({ getId: () => 'alice' }), secrets })
    createLoginManager({
      loadUser: (id): { kind: 'a'; id: string } | { kind: 'b'; id: number } => ({ kind: 'a', id }),
      secrets,
    })
    class Account extends UserMixin {
      readonly id = 1
    }
    expectTypeOf(createLoginManager({ loadUser: () => new Account(), secrets })).toEqualTypeOf<LoginManager<Account>>()
  })

  it('are assumed for users of the types any and unknown, and for a loader that never finds a user', () => {
    createLoginManager({ loadUser: (id) => JSON.parse(id), secrets }).on('userLoggedIn', ({ user }) => {
      expectTypeOf(user).toBeAny()
    })
    expectTypeOf(createLoginManager({ loadUser: (id): unknown => id, secrets })).toEqualTypeOf<LoginManager<unknown>>()
    createLoginManager({ loadUserFromRequest: bearer(() => null), secrets })
  })
})

describe('a wrapper of createLoginManager()', () => {
  const wrap = <User, Guest = null>(options: LoginManagerOptions<User, Guest>) => createLoginManager(options)
  const wrapRest = <User>(options: Omit<LoginManagerOptions<User>, 'secrets'>) =>
    createLoginManager({ ...options, secrets })
  const wrapPart = (options: Partial<LoginManagerOptions<Row>>) =>
    createLoginManager<Row>({ loadUser: findRow, secrets, ...options })
  const wrapLoader = <User extends Row>(loadUser: (id: string) => Promise<User | null>) =>
    createLoginManager<User>({ loadUser, secrets })

  it('infers the user', () => {
    expectTypeOf(wrap({ loadUser: findRow, secrets })).toEqualTypeOf<LoginManager<Row>>()
    expectTypeOf(wrapRest({ loadUser: findRow })).toEqualTypeOf<LoginManager<Row>>()
    expectTypeOf(wrapPart({ loginView: '/login' })).toEqualTypeOf<LoginManager<Row>>()
    expectTypeOf(wrapLoader(findRow)).toEqualTypeOf<LoginManager<Row>>()
    expectTypeOf(wrap({ loadUser: findDoc, secrets, userId: (user) => user._id })).toEqualTypeOf<LoginManager<Doc>>()
    expectTypeOf(wrapRest({ loadUser: findDoc, userId: (user) => user._id })).toEqualTypeOf<LoginManager<Doc>>()
  })

  it('requires the option userId in a call with users without an ID', () => {
    // @ts-expect-error the users have no ID
    wrap({ loadUser: findDoc, secrets })
    // @ts-expect-error the users have no ID
    wrapRest({ loadUser: findDoc })
  })
})

describe('withLogin()', () => {
  it('requires the option userId for the options that a function of the bindings returns', () => {
    withLogin(
      (env: { SECRET: string }) => ({ loadUser: findRow, secrets: env.SECRET }),
      (_request, auth) => {
        expectTypeOf(auth.user).toEqualTypeOf<Row>()
        return new Response()
      },
    )
    withLogin(
      // @ts-expect-error the users have no ID
      (env: { SECRET: string }) => ({ loadUser: findDoc, secrets: env.SECRET }),
      () => new Response(),
    )
  })
})
