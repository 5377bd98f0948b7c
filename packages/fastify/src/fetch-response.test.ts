// Fetch API responses that handlers of Fastify return.
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { BOTH, createSender, expectLoggedIn, getCookieNames, logIn } from '../testing/app'
import { type ReceivedResponse, TRANSPORTS } from '../testing/served'

expectQuietProcess()

describe.each(TRANSPORTS)('%s', (transport) => {
  const send = createSender(transport)

  describe('a Fetch API response that a handler returns', () => {
    const sendWith = (response: () => Response | Promise<Response>, path = '/'): Promise<ReceivedResponse> =>
      send((app) => {
        app.addHook('onRequest', async (_request, reply) => void reply.header('x-reply', '1'))
        app.get('/', async (request) => {
          await logIn(request)
          return response()
        })
        app.get('/varied', async (request, reply) => {
          reply.header('vary', 'Origin').header('cache-control', 'public')
          await logIn(request)
          return response()
        })
      }, path)

    it('keeps its status, headers, cookies and body', async () => {
      const answer = await sendWith(
        () =>
          new Response('made', {
            status: 201,
            headers: [
              ['content-type', 'text/x-own'],
              ['x-own', '1'],
              ['set-cookie', 'one=1'],
              ['set-cookie', 'two=2'],
            ],
          }),
      )
      expect([answer.status, answer.body]).toEqual([201, 'made'])
      expect(['content-type', 'x-own', 'x-reply'].map((name) => answer.headers.get(name))).toEqual([
        'text/x-own',
        '1',
        '1',
      ])
      expect(getCookieNames(answer.cookies).toSorted()).toEqual([...BOTH, 'one', 'two'].toSorted())
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
    })

    it('has the Vary of the reply too, and no Cache-Control that lets caches store a cookie', async () => {
      const headers = { vary: 'Accept-Language', 'cache-control': 'public, max-age=9' }
      const own = await sendWith(() => new Response('own', { headers }))
      expect(own.headers.get('vary')).toBe('Accept-Language, Cookie')
      expect(own.headers.get('cache-control')).toBe('private, no-store')
      const both = await sendWith(() => new Response('both', { headers }), '/varied')
      expect(both.headers.get('vary')).toBe('Origin, Accept-Language, Cookie')
      expect(both.headers.get('cache-control')).toBe('private, no-store')
      const reply = await sendWith(() => new Response('reply'), '/varied')
      expect(reply.headers.get('vary')).toBe('Origin, Cookie')
      expect(reply.headers.get('cache-control')).toBe('private, no-store')
    })

    it('may have immutable headers or no body', async () => {
      const redirect = await sendWith(() => Response.redirect('https://app.test/next', 303))
      expect([redirect.status, redirect.headers.get('location')]).toEqual([303, 'https://app.test/next'])
      expectLoggedIn(redirect)
      const fetched = await sendWith(() => fetch('data:text/plain;charset=utf-8,from%20elsewhere'))
      expect(fetched.body).toBe('from elsewhere')
      expectLoggedIn(fetched)
      expectLoggedIn(await sendWith(() => new Response(null, { status: 204 })))
    })

    it('is not changed for other requests that receive the same object', async () => {
      const shared = new Response(null, { status: 204, headers: { vary: 'Accept' } })
      const first = await sendWith(() => shared)
      expect(first.headers.get('vary')).toBe('Accept, Cookie')
      expect([...shared.headers]).toEqual([['vary', 'Accept']])
    })

    it('does not leave a cacheable cookie if an onSend hook throws and another response is sent', async () => {
      let round = 0
      const answer = await send((app) => {
        app.addHook('onSend', async () => {
          round += 1
          if (round === 1) throw new Error('in the hook')
        })
        app.setErrorHandler(() => new Response('sorry', { status: 500, headers: { vary: 'Accept' } }))
        app.get('/', async (request) => {
          await logIn(request)
          return new Response('in', { headers: { 'cache-control': 'public, max-age=60', vary: 'Origin' } })
        })
      })
      expect([answer.status, answer.body]).toEqual([500, 'sorry'])
      expect(getCookieNames(answer.cookies)).toEqual(BOTH)
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
      expect(answer.headers.get('vary')?.split(', ').toSorted()).toEqual(['Accept', 'Cookie', 'Origin'])
    })

    it('causes the same error as without the plugin if its body was read before', async () => {
      const answer = await sendWith(async () => {
        const response = new Response('read', { headers: { vary: 'Accept' } })
        await response.text()
        return response
      })
      expect([answer.status, JSON.parse(answer.body).code]).toEqual([500, 'FST_ERR_REP_RESPONSE_BODY_CONSUMED'])
      expect(getCookieNames(answer.cookies)).toEqual(BOTH)
    })
  })
})
