// Tests every way to send headers, with real servers and sockets. The headers include the cookies of the login once,
// and the headers of the app. A response whose handler never reads the login is unchanged.
import { once } from 'node:events'
import { request, type ServerResponse } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import {
  getValues,
  type Handler,
  isLoginCookie,
  type ReceivedResponse,
  type RequestOptions,
  requestFrom,
  serve,
  toPairs,
} from '../../test/node-server'
import { alice, createManager, type User } from '../../test/setup'
import { checkRequest } from '../adapter'
import type { Auth } from '../index'
import { commitOnHeaders, nodeRequestView, sendResponse } from '../node'

const manager = createManager({ loginView: '/login' })

/** Its login completes after the handler. */
const slowManager = createManager({ isActive: async () => true })

/** Returns a handler that opens a login, runs an operation of it, and calls the given handler. */
const withOperation =
  (handler: Handler, operation: (auth: Auth<User>) => unknown): Handler =>
  async (req, res) => {
    const auth = manager.open(nodeRequestView(req))
    commitOnHeaders(res, auth)
    expect(await checkRequest(auth)).toBeNull()
    await operation(auth)
    return handler(req, res)
  }

const withUnusedLogin = (handler: Handler): Handler => withOperation(handler, () => {})
const withLoginUser = (handler: Handler): Handler =>
  withOperation(handler, (auth) => auth.loginUser(alice, { remember: true }))

/** Returns the headers without those that a login adds, and without a correct length of the body. */
const getOtherHeaders = ({ raw, body }: ReceivedResponse): string[] =>
  toPairs(raw)
    .filter((line) => !isLoginCookie(line) && !['vary', 'cache-control', 'clear-site-data'].includes(line[0]))
    .map((line) => line.join(': '))
    .filter((line) => line !== `content-length: ${body.length}` && line !== 'transfer-encoding: chunked')
    .toSorted()

const getMergedVary = (bare: readonly string[]): string => {
  const names = getValues(bare, 'vary').join(', ')
  return names.includes('*') ? '*' : names === '' ? 'Cookie' : `${names}, Cookie`
}

/** Calls `writeHead()` with arguments that its types reject. */
const writeHeadWith = (res: ServerResponse, ...args: unknown[]): ServerResponse =>
  (res.writeHead as (...all: unknown[]) => ServerResponse)(...args)

