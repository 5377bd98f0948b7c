import { once } from 'node:events'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { connect, createServer as createHttp2Server, type Http2ServerResponse } from 'node:http2'
import { describe, expect, it } from 'vitest'
import { LOGIN_COOKIE, listen } from '../../test/node-server'
import { alice, createManager, type User } from '../../test/setup'
import type { Auth } from '../index'
import { commitOnHeaders, nodeRequestView, sendResponse } from '../node'

const manager = createManager({ loginView: '/login' })

describe('HTTP/2', () => {
  type Http2Handler = (req: Parameters<typeof nodeRequestView>[0], res: Http2ServerResponse) => unknown

  async function requestOverHttp2(handler: Http2Handler, path = '/page', more: Record<string, string> = {}) {
    const server = createHttp2Server((req, res) => {
      res.sendDate = false
      void (async () => handler(req as never, res))().catch((error: unknown) => res.stream.destroy(error as Error))
    })
    const client = connect(`http://127.0.0.1:${await listen(server)}`)
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

  const withOperation =
    (operation: (auth: Auth<User>) => unknown, write: (res: Http2ServerResponse) => unknown): Http2Handler =>
    async (req, res) => {
      const auth = manager.open(nodeRequestView(req))
      commitOnHeaders(res as never, auth)
      await operation(auth)
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
  ])('%s sends the cookies of a login, and is unchanged if the handler never reads the login', async (_, write) => {
    const bare = await requestOverHttp2((_req, res) => write(res))
    expect(await requestOverHttp2(withOperation(() => {}, write))).toEqual(bare)
    const {
      'set-cookie': lines,
      vary,
      'cache-control': control,
      'clear-site-data': cleared,
      ...rest
    } = await requestOverHttp2(withOperation((auth) => auth.loginUser(alice, { remember: true }), write))
    const { 'set-cookie': own = [], ...others } = bare
    const [first, second, ...more] = (lines as string[]).toReversed()
    expect([first, second].every((line) => LOGIN_COOKIE.test(line as string))).toBe(true)
    expect(more.toReversed()).toEqual(own)
    expect([vary, control, rest]).toEqual(['Cookie', 'private, no-store', others])
    expect(cleared).toBe('"prefetchCache", "prerenderCache"')
  })

  it('the URL of a request has the host of :authority', async () => {
    const { body } = await requestOverHttp2((req, res) => {
      const view = nodeRequestView(req)
      res.end([view.method, view.url, view.headers.get('Host'), view.headers.get('accept'), view.address].join(' '))
    }, '/a?b=c')
    expect(body).toBe('GET http://app.test/a?b=c app.test  127.0.0.1')
  })

  it('sendResponse() sends a refusal with the cookies of the login', async () => {
    const response = await requestOverHttp2(
      async (req, res) => {
        const auth = manager.open(nodeRequestView(req))
        commitOnHeaders(res as never, auth)
        const decision = await auth.require()
        if (!decision.ok) await sendResponse(res as never, await decision.respond())
      },
      '/page',
      { accept: 'text/html' },
    )
    expect([response[':status'], response.location]).toEqual([302, '/login?next=%2Fpage'])
    expect(response['cache-control']).toBe('private, no-store')
    expect(response['set-cookie']).toHaveLength(1)
  })

  it('commitOnHeaders() does not throw if the client closed the connection', async () => {
    let resolveOutcome: ((value: unknown) => void) | undefined
    const done = new Promise((resolve) => {
      resolveOutcome = resolve
    })
    const server = createHttp2Server(async (req, res) => {
      const auth = manager.open(nodeRequestView(req as never))
      commitOnHeaders(res as never, auth)
      await once(res.stream, 'close')
      const isLoggedIn = await auth.loginUser(alice)
      res.writeHead(200, { 'x-own': '1' })
      res.end('not received')
      resolveOutcome?.(isLoggedIn)
    })
    const client = connect(`http://127.0.0.1:${await listen(server)}`)
    client.on('error', () => undefined)
    const stream = client.request({ ':path': '/' })
    stream.on('error', () => undefined)
    setTimeout(() => client.destroy(), 50)
    expect(await done).toBe(true)
  })
})
