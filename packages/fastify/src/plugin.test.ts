// loginPlugin in a real Fastify app.
import type { Auth } from '@fetch-login/core'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { auth, createApp, type User } from '../testing/app'
import { serve, TRANSPORTS } from '../testing/served'

expectQuietProcess()

describe.each(TRANSPORTS)('%s', (transport) => {
  describe('a forged request in Fastify', () => {
    it('is refused before its body is read, in every scope', async () => {
      let runs = 0
      const { send } = await serve(
        await createApp((app) =>
          app.post('/', () => {
            runs += 1
            return 'done'
          }),
        ),
        transport,
      )
      const forged = { 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' }
      const response = await send('/', { method: 'POST', headers: forged, body: '{broken' })
      expect(response.status).toBe(403)
      expect(response.headers.get('cache-control')).toBe('private, no-store')
      const origin = await send('/', { method: 'POST', headers: { origin: 'https://evil.test' } })
      expect(origin.status).toBe(403)
      expect(runs).toBe(0)
    })
  })

  it('creates a separate Auth object for each request in a declared property', async () => {
    const seen = new Set<unknown>()
    const { send } = await serve(
      await createApp((app) => {
        expect(app.hasRequestDecorator('auth')).toBe(true)
        expect(app.hasPlugin('@fetch-login/fastify')).toBe(true)
        app.get('/', (request) => {
          const decorated = request.getDecorator<Auth<User>>('auth')
          expect(decorated).toBe(auth(request))
          seen.add(decorated)
          return ''
        })
      }),
      transport,
    )
    await Promise.all([send('/'), send('/')])
    expect(seen.size).toBe(2)
  })
})