const WRITES: Readonly<Record<string, readonly [write: (res: ServerResponse) => unknown, sent?: RequestOptions]>> = {
  'end()': [(res) => res.end()],
  'end() with a body': [(res) => res.end('body')],
  'write() and end()': [
    (res) => {
      res.write('one')
      res.end('two')
    },
  ],
  'a stream': [(res) => void Readable.from(['one', 'two']).pipe(res)],
  'flushHeaders()': [
    (res) => {
      res.flushHeaders()
      res.end('late')
    },
  ],
  'end() after a status and a message were set': [
    (res) => {
      res.statusCode = 201
      res.statusMessage = 'Made'
      res.end()
    },
  ],
  'writeHead() with a status': [(res) => res.writeHead(202).end('body')],
  'writeHead() with a message': [(res) => res.writeHead(200, 'Fine').end('body')],
  'writeHead() with an object': [(res) => res.writeHead(200, { 'X-Own': '1', 'content-length': 4 }).end('body')],
  'writeHead() with a message and an object': [(res) => res.writeHead(200, 'Fine', { 'X-Own': '1' }).end('body')],
  'writeHead() with undefined and an object': [
    (res) => writeHeadWith(res, 200, undefined, { 'X-Own': '1' }).end('body'),
  ],
  'writeHead() with null and an object': [(res) => writeHeadWith(res, 200, null, { 'X-Own': '1' }).end('body')],
  'writeHead() with headers undefined': [(res) => writeHeadWith(res, 200, undefined).end('body')],
  'writeHead() with a message and headers undefined': [(res) => writeHeadWith(res, 200, 'Fine', undefined).end('body')],
  'writeHead() with a status in a string': [(res) => writeHeadWith(res, '203', { 'X-Own': '1' }).end('body')],
  'writeHead() with a flat list': [(res) => res.writeHead(200, ['X-Own', '1', 'X-Other', '2']).end('body')],
  'writeHead() with a message and a flat list': [(res) => res.writeHead(200, 'Fine', ['X-Own', '1']).end('body')],
  'writeHead() with one name twice in a flat list': [(res) => res.writeHead(200, ['X-Own', '1', 'x-own', '2']).end()],
  'writeHead() with an empty list': [(res) => res.writeHead(200, []).end('body')],
  'writeHead() with pairs': [
    (res) =>
      writeHeadWith(res, 200, [
        ['X-Own', '1'],
        ['X-Own', '2'],
      ]).end('body'),
  ],
  'writeHead() with lists as values': [(res) => res.writeHead(200, { 'X-Own': ['1', '2'] }).end('body')],
  'writeHead() with a header that was set before': [
    (res) => {
      res.setHeader('X-Own', 'before')
      res.setHeader('x-kept', '1')
      res.writeHead(200, { 'X-Own': 'after' }).end()
    },
  ],
  'writeHeader(), the deprecated alias': [
    (res) => (res as unknown as { writeHeader: typeof res.writeHead }).writeHeader(200, { 'X-Own': '1' }).end('body'),
  ],
  'a cookie of the app': [
    (res) => {
      res.setHeader('Set-Cookie', 'own=1; Path=/')
      res.end()
    },
  ],
  'cookies of the app in a list': [
    (res) => {
      res.setHeader('set-cookie', ['own=1', 'own=2'])
      res.end()
    },
  ],
  'cookies of the app, appended': [
    (res) => {
      res.appendHeader('Set-Cookie', 'own=1')
      res.appendHeader('set-cookie', 'own=2')
      res.end()
    },
  ],
  'cookies in the object of writeHead()': [(res) => res.writeHead(200, { 'Set-Cookie': ['own=1', 'own=2'] }).end()],
  'cookies in the flat list of writeHead()': [
    (res) => res.writeHead(200, ['Set-Cookie', 'own=1', 'set-cookie', 'own=2']).end(),
  ],
  'Vary of the app': [
    (res) => {
      res.setHeader('Vary', 'Accept-Encoding')
      res.end()
    },
  ],
  'Vary of the app in a list': [
    (res) => {
      res.setHeader('Vary', ['Accept', 'Origin'])
      res.end()
    },
  ],
  'Vary: *': [
    (res) => {
      res.setHeader('Vary', '*')
      res.end()
    },
  ],
  'Vary in writeHead()': [(res) => res.writeHead(200, { vary: 'Accept' }).end()],
  'Vary in the flat list of writeHead()': [(res) => res.writeHead(200, ['VARY', 'Accept']).end()],
  'a redirect': [(res) => res.writeHead(302, { location: '/next' }).end()],
  'no content': [(res) => res.writeHead(204).end()],
  'not modified': [
    (res) => {
      res.statusCode = 304
      res.setHeader('etag', '"1"')
      res.end()
    },
  ],
  'a HEAD request': [(res) => res.writeHead(200, { 'content-length': 4 }).end('body'), { method: 'HEAD' }],
  'an HTML page': [
    (res) => {
      res.setHeader('content-type', 'text/html; charset=utf-8')
      res.end('<p>')
    },
  ],
  'end() after 100 Continue': [
    (res) => {
      res.writeContinue()
      res.end('body')
    },
  ],
  'writeHead() after 102 and 103': [
    (res) => {
      res.writeProcessing()
      res.writeEarlyHints({ link: '</a.css>; rel=preload' })
      res.writeHead(200, { 'X-Own': '1' }).end('body')
    },
  ],
  'a response after writeHead() threw for a header': [
    (res) => {
      expect(() => res.writeHead(200, { 'content-length': '99', 'x-own': 'line\nbreak' })).toThrow(/Invalid character/)
      // Node keeps the message of the response that it refused.
      res.statusMessage = 'Sorry'
      res.statusCode = 500
      res.end('sorry')
    },
  ],
  'a response after writeHead() threw for a list': [
    (res) => {
      expect(() => res.writeHead(200, ['content-length', '99', 'x-own'])).toThrow(TypeError)
      // Node keeps the message of the response that it refused.
      res.statusMessage = 'Sorry'
      res.statusCode = 500
      res.end('sorry')
    },
  ],
  'a response after writeHead() threw for a status': [
    (res) => {
      expect(() => res.writeHead(1200)).toThrow(RangeError)
      res.statusCode = 500
      res.end('sorry')
    },
  ],
  'a response after writeHead() threw for a message': [
    (res) => {
      expect(() => res.writeHead(200, 'line\nbreak')).toThrow(/Invalid character/)
      res.statusMessage = 'Sorry'
      res.statusCode = 500
      res.end('sorry')
    },
  ],
  'writeHead() before a second call, which throws': [
    (res) => {
      res.writeHead(200, { 'X-Own': '1' })
      expect(() => res.writeHead(500, { 'X-Own': '2' })).toThrow(
        expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }),
      )
      res.end('first')
    },
  ],
}

