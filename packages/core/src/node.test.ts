// Real servers, real sockets: headers leave in a dozen ways, and in each the cookies must be there, once, beside what the
// app wrote. What nobody asked about must be, line for line, what the bare server sends.
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { connect, createServer as createHttp2Server, type Http2ServerResponse } from 'node:http2'
import { type AddressInfo, connect as connectSocket } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { checkRequest, commit, commitHeaders } from './adapter'
import { type Auth, bearer, createLoginManager, type RequestView } from './index'
import { commitOnHeaders, type NodeFacts, type NodeRequest, nodeRequestView, sendResponse } from './node'

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const manager = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  loginView: '/login',
})

/** A login takes its time here. */
const slow = createLoginManager<User>({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => ({ id }),
  isActive: async () => true,
})

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown

const servers: { close(): unknown; closeAllConnections?(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections?.()
  }
})

async function serving(handler: Handler): Promise<{ server: Server; port: number }> {
  const server = createServer((req, res) => {
    res.sendDate = false
    // What a handler throws is answered by what comes after it, as in every framework.
    void (async () => handler(req, res))().catch((error: NodeJS.ErrnoException) => {
      if (res.headersSent) res.destroy()
      else {
        res.statusCode = 500
        res.end(`failed: ${error.code ?? error.message}`)
      }
    })
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

interface Answer {
  readonly status: number
  readonly message: string
  readonly raw: readonly string[]
  readonly body: string
  readonly informed: readonly number[]
}

interface Sent {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly path?: string
}

async function asked(handler: Handler, { method = 'GET', headers = {}, path = '/page' }: Sent = {}): Promise<Answer> {
  const { port } = await serving(handler)
  const call = request({ port, host: '127.0.0.1', method, headers, path, agent: false })
  const informed: number[] = []
  call.on('information', ({ statusCode }) => informed.push(statusCode))
  call.end()
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const { statusCode = 0, statusMessage = '', rawHeaders } = response
  return {
    status: statusCode,
    message: statusMessage,
    raw: rawHeaders,
    body: Buffer.concat(chunks).toString(),
    informed,
  }
}

const PAGE: Sent = { headers: { accept: 'text/html' } }

/** The same handler behind a login that was asked for nothing, or by which somebody logged in. */
const behind =
  (handler: Handler, work: (auth: Auth<User>) => unknown): Handler =>
  async (req, res) => {
    const auth = manager.open(nodeRequestView(req))
    commitOnHeaders(res, auth)
    expect(await checkRequest(auth)).toBeNull()
    await work(auth)
    return handler(req, res)
  }

const untouched = (handler: Handler): Handler => behind(handler, () => {})
const loggingIn = (handler: Handler): Handler => behind(handler, (auth) => auth.loginUser(alice, { remember: true }))

const linesOf = (raw: readonly string[]): [name: string, value: string][] =>
  raw.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] as string]] : []))
const valuesOf = (raw: readonly string[], name: string): string[] =>
  linesOf(raw).flatMap(([one, value]) => (one === name ? [value] : []))
const OURS = /^__Host-(session|remember_token)=[\w.-]+; /
const isOurs = ([name, value]: [string, string]): boolean => name === 'set-cookie' && OURS.test(value)

/** Everything but what a login adds, and how the end of the body is told, where it is told rightly. */
const others = ({ raw, body }: Answer): string[] =>
  linesOf(raw)
    .filter((line) => !isOurs(line) && !['vary', 'cache-control', 'clear-site-data'].includes(line[0]))
    .map((line) => line.join(': '))
    .filter((line) => line !== `content-length: ${body.length}` && line !== 'transfer-encoding: chunked')
    .toSorted()

const mergedVary = (bare: readonly string[]): string => {
  const names = valuesOf(bare, 'vary').join(', ')
  return names.includes('*') ? '*' : names === '' ? 'Cookie' : `${names}, Cookie`
}

// ── every way in which headers leave ─────────────────────────────────────────

const head = (res: ServerResponse, ...args: unknown[]): ServerResponse =>
  (res.writeHead as (...all: unknown[]) => ServerResponse)(...args)

