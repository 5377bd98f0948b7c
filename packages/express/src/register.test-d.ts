// The type of `req.auth` in an app that registers its types. A registration applies to a whole program, so this file is
// compiled separately.
import type { Auth } from '@fetch-login/core'
import express from 'express'
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

describe('req.auth', () => {
  it('is the Auth object with the types of the app, in every handler', () => {
    express().get('/posts/:id', async (req, res) => {
      expectTypeOf(req.auth).not.toBeAny()
      expectTypeOf(req.auth).toEqualTypeOf<Auth<User, Visitor>>()
      expectTypeOf(req.auth.user).toEqualTypeOf<User>()
      expectTypeOf(await req.auth.currentUser()).toEqualTypeOf<User | Visitor>()
      expectTypeOf(req.params).toEqualTypeOf<{ id: string }>()
      res.end()
    })
  })

  it('is read-only', () => {
    express().get('/', (req) => {
      // @ts-expect-error the property is read-only
      req.auth = null
    })
  })
})