describe.each(Object.entries(WRITES))('a response that is sent by %s', (_way, [write, sent]) => {
  const handler: Handler = (_, res) => write(res)

  it('is unchanged if the handler never reads the login', async () => {
    expect(await requestFrom(withUnusedLogin(handler), sent)).toEqual(await requestFrom(handler, sent))
  })

  it('has the cookies of a login once, and every header that the handler set', async () => {
    const bare = await requestFrom(handler, sent)
    const response = await requestFrom(withLoginUser(handler), sent)
    expect({ ...response, raw: [] }).toEqual({ ...bare, raw: [] })
    expect(
      toPairs(response.raw)
        .filter(isLoginCookie)
        .map(([, value]) => value.split('=')[0]),
    ).toEqual(['__Host-session', '__Host-remember_token'])
    expect(getOtherHeaders(response)).toEqual(getOtherHeaders(bare))
    expect(getValues(response.raw, 'vary')).toEqual([getMergedVary(bare.raw)])
    expect(getValues(response.raw, 'cache-control')).toEqual(['private, no-store'])
  })
})

describe('Cache-Control of the app', () => {
  it.each<[string, (res: ServerResponse) => unknown]>([
    [
      'set by setHeader()',
      (res) => {
        res.setHeader('Cache-Control', 'public, max-age=5')
        res.end()
      },
    ],
    ['in an object of writeHead()', (res) => res.writeHead(200, { 'CACHE-CONTROL': 'public, max-age=5' }).end()],
    ['in a flat list of writeHead()', (res) => res.writeHead(200, ['cache-control', 'public, max-age=5']).end()],
    ['in pairs of writeHead()', (res) => writeHeadWith(res, 200, [['Cache-Control', 'public, max-age=5']]).end()],
  ])('%s becomes private if the login was read, and private, no-store if a cookie is set', async (_, write) => {
    const read = await requestFrom(
      withOperation(
        (_req, res) => write(res),
        (auth) => auth.require(),
      ),
    )
    expect(getValues(read.raw, 'cache-control')).toEqual(['private, max-age=5'])
    const login = await requestFrom(withLoginUser((_req, res) => write(res)))
    expect(getValues(login.raw, 'cache-control')).toEqual(['private, no-store'])
    expect(toPairs(login.raw).filter(isLoginCookie)).toHaveLength(2)
  })
})

