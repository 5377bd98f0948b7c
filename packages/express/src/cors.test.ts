// OPTIONS behind guards, and the cors middleware in front of them.
import { createServer } from 'node:http'
import { createLoginManager } from '@fetch-login/core'
import cors from 'cors'
import type { RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { expressVersions } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { listen, send } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

const CLIENT = 'https://client.test'
const PREFLIGHT = {
  method: 'OPTIONS',
  headers: { origin: CLIENT, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-own' },
}

describe.each(expressVersions)('%s', (_, create) => {
  const { loginMiddleware, loginRequired, auth } = expressLogin(
    createLoginManager({
      secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
      loadUser: (id): { id: string } => ({ id }),
    }),
  )
  const createApp = async (...before: RequestHandler[]) => {
    const ran: string[] = []
    const app = create()
    for (const one of before) app.use(one)
    app.use(loginMiddleware)
    app.all('/secret', loginRequired(), (req, res) => {
      ran.push(auth(req).user.id)
      res.end('secret')
    })
    return { ran, origin: await listen(createServer(app)) }
  }

  it('refuses OPTIONS without a login with 401 behind app.all, a CORS preflight included, and does not run a handler', async () => {
    const { ran, origin } = await createApp()
    for (const init of [{ method: 'OPTIONS' }, PREFLIGHT])
      expect((await send(`${origin}/secret`, init)).status).toBe(401)
    expect(ran).toEqual([])
  })

  it('leaves preflights to cors() in front of it, which sets its headers on refusals too', async () => {
    const { ran, origin } = await createApp(cors({ origin: CLIENT, credentials: true }))
    const preflight = await send(`${origin}/secret`, PREFLIGHT)
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, CLIENT])
    const refused = await send(`${origin}/secret`, { headers: { origin: CLIENT } })
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, CLIENT])
    expect(ran).toEqual([])
  })
})
