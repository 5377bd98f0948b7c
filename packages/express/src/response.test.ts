// Every way in which a server sends a response. The cookies of a login are set once, beside the headers of the app. If the
// login was not read, the response is the same as without the adapter, byte for byte.
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createLoginManager } from '@fetch-login/core'
import { createTestClock } from '@fetch-login/core/testing'
import { describe, expect, it } from 'vitest'
import { getCookieNames } from '../../core/test/adapters/login'
import { type Handler, hosts } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { send, sendRaw, serve } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const manager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  clock: createTestClock(1_800_000_000),
})
const { loginMiddleware, loginRequired, auth } = expressLogin(manager)

type SendResponse = (res: ServerResponse) => unknown
const createWords = (): Readable => Readable.from(['one ', 'two ', 'three'])

/** Every way in which Node's http can send a response. */
const ways: Readonly<Record<string, SendResponse>> = {
  'end()': (res) => res.end('hello'),
  'end() without a body': (res) => res.end(),
  'end() twice': (res) => res.end('hello') && res.end(),
  'write() and end()': (res) => res.write('hello ') && res.end('you'),
  'a pipe': (res) => createWords().pipe(res),
  'a pipeline': (res) => pipeline(createWords(), res),
  'flushHeaders()': (res) => {
    res.flushHeaders()
    setTimeout(() => res.end('later'), 5)
  },
  'writeHead(status)': (res) => res.writeHead(201).end('hello'),
  'writeHead(status, object)': (res) => res.writeHead(200, { 'X-Own': '1', Vary: 'Origin' }).end('hello'),
  'writeHead(status, message, object)': (res) => res.writeHead(200, 'Fine', { 'X-Own': '1' }).end('hello'),
  'writeHead(status, undefined, object)': (res) => {
    const writeHead = res.writeHead as (status: number, message: undefined, headers: object) => ServerResponse
    writeHead.call(res, 200, undefined, { 'X-Own': '1', 'Set-Cookie': ['a=1', 'b=2'] }).end('hello')
  },
  'writeHead(status, list)': (res) => res.writeHead(200, ['X-Own', '1', 'Vary', 'Origin']).end('hello'),
  'writeHead(status, empty list)': (res) => res.writeHead(200, []).end('hello'),
  'writeHead() over headers that were set': (res) => {
    res.setHeader('X-Own', 'before')
    res.setHeader('Set-Cookie', 'before=1')
    res.writeHead(200, { 'x-own': 'after', 'set-cookie': ['a=1', 'b=2'] }).end('hello')
  },
  'writeHead(status, a name in two spellings)': (res) => {
    res.setHeader('X-Other', '1')
    res.writeHead(200, { 'X-Own': 'one', 'x-own': 'two' }).end('hello')
  },
  'writeHead() and write()': (res) => {
    res.writeHead(200, { 'Content-Type': 'text/plain' })
    res.write('hello ')
    res.end('you')
  },
  'setHeaders()': (res) => res.setHeaders(new Map([['X-Own', '1']])).end('hello'),
  'two cookies of the app': (res) => res.setHeader('Set-Cookie', ['a=1; Path=/', 'b=2']).end('hello'),
  'a cookie of the app': (res) => res.setHeader('set-cookie', 'a=1').end('hello'),
  'appended cookies of the app': (res) => res.appendHeader('Set-Cookie', 'a=1').appendHeader('Set-Cookie', 'b=2').end(),
  'Vary: *': (res) => res.setHeader('Vary', '*').end('hello'),
  'Vary in lines': (res) => res.setHeader('Vary', ['Origin', 'cookie']).end('hello'),
  'Cache-Control of the app': (res) => res.setHeader('Cache-Control', 'private, max-age=9').end('hello'),
  'a redirect': (res) => res.writeHead(302, { Location: '/next' }).end(),
  '204': (res) => res.writeHead(204).end(),
  '304': (res) => {
    res.statusCode = 304
    res.setHeader('ETag', '"a"')
    res.end()
  },
  '404 with a reason phrase of the app': (res) => {
    res.statusCode = 404
    res.statusMessage = 'Not Here'
    res.end('no')
  },
  'informational responses before': (res) => {
    res.writeProcessing()
    res.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' }, () => res.end('hello'))
  },
  'writeHead(1xx) before': (res) => {
    res.writeContinue()
    setTimeout(() => res.end('hello'), 5)
  },
  'a slow response': (res) => setTimeout(() => res.end('hello'), 20),
}

const LOGIN_COOKIE =
  /^__Host-(session|remember_token)=[\w.-]+; (Max-Age=\d+; )?Path=\/; Secure; HttpOnly; SameSite=Lax$/

const getOtherLines = (lines: readonly string[]): string[] =>
  lines
    .filter((line) => !/^(set-cookie|vary|cache-control|clear-site-data):/i.test(line))
    .map((line) => line.toLowerCase())

