// The type of `req.auth` in an app that imports the entry point for types without registering its own. The user is unknown,
// never any.
import type { Auth } from '@fetch-login/core'
import express from 'express'
import { expectTypeOf, it } from 'vitest'
import type {} from './register'

it('req.auth is an Auth object whose user is unknown', () => {
  express().get('/', async (req, res) => {
    expectTypeOf(req.auth).toEqualTypeOf<Auth<unknown, null>>()
    expectTypeOf(req.auth.user).toBeUnknown()
    // @ts-expect-error the type of the user is unknown
    req.auth.user.name
    res.end()
  })
})
