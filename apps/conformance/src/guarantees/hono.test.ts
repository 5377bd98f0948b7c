// Tests the guarantees that all adapters share, over Hono.

import { honoLogin } from '@fetch-login/hono'
import { type Context, Hono } from 'hono'
import { describe } from 'vitest'
import { GUARDED, ROUTES, testGuarantees } from './cases'

describe('Hono', () => {
  testGuarantees(async ({ manager, handle, onError }) => {
    const { loginMiddleware, loginRequired, auth } = honoLogin(manager)
    const respond = async (c: Context): Promise<Response> => {
      await handle(auth(c))
      return c.text('ok')
    }
    const app = new Hono().use(loginMiddleware)
    for (const path of ROUTES) app.all(path, respond)
    app.all(GUARDED, loginRequired(), respond)
    app.onError((error, c) => {
      onError(error)
      return c.body(null, 500)
    })
    return async (request) => app.fetch(request)
  })
})
