// loginPlugin in a real Fastify app.
import type { Auth } from '@fetch-login/core'
import { describe, expect, it } from 'vitest'
import { auth, created, type User } from '../testing/app'
import { expectQuietProcess } from '../testing/quiet'
import { served, WAYS } from '../testing/served'

expectQuietProcess()

describe.each(WAYS)('%s', (way) => {
  describe('a forged request in Fastify', () => {
    it('is refused before its body is read, in every scope', async () => {
      let runs = 0
      const { ask } = await served(
        await created((app) =>
          app.post('/', () => {
            runs += 1
            return 'done'
          }),
        ),
        way,
      )
      const forged = { 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' }
      const answer = await ask('/', { method: 'POST', headers: forged, body: '{broken' })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
      const origin = await ask('/', { method: 'POST', headers: { origin: 'https://evil.test' } })
      expect(origin.status).toBe(403)
      expect(runs).toBe(0)
    })
  })

  it('creates a separate Auth object for each request in a declared property', async () => {
    const seen = new Set<unknown>()
    const { ask } = await served(
      await created((app) => {
        expect(app.hasRequestDecorator('auth')).toBe(true)
        expect(app.hasPlugin('@fetch-login/fastify')).toBe(true)
        app.get('/', (request) => {
          const handle = request.getDecorator<Auth<User>>('auth')
          expect(handle).toBe(auth(request))
          seen.add(handle)
          return ''
        })
      }),
      way,
    )
    await Promise.all([ask('/'), ask('/')])
    expect(seen.size).toBe(2)
  })
})
