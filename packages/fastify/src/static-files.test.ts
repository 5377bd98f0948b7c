// Files of @fastify/static behind a guard.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import { createLoginManager } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import Fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { serve } from '../testing/served'
import { fastifyLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'))
  await writeFile(join(folder, 'report.txt'), 'secret')
})
afterAll(() => rm(folder, { recursive: true }))

/** Creates an app that serves the same files with and without a guard. */
async function start() {
  const manager = createLoginManager<User>({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id) => ({ id }),
  })
  const { loginPlugin, loginRequired, auth } = fastifyLogin(manager)
  const app = Fastify()
  await app.register(loginPlugin)
  await app.register(async (scope) => {
    scope.addHook('onRequest', loginRequired())
    scope.addHook('onRequest', async (request) => {
      if ((request.query as { seen?: string }).seen === '1') await auth(request).flash('You opened the report.')
    })
    await scope.register(fastifyStatic, { root: folder, prefix: '/private/', maxAge: '1h', decorateReply: false })
  })
  await app.register(fastifyStatic, { root: folder, prefix: '/open/', maxAge: '1h', decorateReply: false })
  const site = await serve(app)
  return createTestClient<User>(site.fetch, { manager, origin: site.origin })
}

describe('a file of @fastify/static', () => {
  it('behind a guard is private, and browsers may store it for maxAge', async () => {
    const browser = await start()
    expect((await browser.get('/private/report.txt')).status).toBe(401)
    await browser.loginAs(alice)
    const response = await browser.get('/private/report.txt')
    expect([response.status, await response.text()]).toEqual([200, 'secret'])
    expect(response.headers.get('cache-control')).toBe('private, max-age=3600')
  })

  it('behind a guard is not stored by any cache if the response sets a cookie of the login', async () => {
    const browser = await start()
    await browser.loginAs(alice)
    const { headers } = await browser.get('/private/report.txt?seen=1')
    expect(headers.getSetCookie()).toHaveLength(1)
    expect(headers.get('cache-control')).toBe('private, no-store')
  })

  it('without a guard is public, as @fastify/static sets it', async () => {
    const browser = await start()
    await browser.loginAs(alice)
    const { headers } = await browser.get('/open/report.txt')
    expect([headers.get('cache-control'), headers.getSetCookie()]).toEqual(['public, max-age=3600', []])
  })
})
