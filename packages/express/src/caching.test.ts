// Caches and speculative requests on Express, with its own file server.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLoginManager } from '@fetch-login/core'
import { commit } from '@fetch-login/core/adapter'
import express from 'express'
import { describe, expect, it } from 'vitest'
import { expressVersions } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { listen, send } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const PREFETCH = { purpose: 'prefetch', accept: 'text/html' }
const folder = mkdtempSync(join(tmpdir(), 'files-'))
writeFileSync(join(folder, 'report.txt'), 'secret')

describe.each(expressVersions)('%s', (_, create) => {
  const manager = createLoginManager({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id): User => ({ id }),
    loginView: '/login',
    session: { renew: 'everyRequest' },
  })
  const { loginMiddleware, loginRequired, auth } = expressLogin(manager)
  const app = create()
  app.use(loginMiddleware)
  app.use('/private', loginRequired(), express.static(folder, { maxAge: '1h' }))
  app.use('/default', loginRequired(), express.static(folder))
  app.use('/shared', loginRequired({ cache: 'public' }), express.static(folder, { maxAge: '1h' }))
  app.use('/open', express.static(folder, { maxAge: '1y', immutable: true }))
  app.get('/in', async (req, res) => {
    await auth(req).loginUser({ id: 'alice' })
    res.set('Cache-Control', 'public, max-age=60').send('in')
  })
  app.get('/late', async (req, res) => {
    res.write('begun ')
    res.end(
      await auth(req)
        .currentUser()
        .then(
          () => 'read',
          (error) => error.code,
        ),
    )
  })
  app.get('/early', async (req, res) => {
    await auth(req).currentUser()
    res.write('begun ')
    res.end((await auth(req).currentUser())?.id)
  })
  const logged: unknown[] = []
  app.get('/logged', (req, res) => {
    res.on('finish', async () => logged.push((await auth(req).currentUser())?.id))
    res.end()
  })
  const started = listen(createServer(app))

  const visit = async (path: string, headers: Record<string, string> = {}, permanent = false) => {
    const opened = manager.open(new Request('http://app.test/'))
    await opened.loginUser({ id: 'alice' }, { permanent })
    const cookie = commit(opened, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    return send((await started) + path, { headers: { cookie, ...headers } })
  }

  it('never lets shared caches store a file behind a guard, whatever headers express.static sets', async () => {
    expect((await visit('/private/report.txt')).headers.get('cache-control')).toBe('private, max-age=3600')
    expect((await visit('/default/report.txt')).headers.get('cache-control')).toBe('private, no-store')
    expect((await visit('/shared/report.txt')).headers.get('cache-control')).toBe('public, max-age=3600')
  })

  it('does not renew the session in the response of a public file', async () => {
    const { cookies, headers } = await visit('/open/report.txt', {}, true)
    expect([cookies, headers.get('cache-control')]).toEqual([[], 'public, max-age=31536000, immutable'])
  })

  it('sends a login with private, no-store and Clear-Site-Data, whatever the app sets', async () => {
    const { headers } = await visit('/in')
    expect(headers.get('cache-control')).toBe('private, no-store')
    expect(headers.get('clear-site-data')).toBe('"prefetchCache", "prerenderCache"')
  })

  it('responds to the prefetch of a guarded page with 401 and no cookie if the request is anonymous', async () => {
    const { status, cookies } = await send(`${await started}/private/report.txt`, { headers: PREFETCH })
    expect([status, cookies]).toEqual([401, []])
  })

  it('rejects the first read of the user after a stream has begun', async () => {
    expect((await visit('/late')).body).toBe('begun response-sent')
    const early = await visit('/early')
    expect([early.body, early.headers.get('cache-control')]).toEqual(['begun alice', 'private, no-store'])
  })

  it('lets a log read the user after the response was sent', async () => {
    await visit('/logged')
    await expect.poll(() => logged).toEqual(['alice'])
  })
})