describe.each(hosts)('$name', ({ create }) => {
  describe.each(Object.entries(ways))('%s', (_way, sendResponse) => {
    const respond: Handler = (_req, res) => void sendResponse(res)
    const logInAndRespond: Handler = async (req, res) => {
      await auth(req).loginUser(alice, { remember: true })
      sendResponse(res)
    }

    it.each(['GET', 'HEAD'])('sends the cookies of a login and all headers of the app to %s', async (method) => {
      const [withLogin, withoutLogin] = [
        await serve(create([loginMiddleware, logInAndRespond])),
        await serve(create([respond])),
      ]
      const [response, bare] = [await send(withLogin, { method }), await send(withoutLogin, { method })]
      expect([response.status, response.message, response.body]).toEqual([bare.status, bare.message, bare.body])
      expect(response.interim).toEqual(bare.interim)
      expect(getOtherLines(response.lines).sort()).toEqual(getOtherLines(bare.lines).sort())
      const loginCookies = response.cookies.filter((line) => LOGIN_COOKIE.test(line))
      expect(getCookieNames(loginCookies)).toEqual(['__Host-session', '__Host-remember_token'])
      expect(response.cookies.filter((line) => !loginCookies.includes(line))).toEqual(bare.cookies)
      expect(response.headers.get('cache-control')).toBe('private, no-store')
      const vary = (bare.headers.get('vary') ?? '').split(', ').filter((name) => name !== '')
      const varies = /\*|cookie/i.test(String(vary)) ? vary : [...vary, 'Cookie']
      expect(response.headers.get('vary')).toBe(varies.join(', '))
    })

    it.each(['GET', 'HEAD'])(
      'sends the same response to %s as without the adapter if the login was not read',
      async (method) => {
        const [with_, without] = [await serve(create([loginMiddleware, respond])), await serve(create([respond]))]
        const headers = { cookie: '__Host-session=x; __Host-remember_token=y', accept: 'text/html' }
        expect(await send(with_, { method, headers })).toEqual(await send(without, { method, headers }))
      },
    )
  })

  it('writeHead() with a list keeps repeated header names', async () => {
    const handler: Handler = async (req, res) => {
      await auth(req).loginUser(alice)
      res.writeHead(200, ['Link', '<a>', 'Link', '<b>', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']).end()
    }
    const { cookies, headers } = await send(await serve(create([loginMiddleware, handler])))
    expect(headers.get('link')).toBe('<a>, <b>')
    expect(getCookieNames(cookies)).toEqual(['a', 'b', '__Host-session'])
  })

  it('writeHead() throws for invalid headers as Node does, and the error response sets the cookies of the login', async () => {
    for (const broken of [{ 'x-bad': 'a\nb' }, { 'bad name': 'a' }, { 'x-bad': undefined as unknown as string }]) {
      const handler: Handler = async (req, res) => {
        await auth(req).loginUser(alice)
        res.writeHead(200, broken).end()
      }
      const { status, cookies } = await send(await serve(create([loginMiddleware, handler])))
      expect([status, getCookieNames(cookies)]).toEqual([500, ['__Host-session']])
    }
  })

  it.each([
    ['an invalid status', (res: ServerResponse) => res.writeHead(42).end()],
    ['an invalid reason phrase', (res: ServerResponse) => res.writeHead(200, 'a\nb').end()],
  ])(
    'writeHead() with %s fails, and the error response sets the cookies of the login once',
    async (_what, sendResponse) => {
      const handler: Handler = async (req, res) => {
        await auth(req).loginUser(alice)
        sendResponse(res)
      }
      const { status, cookies } = await send(await serve(create([loginMiddleware, handler])))
      expect([status, getCookieNames(cookies)]).toEqual([500, ['__Host-session']])
    },
  )

  it('a second writeHead() throws the error of Node', async () => {
    const handler: Handler = (_req, res) => {
      res.writeHead(200)
      expect(() => res.writeHead(200)).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }))
      expect(() => res.setHeader('x', '1')).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }))
      res.end('fine')
    }
    expect((await send(await serve(create([loginMiddleware, handler])))).body).toBe('fine')
  })

  it('each request on one connection receives its own headers', async () => {
    const handler: Handler = async (req, res) => {
      if (req.url === '/in') await auth(req).loginUser(alice)
      res.end(req.url)
    }
    const origin = await serve(create([loginMiddleware, handler]))
    const { text } = await sendRaw(origin, 'GET /in HTTP/1.1', [
      ...['Host: a', '', 'GET /one HTTP/1.1', 'Host: a', '', 'GET /two HTTP/1.1', 'Host: a'],
    ])
    const responses = text.split(/(?=HTTP\/1\.1 200)/)
    expect(
      responses.map((response) => [/set-cookie: __Host-session/i.test(response), response.split('\r\n\r\n')[1]]),
    ).toEqual([
      [true, '/in'],
      [false, '/one'],
      [false, '/two'],
    ])
  })

  it('a refusal of HEAD has the headers of a refusal of GET', async () => {
    const origin = await serve(create([loginMiddleware, loginRequired()]))
    const headers = { accept: 'application/json' }
    const [get, head] = [await send(origin, { headers }), await send(origin, { headers, method: 'HEAD' })]
    expect([head.status, head.body]).toEqual([401, ''])
    expect(head.lines).toEqual(get.lines)
  })
})

// Express sets a header first, and Node then refuses a list of pairs.
describe.each(hosts.filter(({ name }) => !name.startsWith('Express')))('$name', ({ create }) => {
  it('writeHead() accepts a list of pairs, as Node does if no header was set before', async () => {
    const pairs = [
      ['X-Own', '1'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ] as unknown as string[]
    const handler: Handler = async (req, res) => {
      await auth(req).loginUser(alice)
      res.writeHead(200, pairs).end('hello')
    }
    const { cookies, headers } = await send(await serve(create([loginMiddleware, handler])))
    expect(headers.get('x-own')).toBe('1')
    expect(getCookieNames(cookies)).toEqual(['a', 'b', '__Host-session'])
    const respond: Handler = (_req, res) => res.writeHead(200, pairs).end('hello')
    const [with_, without] = [await serve(create([loginMiddleware, respond])), await serve(create([respond]))]
    expect((await send(with_)).lines).toEqual((await send(without)).lines)
  })
})
