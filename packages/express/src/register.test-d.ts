// `req.auth` where the app says what it holds. Compiled by itself: what is registered holds for a whole program.
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
  it('is the handle of the app, in every handler and with every parameter', () => {
    express().get('/posts/:id', async (req, res) => {
      expectTypeOf(req.auth).not.toBeAny()
      expectTypeOf(req.auth).toEqualTypeOf<Auth<User, Visitor>>()
      expectTypeOf(req.auth.user).toEqualTypeOf<User>()
      expectTypeOf(await req.auth.currentUser()).toEqualTypeOf<User | Visitor>()
      expectTypeOf(req.params).toEqualTypeOf<{ id: string }>()
      res.end()
    })
  })

  it('is not to be replaced', () => {
    express().get('/', (req) => {
      // @ts-expect-error the handle stays
      req.auth = null
    })
  })
})
