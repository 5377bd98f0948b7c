// `req.auth` where the app asks for it and does not say what it holds: a user of no known type, and never any.
import type { Auth } from '@fetch-login/core'
import express from 'express'
import { expectTypeOf, it } from 'vitest'
import type {} from './register'

it('the handle has a user of whom nothing is known', () => {
  express().get('/', async (req, res) => {
    expectTypeOf(req.auth).toEqualTypeOf<Auth<unknown, null>>()
    expectTypeOf(req.auth.user).toBeUnknown()
    // @ts-expect-error nobody said that there is a name
    req.auth.user.name
    res.end()
  })
})
