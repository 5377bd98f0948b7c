// `request.auth` where the app asks for it and does not say what it holds: a user of no known type, and never any.
import type { Auth } from '@fetch-login/core'
import fastify from 'fastify'
import { expectTypeOf, it } from 'vitest'
import type {} from './register'

it('the handle has a user of whom nothing is known', () => {
  fastify().get('/', async (request) => {
    expectTypeOf(request.auth).toEqualTypeOf<Auth<unknown, null>>()
    expectTypeOf(request.auth.user).toBeUnknown()
    // @ts-expect-error nobody said that there is a name
    request.auth.user.name
    return ''
  })
})