const WAYS: Readonly<Record<string, readonly [write: (res: ServerResponse) => unknown, sent?: Sent]>> = {
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
  'a status of its own': [
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
  'writeHead() with undefined and an object': [(res) => head(res, 200, undefined, { 'X-Own': '1' }).end('body')],
  'writeHead() with null and an object': [(res) => head(res, 200, null, { 'X-Own': '1' }).end('body')],
  'writeHead() with headers undefined': [(res) => head(res, 200, undefined).end('body')],
  'writeHead() with a message and headers undefined': [(res) => head(res, 200, 'Fine', undefined).end('body')],
  'writeHead() with a status in a text': [(res) => head(res, '203', { 'X-Own': '1' }).end('body')],
  'writeHead() with a flat list': [(res) => res.writeHead(200, ['X-Own', '1', 'X-Other', '2']).end('body')],
  'writeHead() with a message and a flat list': [(res) => res.writeHead(200, 'Fine', ['X-Own', '1']).end('body')],
  'writeHead() with one name twice in a flat list': [(res) => res.writeHead(200, ['X-Own', '1', 'x-own', '2']).end()],
  'writeHead() with an empty list': [(res) => res.writeHead(200, []).end('body')],
  'writeHead() with pairs': [
    (res) =>
      head(res, 200, [
        ['X-Own', '1'],
        ['X-Own', '2'],
      ]).end('body'),
  ],
  'writeHead() with lists as values': [(res) => res.writeHead(200, { 'X-Own': ['1', '2'] }).end('body')],
  'writeHead() over what was set before': [
    (res) => {
      res.setHeader('X-Own', 'before')
      res.setHeader('x-kept', '1')
      res.writeHead(200, { 'X-Own': 'after' }).end()
    },
  ],
  'writeHeader(), its old name': [
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
  'an HTML page over what was read': [
    (res) => {
      res.setHeader('content-type', 'text/html; charset=utf-8')
      res.end('<p>')
    },
  ],
  '100 Continue before it': [
    (res) => {
      res.writeContinue()
      res.end('body')
    },
  ],
  '102 and 103 before it': [
    (res) => {
      res.writeProcessing()
      res.writeEarlyHints({ link: '</a.css>; rel=preload' })
      res.writeHead(200, { 'X-Own': '1' }).end('body')
    },
  ],
  'an answer after writeHead() threw for a header': [
    (res) => {
      expect(() => res.writeHead(200, { 'content-length': '99', 'x-own': 'line\nbreak' })).toThrow(/Invalid character/)
      // Node keeps the message of the answer that it refused.
      res.statusMessage = 'Sorry'
      res.statusCode = 500
      res.end('sorry')
    },
  ],
  'an answer after writeHead() threw for a list': [
    (res) => {
      expect(() => res.writeHead(200, ['content-length', '99', 'x-own'])).toThrow(TypeError)
      // Node keeps the message of the answer that it refused.
      res.statusMessage = 'Sorry'
      res.statusCode = 500
      res.end('sorry')
    },
  ],
  'an answer after writeHead() threw for a status': [
    (res) => {
      expect(() => res.writeHead(1200)).toThrow(RangeError)
      res.statusCode = 500
      res.end('sorry')
    },
  ],
  'an answer after writeHead() threw for a message': [
    (res) => {
      expect(() => res.writeHead(200, 'line\nbreak')).toThrow(/Invalid character/)
      res.statusMessage = 'Sorry'
      res.statusCode = 500
      res.end('sorry')
    },
  ],
  'a second writeHead(), which throws': [
    (res) => {
      res.writeHead(200, { 'X-Own': '1' })
      expect(() => res.writeHead(500, { 'X-Own': '2' })).toThrow(
        expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }),
      )
      res.end('first')
    },
  ],
}

describe.each(Object.entries(WAYS))('an answer by %s', (_way, [write, sent]) => {
  const handler: Handler = (_, res) => write(res)

  it('is that of the bare server where nobody asked, to the line', async () => {
    expect(await asked(untouched(handler), sent)).toEqual(await asked(handler, sent))
  })

  it('carries the cookies of a login once, beside all that the bare server sends', async () => {
    const bare = await asked(handler, sent)
    const answer = await asked(loggingIn(handler), sent)
    expect({ ...answer, raw: [] }).toEqual({ ...bare, raw: [] })
    expect(
      linesOf(answer.raw)
        .filter(isOurs)
        .map(([, value]) => value.split('=')[0]),
    ).toEqual(['__Host-session', '__Host-remember_token'])
    expect(others(answer)).toEqual(others(bare))
    expect(valuesOf(answer.raw, 'vary')).toEqual([mergedVary(bare.raw)])
    expect(valuesOf(answer.raw, 'cache-control')).toEqual(['private, no-store'])
  })
})

describe('the Cache-Control of the app', () => {
  it.each<[string, (res: ServerResponse) => unknown]>([
    [
      'set before',
      (res) => {
        res.setHeader('Cache-Control', 'public, max-age=5')
        res.end()
      },
    ],
    ['in an object', (res) => res.writeHead(200, { 'CACHE-CONTROL': 'public, max-age=5' }).end()],
    ['in a flat list', (res) => res.writeHead(200, ['cache-control', 'public, max-age=5']).end()],
    ['in pairs', (res) => head(res, 200, [['Cache-Control', 'public, max-age=5']]).end()],
  ])('%s stays for private caches if no cookie is set, and is replaced if one is', async (_, write) => {
    const read = await asked(
      behind(
        (_req, res) => write(res),
        (auth) => auth.require(),
      ),
    )
    expect(valuesOf(read.raw, 'cache-control')).toEqual(['private, max-age=5'])
    const login = await asked(loggingIn((_req, res) => write(res)))
    expect(valuesOf(login.raw, 'cache-control')).toEqual(['private, no-store'])
    expect(linesOf(login.raw).filter(isOurs)).toHaveLength(2)
  })
})

// ── before and after the moment ──────────────────────────────────────────────

