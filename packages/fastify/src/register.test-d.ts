// The type of `request.auth` in an app that registers its types. A registration applies to a whole program, so this file is
// compiled separately.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Auth } from '@fetch-login/core'
import fastify from 'fastify'
import { Type } from 'typebox'
import { describe, expectTypeOf, it } from 'vitest'

interface User {
  readonly id: string
  readonly role: 'admin' | 'reader'
}

class Visitor {
  readonly cart: readonly string[] = []
}

declare module './register' {
  interface Register {
    user: User
    guest: Visitor
  }
}

describe('request.auth', () => {
  it('is the Auth object with the types of the app, in every handler and hook', () => {
    const app = fastify()
    app.addHook('onResponse', async ({ auth }) => expectTypeOf(auth).toEqualTypeOf<Auth<User, Visitor>>())
    app.get<{ Params: { id: string } }>('/posts/:id', async (request) => {
      expectTypeOf(request.auth).not.toBeAny()
      expectTypeOf(request.auth).toEqualTypeOf<Auth<User, Visitor>>()
      expectTypeOf(request.auth.user).toEqualTypeOf<User>()
      expectTypeOf(await request.auth.currentUser()).toEqualTypeOf<User | Visitor>()
      expectTypeOf(request.params).toEqualTypeOf<{ id: string }>()
      return ''
    })
  })

  it('keeps the types of a type provider', () => {
    const schema = { params: Type.Object({ id: Type.Integer() }) }
    fastify()
      .withTypeProvider<TypeBoxTypeProvider>()
      .get('/:id', { schema }, (request) => {
        expectTypeOf(request.auth.user).toEqualTypeOf<User>()
        expectTypeOf(request.params).toEqualTypeOf<{ id: number }>()
        return ''
      })
  })

  it('is read-only', () => {
    fastify().get('/', (request) => {
      // @ts-expect-error the property is read-only
      request.auth = null
    })
  })
})
