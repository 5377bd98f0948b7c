// The type of `request.auth` in an app that imports the entry point for types without registering its own. The user is
// unknown, never any.
import type { Auth } from '@fetch-login/core'
import fastify from 'fastify'
import { expectTypeOf, it } from 'vitest'
import type {} from './register'

it('request.auth is an Auth object whose user is unknown', () => {
  fastify().get('/', async (request) => {
    expectTypeOf(request.auth).toEqualTypeOf<Auth<unknown, null>>()
    expectTypeOf(request.auth.user).toBeUnknown()
    // @ts-expect-error the type of the user is unknown
    request.auth.user.name
    return ''
  })
})