describe('commitOnHeaders', () => {
  it('does not write a cookie to a response with status 101', async () => {
    const switching: Handler = (_, res) => {
      res.writeHead(101, { connection: 'upgrade', upgrade: 'own' })
      res.end()
    }
    const port = await serve(withLoginUser(switching))
    const socket = connectSocket(port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: app.test\r\nConnection: upgrade\r\nUpgrade: own\r\n\r\n')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    await once(socket, 'data')
    socket.destroy()
    expect(text).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n/)
    expect(text.toLowerCase()).not.toContain('set-cookie')
  })

  it('rejects a change after the headers were sent with response-sent', async () => {
    const late: unknown[] = []
    await requestFrom(async (req, res) => {
      const auth = manager.open(nodeRequestView(req))
      commitOnHeaders(res, auth)
      res.write('begun')
      for (const one of [auth.loginUser(alice), auth.flash('x'), auth.logoutUser()])
        late.push(await one.catch((error: { code: string }) => error.code))
      res.end()
    })
    expect(late).toEqual(['response-sent', 'response-sent', 'response-sent'])
  })

  it('rejects a change if the headers were sent before commitOnHeaders() was called', async () => {
    const late: unknown[] = []
    const response = await requestFrom(async (req, res) => {
      res.write('begun')
      const auth = manager.open(nodeRequestView(req))
      await auth.currentUser()
      await auth.flash('lost with the headers')
      commitOnHeaders(res, auth)
      late.push(await auth.loginUser(alice).catch((error: { code: string }) => error.code))
      expect(() => res.writeHead(500)).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }))
      res.end()
    })
    expect(late).toEqual(['response-sent'])
    expect([response.status, response.body, toPairs(response.raw).filter(isLoginCookie)]).toEqual([200, 'begun', []])
  })

  it('does not write a cookie of a login that has not completed', async () => {
    const { raw } = await requestFrom(async (req, res) => {
      const auth = slowManager.open(nodeRequestView(req))
      commitOnHeaders(res, auth)
      const login = auth.loginUser(alice, { remember: true })
      res.end()
      await expect(login).rejects.toMatchObject({ code: 'response-sent' })
    })
    expect(toPairs(raw).filter(isLoginCookie)).toEqual([])
  })

  it('keeps the headers of the login, and no header passed to writeHead(), after writeHead() threw', async () => {
    const { raw } = await requestFrom(async (req, res) => {
      const auth = manager.open(nodeRequestView(req))
      commitOnHeaders(res, auth)
      await auth.loginUser(alice)
      res.setHeader('Set-Cookie', 'before=1')
      const given = { 'Content-Length': '3', 'X-Own': '1', 'Set-Cookie': 'a=1', Vary: 'Origin' }
      expect(() => res.writeHead(9999, { ...given, 'Cache-Control': 'public, max-age=60' })).toThrow(RangeError)
      res.setHeader('Vary', 'Accept')
      res.writeHead(500, { 'Cache-Control': 'public, max-age=60' }).end('failed')
    })
    expect(getValues(raw, 'cache-control')).toEqual(['private, no-store'])
    expect(getValues(raw, 'vary').join()).toContain('Cookie')
    expect(getValues(raw, 'set-cookie')).toEqual(['before=1', expect.stringMatching(/^__Host-session=/)])
    expect(getValues(raw, 'content-length')).not.toContain('3')
    expect(getValues(raw, 'x-own')).toEqual([])
    expect(toPairs(raw).filter(isLoginCookie)).toHaveLength(1)
  })

  it('writes the headers once if it is called twice', async () => {
    const { raw } = await requestFrom(async (req, res) => {
      const auth = manager.open(nodeRequestView(req))
      commitOnHeaders(res, auth)
      commitOnHeaders(res, auth)
      await auth.loginUser(alice)
      res.writeHead(200, { 'X-Own': '1' }).end()
    })
    expect(toPairs(raw).filter(isLoginCookie)).toHaveLength(1)
    expect(getValues(raw, 'x-own')).toEqual(['1'])
  })

  it('keeps headers that were set before if writeHead() throws for another header', async () => {
    const { raw } = await requestFrom(
      withLoginUser((_, res) => {
        res.setHeader('x-own', ['1', '2'])
        expect(() => res.writeHead(200, { 'X-OWN': '3', 'x-lost': '1', 'x-bad': '\n' })).toThrow(TypeError)
        res.end()
      }),
    )
    expect([getValues(raw, 'x-own'), getValues(raw, 'x-lost')]).toEqual([['1', '2'], []])
    expect(toPairs(raw).filter(isLoginCookie)).toHaveLength(2)
  })

  it('writes the cookies of two managers', async () => {
    const staff = createManager({
      session: { cookie: { name: '__Host-staff' } },
      remember: { cookie: { name: '__Host-staff_token' } },
    })
    const { raw } = await requestFrom(async (req, res) => {
      for (const each of [manager, staff]) {
        const auth = each.open(nodeRequestView(req))
        commitOnHeaders(res, auth)
        await auth.loginUser(alice)
      }
      res.writeHead(200, { Vary: 'Accept', 'Set-Cookie': 'own=1' }).end()
    })
    const names = getValues(raw, 'set-cookie').map((line) => line.split('=')[0])
    expect(names.toSorted()).toEqual(['__Host-session', '__Host-staff', 'own'])
    expect(getValues(raw, 'vary')).toEqual(['Accept, Cookie'])
    expect(getValues(raw, 'cache-control')).toEqual(['private, no-store'])
  })

  it('works with middleware that replaces writeHead() before or after the call of commitOnHeaders()', async () => {
    const replaceWriteHead = (res: ServerResponse): void => {
      const { writeHead } = res
      res.writeHead = ((...args: Parameters<typeof writeHead>) => {
        if (!res.headersSent) res.appendHeader('set-cookie', 'theirs=1')
        return writeHead.apply(res, args)
      }) as typeof writeHead
    }
    for (const isFirst of [true, false]) {
      const { raw } = await requestFrom(async (req, res) => {
        if (isFirst) replaceWriteHead(res)
        const auth = manager.open(nodeRequestView(req))
        commitOnHeaders(res, auth)
        if (!isFirst) replaceWriteHead(res)
        await auth.loginUser(alice)
        res.writeHead(200, { 'X-Own': '1' }).end()
      })
      expect(getValues(raw, 'set-cookie').filter((line) => line === 'theirs=1')).toHaveLength(1)
      expect(toPairs(raw).filter(isLoginCookie)).toHaveLength(1)
      expect(getValues(raw, 'x-own')).toEqual(['1'])
    }
  })

  it('does not throw if the client closed the connection', async () => {
    let resolveOutcome: ((value: unknown) => void) | undefined
    const done = new Promise((resolve) => {
      resolveOutcome = resolve
    })
    const port = await serve(async (req, res) => {
      const auth = manager.open(nodeRequestView(req))
      commitOnHeaders(res, auth)
      await once(res, 'close')
      const isLoggedIn = await auth.loginUser(alice, { remember: true })
      const ended = (() => {
        try {
          res.writeHead(200, { 'X-Own': '1' })
          res.end('not received')
          return null
        } catch (error) {
          return error
        }
      })()
      await sendResponse(res, new Response('not received either'))
      resolveOutcome?.([isLoggedIn, ended, auth.loginUser(alice).catch((error: { code: string }) => error.code)])
    })
    const call = request({ port, host: '127.0.0.1', agent: false })
    call.on('error', () => undefined)
    call.end()
    setTimeout(() => call.destroy(), 50)
    const [isLoggedIn, ended, late] = (await done) as [boolean, unknown, Promise<string>]
    expect([isLoggedIn, ended, await late]).toEqual([true, null, 'response-sent'])
  })
})
