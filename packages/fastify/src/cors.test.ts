// OPTIONS behind guards, and @fastify/cors in front of them.
import cors from '@fastify/cors'
import { createLoginManager } from '@fetch-login/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { serve, TRANSPORTS } from '../testing/served'
import { fastifyLogin } from './index'

expectQuietProcess()

const CLIENT = 'https://client.test'
const PREFLIGHT = {
  method: 'OPTIONS',
  headers: { origin: CLIENT, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-own' },
}

const { loginPlugin, loginRequired, auth } = fastifyLogin(
  createLoginManager({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id): { id: string } => ({ id }),
  }),
)

async function createApp(before: (app: FastifyInstance) => unknown) {
  const ran: string[] = []
  const app = Fastify()
  await before(app)
  await app.register(loginPlugin)
  app.addHook('onRequest', loginRequired())
  app.all('/secret', async (request) => {
    ran.push(auth(request).user.id)
    return 'secret'
  })
  return { ran, app }
}

describe.each(TRANSPORTS)('%s', (transport) => {
  it('refuses OPTIONS without a login with 401 behind app.all, a CORS preflight included, and does not run a handler', async () => {
    const { ran, app } = await createApp(() => undefined)
    const { send } = await serve(app, transport)
    for (const init of [{ method: 'OPTIONS' }, PREFLIGHT]) expect((await send('/secret', init)).status).toBe(401)
    expect(ran).toEqual([])
  })

  it('leaves preflights to @fastify/cors in front of it, which sets its headers on refusals too', async () => {
    const { ran, app } = await createApp((one) => one.register(cors, { origin: CLIENT, credentials: true }))
    const { send } = await serve(app, transport)
    const preflight = await send('/secret', PREFLIGHT)
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, CLIENT])
    const refused = await send('/secret', { headers: { origin: CLIENT } })
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, CLIENT])
    expect(ran).toEqual([])
  })
})
