import { describe, expect, it } from 'vitest'
import { getValues, isLoginCookie, requestFrom, toPairs } from '../../test/node-server'
import { createManager } from '../../test/setup'
import { commitOnHeaders, nodeRequestView, sendResponse } from '../node'

const manager = createManager({ loginView: '/login' })

describe('sendResponse', () => {
  it('sends the status, the headers, every cookie and the body', async () => {
    const response = () => {
      const headers = new Headers({ 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer, Basic' })
      for (const cookie of ['a=1; Path=/', 'b=2', 'a=3']) headers.append('set-cookie', cookie)
      return new Response('{"title":"Grüße"}', { status: 401, headers })
    }
    const { status, raw, body } = await requestFrom((_, res) => {
      res.setHeader('set-cookie', 'own=1')
      res.setHeader('x-own', '1')
      return sendResponse(res, response())
    })
    expect([status, body]).toEqual([401, '{"title":"Grüße"}'])
    expect(getValues(raw, 'set-cookie')).toEqual(['own=1', 'a=1; Path=/', 'b=2', 'a=3'])
    expect(getValues(raw, 'content-type')).toEqual(['application/problem+json'])
    expect(getValues(raw, 'www-authenticate')).toEqual(['Bearer, Basic'])
    expect(getValues(raw, 'content-length')).toEqual(['19'])
    expect(getValues(raw, 'x-own')).toEqual(['1'])
  })

  it.each<[string, string | string[] | undefined, string | undefined, string[]]>([
    ['of the response', undefined, 'Accept', ['Accept']],
    ['of the app', 'Origin', undefined, ['Origin']],
    ['of both', ['Origin', 'accept'], 'Accept, Cookie', ['Origin, accept, Cookie']],
    ['of the app, if it is *', '*', 'Accept', ['*']],
    ['of the response, if it is *', 'Accept', '*', ['*']],
  ])('merges Vary: %s', async (_, own, given, merged) => {
    const { raw } = await requestFrom((_req, res) => {
      if (own !== undefined) res.setHeader('vary', own)
      return sendResponse(res, new Response(null, given === undefined ? {} : { headers: { vary: given } }))
    })
    expect(getValues(raw, 'vary')).toEqual(merged)
  })

  it('sends the cookies and the cache headers of the login', async () => {
    const { status, raw } = await requestFrom(
      async (req, res) => {
        const auth = manager.open(nodeRequestView(req))
        commitOnHeaders(res, auth)
        const decision = await auth.require()
        if (!decision.ok) await sendResponse(res, await decision.respond())
      },
      { headers: { accept: 'text/html' } },
    )
    expect([status, getValues(raw, 'location')]).toEqual([302, ['/login?next=%2Fpage']])
    expect(getValues(raw, 'vary')).toEqual(['Cookie, Accept'])
    expect(getValues(raw, 'cache-control')).toEqual(['private, no-store'])
    expect(toPairs(raw).filter(isLoginCookie)).toHaveLength(1)
  })

  it.each([204, 304])('sends neither a body nor Content-Length with status %d', async (status) => {
    const response = await requestFrom((_, res) => {
      res.setHeader('content-length', '5')
      return sendResponse(res, new Response(null, { status }))
    })
    expect([response.status, response.body, getValues(response.raw, 'content-length')]).toEqual([status, '', []])
  })

  it('removes headers that describe another body', async () => {
    const { raw, body } = await requestFrom((_, res) => {
      const stale = { 'content-length': '999', 'content-encoding': 'gzip', 'content-range': 'bytes 0-1/2' }
      for (const [name, value] of Object.entries(stale)) res.setHeader(name, value)
      return sendResponse(
        res,
        new Response('no', { status: 403, headers: { 'content-language': 'en', 'content-length': '7' } }),
      )
    })
    expect(body).toBe('no')
    expect(getValues(raw, 'content-length')).toEqual(['2'])
    expect([getValues(raw, 'content-encoding'), getValues(raw, 'content-range')]).toEqual([[], []])
    expect(getValues(raw, 'content-language')).toEqual(['en'])
  })

  it('sends one Content-Length, and no header of another connection', async () => {
    const fetched = { 'transfer-encoding': 'chunked', connection: 'keep-alive', 'keep-alive': 'timeout=99' }
    for (const headers of [fetched, {}]) {
      const { raw, body } = await requestFrom((_, res) => {
        if (headers !== fetched) res.setHeader('transfer-encoding', 'chunked')
        return sendResponse(res, new Response('no', { status: 403, headers }))
      })
      expect([body, getValues(raw, 'content-length'), getValues(raw, 'transfer-encoding')]).toEqual(['no', ['2'], []])
      expect(getValues(raw, 'keep-alive')).not.toContain('timeout=99')
    }
  })

  it('sends the Content-Length of the body in the response to HEAD', async () => {
    const response = await requestFrom((_, res) => sendResponse(res, new Response('four')), { method: 'HEAD' })
    expect([response.body, getValues(response.raw, 'content-length')]).toEqual(['', ['4']])
  })

  it('sends Content-Length: 0 with an empty body', async () => {
    const { raw } = await requestFrom((_, res) =>
      sendResponse(res, new Response(null, { status: 302, headers: { location: '/' } })),
    )
    expect([getValues(raw, 'content-length'), getValues(raw, 'transfer-encoding')]).toEqual([['0'], []])
  })

  it('rejects without a change to the response if the body cannot be read', async () => {
    const broken = () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new Uint8Array([1])),
          pull: () => {
            throw new Error('the stream failed')
          },
        }),
        { status: 418, headers: { 'x-own': '1', 'set-cookie': 'a=1' } },
      )
    const { status, raw, body } = await requestFrom((_, res) => sendResponse(res, broken()))
    expect([status, body]).toEqual([500, 'failed: the stream failed'])
    expect([getValues(raw, 'x-own'), getValues(raw, 'set-cookie')]).toEqual([[], []])
    const used = new Response('once')
    await used.text()
    expect((await requestFrom((_, res) => sendResponse(res, used))).status).toBe(500)
  })

  it('does nothing if the response has ended, and rejects with response-sent if it has begun', async () => {
    const outcomes: unknown[] = []
    const ended = await requestFrom(async (_, res) => {
      res.end('too slow')
      outcomes.push(await sendResponse(res, new Response('refused', { status: 403 })))
    })
    const begun = await requestFrom(async (_, res) => {
      res.write('page ')
      outcomes.push(await sendResponse(res, new Response('refused')).catch((error: { code: string }) => error.code))
      res.end('and more')
    })
    expect([ended.status, ended.body, begun.status, begun.body]).toEqual([200, 'too slow', 200, 'page and more'])
    expect(outcomes).toEqual([undefined, 'response-sent'])
  })
})