describe('the headers of a handle', () => {
  it('do not come with a switched protocol', async () => {
    const switching: Handler = (_, res) => {
      res.writeHead(101, { connection: 'upgrade', upgrade: 'own' })
      res.end()
    }
    const { port } = await serving(loggingIn(switching))
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

  it('let nothing be changed once they left, and reject what comes too late', async () => {
    const late: unknown[] = []
    await asked(async (req, res) => {
      const auth = manager.open(nodeRequestView(req))
      commitOnHeaders(res, auth)
      res.write('begun')
      for (const one of [auth.loginUser(alice), auth.flash('x'), auth.logoutUser()])
        late.push(await one.catch((error: { code: string }) => error.code))
      res.end()
    })
    expect(late).toEqual(['response-sent', 'response-sent', 'response-sent'])
  })

  it('let nothing be changed where they had left before, either', async () => {
    const late: unknown[] = []
    const answer = await asked(async (req, res) => {
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
    expect([answer.status, answer.body, linesOf(answer.raw).filter(isOurs)]).toEqual([200, 'begun', []])
  })

  it('are no half of a login that is not through', async () => {
    const { raw } = await asked(async (req, res) => {
      const auth = slow.open(nodeRequestView(req))
      commitOnHeaders(res, auth)
      const login = auth.loginUser(alice, { remember: true })
      res.end()
      await expect(login).rejects.toMatchObject({ code: 'response-sent' })
    })
    expect(linesOf(raw).filter(isOurs)).toEqual([])
  })

  it('are all that stays of a head that could not be written: the next answer has a length of its own', async () => {
    const { raw } = await asked(async (req, res) => {
      const auth = manager.open(nodeRequestView(req))
      commitOnHeaders(res, auth)
      await auth.loginUser(alice)
      res.setHeader('Set-Cookie', 'before=1')
      const given = { 'Content-Length': '3', 'X-Own': '1', 'Set-Cookie': 'a=1', Vary: 'Origin' }
      expect(() => res.writeHead(9999, { ...given, 'Cache-Control': 'public, max-age=60' })).toThrow(RangeError)
      res.setHeader('Vary', 'Accept')
      res.writeHead(500, { 'Cache-Control': 'public, max-age=60' }).end('failed')
    })
    expect(valuesOf(raw, 'cache-control')).toEqual(['private, no-store'])
    expect(valuesOf(raw, 'vary').join()).toContain('Cookie')
    expect(valuesOf(raw, 'set-cookie')).toEqual(['before=1', expect.stringMatching(/^__Host-session=/)])
    expect(valuesOf(raw, 'content-length')).not.toContain('3')
    expect(valuesOf(raw, 'x-own')).toEqual([])
    expect(linesOf(raw).filter(isOurs)).toHaveLength(1)
  })

  it('are put onto it once, however often that is asked for', async () => {
    const { raw } = await asked(async (req, res) => {
      const auth = manager.open(nodeRequestView(req))
      commitOnHeaders(res, auth)
      commitOnHeaders(res, auth)
      await auth.loginUser(alice)
      res.writeHead(200, { 'X-Own': '1' }).end()
    })
    expect(linesOf(raw).filter(isOurs)).toHaveLength(1)
    expect(valuesOf(raw, 'x-own')).toEqual(['1'])
  })

  it('leave what was set before as it was, where the ones beside them cannot be written', async () => {
    const { raw } = await asked(
      loggingIn((_, res) => {
        res.setHeader('x-own', ['1', '2'])
        expect(() => res.writeHead(200, { 'X-OWN': '3', 'x-lost': '1', 'x-bad': '\n' })).toThrow(TypeError)
        res.end()
      }),
    )
    expect([valuesOf(raw, 'x-own'), valuesOf(raw, 'x-lost')]).toEqual([['1', '2'], []])
    expect(linesOf(raw).filter(isOurs)).toHaveLength(2)
  })

  it('of two managers are all there', async () => {
    const staff = createLoginManager<User>({
      secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
      loadUser: (id) => ({ id }),
      session: { cookie: { name: '__Host-staff' } },
      remember: { cookie: { name: '__Host-staff_token' } },
    })
    const { raw } = await asked(async (req, res) => {
      for (const each of [manager, staff]) {
        const auth = each.open(nodeRequestView(req))
        commitOnHeaders(res, auth)
        await auth.loginUser(alice)
      }
      res.writeHead(200, { Vary: 'Accept', 'Set-Cookie': 'own=1' }).end()
    })
    const names = valuesOf(raw, 'set-cookie').map((line) => line.split('=')[0])
    expect(names.toSorted()).toEqual(['__Host-session', '__Host-staff', 'own'])
    expect(valuesOf(raw, 'vary')).toEqual(['Accept, Cookie'])
    expect(valuesOf(raw, 'cache-control')).toEqual(['private, no-store'])
  })

  it('come with other middleware that waits for the same moment, whichever is first', async () => {
    const waiting = (res: ServerResponse): void => {
      const { writeHead } = res
      res.writeHead = ((...args: Parameters<typeof writeHead>) => {
        if (!res.headersSent) res.appendHeader('set-cookie', 'theirs=1')
        return writeHead.apply(res, args)
      }) as typeof writeHead
    }
    for (const isFirst of [true, false]) {
      const { raw } = await asked(async (req, res) => {
        if (isFirst) waiting(res)
        const auth = manager.open(nodeRequestView(req))
        commitOnHeaders(res, auth)
        if (!isFirst) waiting(res)
        await auth.loginUser(alice)
        res.writeHead(200, { 'X-Own': '1' }).end()
      })
      expect(valuesOf(raw, 'set-cookie').filter((line) => line === 'theirs=1')).toHaveLength(1)
      expect(linesOf(raw).filter(isOurs)).toHaveLength(1)
      expect(valuesOf(raw, 'x-own')).toEqual(['1'])
    }
  })

  it('harm nobody where the client went away', async () => {
    let through: ((value: unknown) => void) | undefined
    const done = new Promise((resolve) => {
      through = resolve
    })
    const { port } = await serving(async (req, res) => {
      const auth = manager.open(nodeRequestView(req))
      commitOnHeaders(res, auth)
      await once(res, 'close')
      const isIn = await auth.loginUser(alice, { remember: true })
      const ended = (() => {
        try {
          res.writeHead(200, { 'X-Own': '1' })
          res.end('nobody hears')
          return null
        } catch (error) {
          return error
        }
      })()
      await sendResponse(res, new Response('nobody either'))
      through?.([isIn, ended, auth.loginUser(alice).catch((error: { code: string }) => error.code)])
    })
    const call = request({ port, host: '127.0.0.1', agent: false })
    call.on('error', () => undefined)
    call.end()
    setTimeout(() => call.destroy(), 50)
    const [isIn, ended, late] = (await done) as [boolean, unknown, Promise<string>]
    expect([isIn, ended, await late]).toEqual([true, null, 'response-sent'])
  })
})

// ── HTTP/2 ───────────────────────────────────────────────────────────────────

describe('HTTP/2', () => {
  type Http2Handler = (req: Parameters<typeof nodeRequestView>[0], res: Http2ServerResponse) => unknown

  async function askedHttp2(handler: Http2Handler, path = '/page', more: Record<string, string> = {}) {
    const server = createHttp2Server((req, res) => {
      res.sendDate = false
      void (async () => handler(req as never, res))().catch((error: unknown) => res.stream.destroy(error as Error))
    })
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    try {
      const stream = client.request({ ':path': path, ':authority': 'app.test', ...more })
      const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }]
      const chunks: Buffer[] = []
      for await (const chunk of stream) chunks.push(chunk as Buffer)
      return { ...headers, body: Buffer.concat(chunks).toString() } as Record<string, unknown>
    } finally {
      client.close()
    }
  }

  const login =
    (work: (auth: Auth<User>) => unknown, write: (res: Http2ServerResponse) => unknown): Http2Handler =>
    async (req, res) => {
      const auth = manager.open(nodeRequestView(req))
      commitOnHeaders(res as never, auth)
      await work(auth)
      return write(res)
    }

  it.each<[string, (res: Http2ServerResponse) => unknown]>([
    ['end()', (res) => res.end('body')],
    [
      'write()',
      (res) => {
        res.write('one')
        res.end('two')
      },
    ],
    [
      'flushHeaders()',
      (res) => {
        ;(res as unknown as ServerResponse).flushHeaders()
        res.end('late')
      },
    ],
    ['writeHead()', (res) => res.writeHead(202).end('body')],
    ['writeHead() with an object', (res) => res.writeHead(200, { 'x-own': '1' }).end('body')],
    [
      'writeHead() with undefined and an object',
      (res) => res.writeHead(200, undefined as never, { 'x-own': '1' }).end(),
    ],
    [
      'writeHead() with pairs',
      (res) => (res.writeHead as never as (status: number, pairs: unknown) => typeof res)(200, [['x-own', '1']]).end(),
    ],
    [
      'cookies of the app',
      (res) => {
        res.setHeader('set-cookie', ['own=1', 'own=2'])
        res.end()
      },
    ],
    ['no content', (res) => res.writeHead(204).end()],
  ])('carries cookies by %s, and nothing where nobody asked', async (_, write) => {
    const bare = await askedHttp2((_req, res) => write(res))
    expect(await askedHttp2(login(() => {}, write))).toEqual(bare)
    const {
      'set-cookie': lines,
      vary,
      'cache-control': control,
      'clear-site-data': cleared,
      ...rest
    } = await askedHttp2(login((auth) => auth.loginUser(alice, { remember: true }), write))
    const { 'set-cookie': own = [], ...others } = bare
    const [first, second, ...more] = (lines as string[]).toReversed()
    expect([first, second].every((line) => OURS.test(line as string))).toBe(true)
    expect(more.toReversed()).toEqual(own)
    expect([vary, control, rest]).toEqual(['Cookie', 'private, no-store', others])
    expect(cleared).toBe('"prefetchCache", "prerenderCache"')
  })

  it('names the host otherwise, and the address of a request is whole all the same', async () => {
    const { body } = await askedHttp2((req, res) => {
      const view = nodeRequestView(req)
      res.end([view.method, view.url, view.headers.get('Host'), view.headers.get('accept'), view.address].join(' '))
    }, '/a?b=c')
    expect(body).toBe('GET http://app.test/a?b=c app.test  127.0.0.1')
  })

  it('answers refusals too', async () => {
    const answer = await askedHttp2(
      async (req, res) => {
        const auth = manager.open(nodeRequestView(req))
        commitOnHeaders(res as never, auth)
        const decision = await auth.require()
        if (!decision.ok) await sendResponse(res as never, await decision.respond())
      },
      '/page',
      { accept: 'text/html' },
    )
    expect([answer[':status'], answer.location]).toEqual([302, '/login?next=%2Fpage'])
    expect(answer['cache-control']).toBe('private, no-store')
    expect(answer['set-cookie']).toHaveLength(1)
  })

  it('harms nobody where the client went away', async () => {
    let through: ((value: unknown) => void) | undefined
    const done = new Promise((resolve) => {
      through = resolve
    })
    const server = createHttp2Server(async (req, res) => {
      const auth = manager.open(nodeRequestView(req as never))
      commitOnHeaders(res as never, auth)
      await once(res.stream, 'close')
      const isIn = await auth.loginUser(alice)
      res.writeHead(200, { 'x-own': '1' })
      res.end('nobody hears')
      through?.(isIn)
    })
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    client.on('error', () => undefined)
    const stream = client.request({ ':path': '/' })
    stream.on('error', () => undefined)
    setTimeout(() => client.destroy(), 50)
    expect(await done).toBe(true)
  })
})

// ── the view of a request ────────────────────────────────────────────────────

/** What the server sees of lines that no well-behaved client sends. */
async function seen(text: string): Promise<{ view: RequestView; url: string }> {
  let through: ((view: RequestView) => void) | undefined
  const done = new Promise<RequestView>((resolve) => {
    through = resolve
  })
  const { port } = await serving((req, res) => {
    through?.(nodeRequestView(req))
    res.end()
  })
  const socket = connectSocket(port, '127.0.0.1')
  socket.write(text)
  const view = await done
  const { url } = view
  socket.destroy()
  return { view, url }
}

const lines = (first: string, ...headers: string[]): string => [first, ...headers, '', ''].join('\r\n')

describe('the view of a request', () => {
  it('shows headers that were sent twice, both', async () => {
    const { view } = await seen(
      lines(
        'GET / HTTP/1.1',
        'Host: app.test',
        'Authorization: Bearer one',
        'authorization: Bearer two',
        'Cookie: a=1',
        'cookie: b=2',
        'X-Api-Key: one',
        'X-API-KEY: two',
      ),
    )
    expect(view.headers.get('Authorization')).toBe('Bearer one, Bearer two')
    expect(view.headers.get('cookie')).toBe('a=1; b=2')
    expect(view.headers.get('x-api-key')).toBe('one, two')
    expect([view.headers.get('__proto__'), view.headers.get('none')]).toEqual([null, null])
  })

  it.each<[string, string, string[], string]>([
    ['a path', 'GET /a/b?c=%20 HTTP/1.1', ['Host: app.test:81'], 'http://app.test:81/a/b?c=%20'],
    ['a whole address', 'GET http://evil.test/a?b HTTP/1.1', ['Host: app.test'], 'http://app.test/a?b'],
    ['a whole address of another scheme', 'GET https://evil.test/a HTTP/1.1', ['Host: app.test'], 'http://app.test/a'],
    ['an asterisk', 'OPTIONS * HTTP/1.1', ['Host: app.test'], 'http://app.test/*'],
    ['a port that is none', 'GET http://a:b/c HTTP/1.1', ['Host: app.test'], 'http://app.test/http://a:b/c'],
    ['no path', 'GET http://a?/b HTTP/1.1', ['Host: app.test'], 'http://app.test/http://a?/b'],
    ['two slashes', 'GET //evil.test/a HTTP/1.1', ['Host: app.test'], 'http://app.test//evil.test/a'],
    ['a backslash', 'GET /\\evil.test HTTP/1.1', ['Host: app.test'], 'http://app.test/\\evil.test'],
    ['no host', 'GET /a HTTP/1.0', [], 'http://unknown.invalid/a'],
    ['a host with a path', 'GET /a HTTP/1.1', ['Host: app.test/evil'], 'http://unknown.invalid/a'],
    ['a host with a user', 'GET /a HTTP/1.1', ['Host: app.test@evil.test'], 'http://unknown.invalid/a'],
    ['a host that is no address', 'GET /a HTTP/1.1', ['Host: 1.2.3.4.5'], 'http://unknown.invalid/a'],
  ])('has an address that says what was asked for: %s', async (_, first, headers, url) => {
    expect((await seen(lines(first, ...headers))).url).toBe(url)
  })

  /** A request that says what was looked at. */
  function watched(more: Partial<NodeRequest & NodeFacts> = {}): { request: NodeRequest; looked: string[] } {
    const looked: string[] = []
    const plain: NodeRequest = {
      method: 'GET',
      url: '/inner',
      rawHeaders: ['Host', 'app.test'],
      socket: { remoteAddress: '::1' },
      ...more,
    }
    const get = (target: NodeRequest, name: string | symbol): unknown => {
      looked.push(String(name))
      return Reflect.get(target, name)
    }
    return { request: new Proxy(plain, { get }), looked }
  }

  it('looks at nothing before somebody asks', () => {
    const rawHeaders = new Proxy(['Host', 'app.test'], {
      get: () => {
        throw new Error('a header was read')
      },
    })
    const { request, looked } = watched({ rawHeaders })
    const view = nodeRequestView(request)
    expect(looked).toEqual([])
    expect(() => view.headers.get('cookie')).toThrow('a header was read')
    const handle = manager.open(nodeRequestView(request), { address: '192.0.2.1' })
    commitHeaders(handle, new Headers())
    expect(looked.filter((name) => !['method', 'rawHeaders', 'headers'].includes(name))).toEqual([])
  })

  it('believes the framework that knows better, and no header', () => {
    const { request } = watched({
      rawHeaders: ['Host', 'app.test', 'X-Forwarded-For', '192.0.2.9', 'X-Forwarded-Proto', 'https'],
    })
    const facts = (more: NodeFacts): [string, string | undefined] => {
      const { url, address } = nodeRequestView(request, more)
      return [url, address]
    }
    expect(facts({})).toEqual(['http://app.test/inner', '::1'])
    expect(facts({ originalUrl: '/outer/inner?a', protocol: 'https', ip: '192.0.2.1' })).toEqual([
      'https://app.test/outer/inner?a',
      '192.0.2.1',
    ])
    for (const protocol of ['http', 'HTTPS', 'javascript', '', 'https://evil.test/']) {
      expect(facts({ protocol })[0]).toBe('http://app.test/inner')
    }
    const itself = watched({ originalUrl: '/outer', protocol: 'https', ip: '192.0.2.1' })
    expect(nodeRequestView(itself.request).url).toBe('https://app.test/outer')
    expect(nodeRequestView(itself.request).address).toBe('192.0.2.1')
  })

  it('is of https where the socket is, and stands without what a server may leave out', () => {
    const secure: NodeRequest = { rawHeaders: ['host', 'app.test'], socket: { encrypted: true } }
    const { url, method, address } = nodeRequestView(secure)
    expect([url, method, address]).toEqual(['https://app.test/', 'GET', undefined])
  })

  it('reads the method when it is needed, so that a method override counts', () => {
    const request = { method: 'POST', rawHeaders: ['Host', 'app.test'], socket: {} }
    const view = nodeRequestView(request)
    request.method = 'DELETE'
    expect(view.method).toBe('DELETE')
  })

  it('reads headers from req.headers if a serverless host left rawHeaders empty or out', () => {
    const headers = { Cookie: 'a=1', 'x-two': ['1', '2'], 'content-length': 3, 'set-cookie': undefined }
    for (const request of [{ headers }, { headers, rawHeaders: [] }]) {
      const view = nodeRequestView(request as unknown as NodeRequest)
      const values = ['cookie', 'X-Two', 'content-length', 'origin'].map((name) => view.headers.get(name))
      expect(values).toEqual(['a=1', '1, 2', '3', null])
      expect(view.headers.isAmbiguous?.('cookie')).toBe(false)
    }
    const view = nodeRequestView({ headers: new Headers({ cookie: 'a=1' }) } as unknown as NodeRequest)
    expect([view.headers.get('Cookie'), view.headers.get('origin')]).toEqual(['a=1', null])
  })

  it('throws invalid-argument for a request without any headers, and never takes it for one of a program', () => {
    for (const rawHeaders of [undefined, []]) {
      const auth = manager.open(
        nodeRequestView({ method: 'POST', url: '/', rawHeaders, socket: {} } as unknown as NodeRequest),
      )
      expect(() => checkRequest(auth)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    }
  })

  it('agrees with what Node makes of duplicated lines, whose first one or all of which it keeps', () => {
    const rawHeaders = ['Authorization', 'Bearer a', 'X-Key', '1', 'authorization', 'Bearer b', 'X-Key', '2']
    for (const headers of [
      { authorization: 'Bearer a', 'x-key': '1, 2' },
      { authorization: 'Bearer a, Bearer b', 'x-key': '1' },
    ]) {
      const view = nodeRequestView({ rawHeaders, headers, socket: {} }).headers
      expect([view.get('authorization'), view.get('x-key')]).toEqual(['Bearer a, Bearer b', '1, 2'])
      expect([view.isAmbiguous?.('authorization'), view.isAmbiguous?.('x-key')]).toEqual([false, false])
    }
  })

  const login = async (): Promise<string> => {
    const auth = manager.open(new Request('http://app.test/'))
    await auth.loginUser(alice)
    return commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
  }

  it.each<[string, (cookie: string) => Pick<NodeRequest, 'rawHeaders' | 'headers'>]>([
    ['a removed cookie', (cookie) => ({ rawHeaders: ['Cookie', cookie], headers: {} })],
    ['another cookie', (cookie) => ({ rawHeaders: ['Cookie', cookie], headers: { cookie: 'a=1' } })],
    ['an added cookie', (cookie) => ({ rawHeaders: ['Host', 'app.test'], headers: { cookie } })],
  ])(
    'gives an anonymous request with ambiguous-header if headers and rawHeaders disagree: %s',
    async (_, requestWith) => {
      const auth = manager.open(nodeRequestView({ ...requestWith(await login()), socket: {} }))
      expect([await auth.currentUser(), await auth.whyAnonymous()]).toEqual([null, 'ambiguous-header'])
    },
  )

  it.each([
    ['a removed header', ['Authorization', 'Bearer alice'], {}],
    ['another header', ['Authorization', 'Bearer alice'], { authorization: 'Bearer bob' }],
    ['an added header', ['Host', 'app.test'], { authorization: 'Bearer alice' }],
  ])(
    'takes no credential from a header on which headers and rawHeaders disagree: %s',
    async (_, rawHeaders, headers) => {
      const tokens = createLoginManager<User>({
        secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
        loadUserFromRequest: bearer((id) => ({ id })),
      })
      const auth = tokens.open(nodeRequestView({ rawHeaders, headers, socket: {} }))
      expect([await auth.currentUser(), await auth.whyAnonymous()]).toEqual([null, 'ambiguous-header'])
    },
  )

  it.each<[string, Partial<NodeRequest>]>([
    ['origin in headers alone', { headers: { host: 'app.test', origin: 'http://evil.test' } }],
    ['metadata in headers alone', { rawHeaders: [], headers: { host: 'app.test', 'sec-fetch-site': 'cross-site' } }],
    [
      'a removed origin',
      { rawHeaders: ['Host', 'app.test', 'Origin', 'http://app.test'], headers: { host: 'app.test' } },
    ],
    ['an added origin', { rawHeaders: ['Host', 'app.test'], headers: { host: 'app.test', origin: 'http://app.test' } }],
    [
      'another origin',
      { rawHeaders: ['Host', 'app.test', 'Origin', 'http://evil.test'], headers: { origin: 'http://app.test' } },
    ],
    [
      'other metadata',
      {
        rawHeaders: ['Host', 'app.test', 'Sec-Fetch-Site', 'same-origin'],
        headers: { 'sec-fetch-site': 'cross-site' },
      },
    ],
    [
      'another host',
      {
        rawHeaders: ['Host', 'app.test', 'Origin', 'http://evil.test'],
        headers: { host: 'evil.test', origin: 'http://evil.test' },
      },
    ],
  ])('refuses a POST as forged by whichever of headers and rawHeaders speaks against it: %s', async (_, request) => {
    const refused = await checkRequest(
      manager.open(nodeRequestView({ rawHeaders: [], socket: {}, method: 'POST', url: '/', ...request })),
    )
    expect(refused).toMatchObject({ ok: false, reason: 'forged' })
  })

  it('takes none of two hosts, where HTTP/2 brings two', () => {
    const host = (...rawHeaders: string[]): string | null =>
      nodeRequestView({ rawHeaders, socket: {} }).headers.get('HOST')
    expect(host(':method', 'GET', ':authority', 'app.test')).toBe('app.test')
    expect(host(':method', 'GET', 'host', 'app.test')).toBe('app.test')
    expect(host(':authority', 'app.test', 'host', 'app.test')).toBe('app.test')
    expect(host(':authority', 'app.test', 'host', 'evil.test')).toBe('app.test, evil.test')
    expect(host(':method', 'GET')).toBeNull()
    expect(host('host', 'app.test', ':authority', 'evil.test')).toBe('app.test')
  })
})

// ── a Fetch API response as the answer ───────────────────────────────────────

describe('answering with a Fetch API response', () => {
  it('sends status, headers, every cookie and the body', async () => {
    const response = () => {
      const headers = new Headers({ 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer, Basic' })
      for (const cookie of ['a=1; Path=/', 'b=2', 'a=3']) headers.append('set-cookie', cookie)
      return new Response('{"title":"Grüße"}', { status: 401, headers })
    }
    const { status, raw, body } = await asked((_, res) => {
      res.setHeader('set-cookie', 'own=1')
      res.setHeader('x-own', '1')
      return sendResponse(res, response())
    })
    expect([status, body]).toEqual([401, '{"title":"Grüße"}'])
    expect(valuesOf(raw, 'set-cookie')).toEqual(['own=1', 'a=1; Path=/', 'b=2', 'a=3'])
    expect(valuesOf(raw, 'content-type')).toEqual(['application/problem+json'])
    expect(valuesOf(raw, 'www-authenticate')).toEqual(['Bearer, Basic'])
    expect(valuesOf(raw, 'content-length')).toEqual(['19'])
    expect(valuesOf(raw, 'x-own')).toEqual(['1'])
  })

  it.each<[string, string | string[] | undefined, string | undefined, string[]]>([
    ['of the response', undefined, 'Accept', ['Accept']],
    ['of the app', 'Origin', undefined, ['Origin']],
    ['of both', ['Origin', 'accept'], 'Accept, Cookie', ['Origin, accept, Cookie']],
    ['of the app, where it is everything', '*', 'Accept', ['*']],
    ['of the response, where it is everything', 'Accept', '*', ['*']],
  ])('merges Vary: %s', async (_, own, given, merged) => {
    const { raw } = await asked((_req, res) => {
      if (own !== undefined) res.setHeader('vary', own)
      return sendResponse(res, new Response(null, given === undefined ? {} : { headers: { vary: given } }))
    })
    expect(valuesOf(raw, 'vary')).toEqual(merged)
  })

  it('carries what the login has to add', async () => {
    const { status, raw } = await asked(async (req, res) => {
      const auth = manager.open(nodeRequestView(req))
      commitOnHeaders(res, auth)
      const decision = await auth.require()
      if (!decision.ok) await sendResponse(res, await decision.respond())
    }, PAGE)
    expect([status, valuesOf(raw, 'location')]).toEqual([302, ['/login?next=%2Fpage']])
    expect(valuesOf(raw, 'vary')).toEqual(['Cookie, Accept'])
    expect(valuesOf(raw, 'cache-control')).toEqual(['private, no-store'])
    expect(linesOf(raw).filter(isOurs)).toHaveLength(1)
  })

  it.each([204, 304])('sends no body and no length with %d', async (status) => {
    const answer = await asked((_, res) => {
      res.setHeader('content-length', '5')
      return sendResponse(res, new Response(null, { status }))
    })
    expect([answer.status, answer.body, valuesOf(answer.raw, 'content-length')]).toEqual([status, '', []])
  })

  it('says nothing of another body than its own', async () => {
    const { raw, body } = await asked((_, res) => {
      const stale = { 'content-length': '999', 'content-encoding': 'gzip', 'content-range': 'bytes 0-1/2' }
      for (const [name, value] of Object.entries(stale)) res.setHeader(name, value)
      return sendResponse(
        res,
        new Response('no', { status: 403, headers: { 'content-language': 'en', 'content-length': '7' } }),
      )
    })
    expect(body).toBe('no')
    expect(valuesOf(raw, 'content-length')).toEqual(['2'])
    expect([valuesOf(raw, 'content-encoding'), valuesOf(raw, 'content-range')]).toEqual([[], []])
    expect(valuesOf(raw, 'content-language')).toEqual(['en'])
  })

  it('says one length of its body, whatever another connection said, or the app before', async () => {
    const fetched = { 'transfer-encoding': 'chunked', connection: 'keep-alive', 'keep-alive': 'timeout=99' }
    for (const headers of [fetched, {}]) {
      const { raw, body } = await asked((_, res) => {
        if (headers !== fetched) res.setHeader('transfer-encoding', 'chunked')
        return sendResponse(res, new Response('no', { status: 403, headers }))
      })
      expect([body, valuesOf(raw, 'content-length'), valuesOf(raw, 'transfer-encoding')]).toEqual(['no', ['2'], []])
      expect(valuesOf(raw, 'keep-alive')).not.toContain('timeout=99')
    }
  })

  it('says how long the body would be where only the headers were asked for', async () => {
    const answer = await asked((_, res) => sendResponse(res, new Response('four')), { method: 'HEAD' })
    expect([answer.body, valuesOf(answer.raw, 'content-length')]).toEqual(['', ['4']])
  })

  it('keeps the connection in step with a body of no bytes', async () => {
    const { raw } = await asked((_, res) =>
      sendResponse(res, new Response(null, { status: 302, headers: { location: '/' } })),
    )
    expect([valuesOf(raw, 'content-length'), valuesOf(raw, 'transfer-encoding')]).toEqual([['0'], []])
  })

  it('rejects where the body cannot be read, with nothing of it on the answer: another can be given', async () => {
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
    const { status, raw, body } = await asked((_, res) => sendResponse(res, broken()))
    expect([status, body]).toEqual([500, 'failed: the stream failed'])
    expect([valuesOf(raw, 'x-own'), valuesOf(raw, 'set-cookie')]).toEqual([[], []])
    const used = new Response('once')
    await used.text()
    expect((await asked((_, res) => sendResponse(res, used))).status).toBe(500)
  })

  it('leaves an answer alone that is through, and says so of one that has only begun', async () => {
    const outcomes: unknown[] = []
    const ended = await asked(async (_, res) => {
      res.end('too slow')
      outcomes.push(await sendResponse(res, new Response('refused', { status: 403 })))
    })
    const begun = await asked(async (_, res) => {
      res.write('page ')
      outcomes.push(await sendResponse(res, new Response('refused')).catch((error: { code: string }) => error.code))
      res.end('and more')
    })
    expect([ended.status, ended.body, begun.status, begun.body]).toEqual([200, 'too slow', 200, 'page and more'])
    expect(outcomes).toEqual([undefined, 'response-sent'])
  })
})
