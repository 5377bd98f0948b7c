import { connect as connectSocket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { serve } from '../../test/node-server'
import { alice, createManager } from '../../test/setup'
import { checkRequest, commit, commitHeaders } from '../adapter'
import { bearer, type RequestView } from '../index'
import { type NodeFacts, type NodeRequest, nodeRequestView } from '../node'

const manager = createManager()

/** Sends the text of a request, and returns the view that the server created. */
async function receive(text: string): Promise<{ view: RequestView; url: string }> {
  let resolveView: ((view: RequestView) => void) | undefined
  const done = new Promise<RequestView>((resolve) => {
    resolveView = resolve
  })
  const port = await serve((req, res) => {
    resolveView?.(nodeRequestView(req))
    res.end()
  })
  const socket = connectSocket(port, '127.0.0.1')
  socket.write(text)
  const view = await done
  const { url } = view
  socket.destroy()
  return { view, url }
}

const createRequestText = (requestLine: string, ...headers: string[]): string =>
  [requestLine, ...headers, '', ''].join('\r\n')

describe('nodeRequestView', () => {
  it('joins the values of duplicated headers', async () => {
    const { view } = await receive(
      createRequestText(
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
    ['a path and a query', 'GET /a/b?c=%20 HTTP/1.1', ['Host: app.test:81'], 'http://app.test:81/a/b?c=%20'],
    ['an absolute URL', 'GET http://evil.test/a?b HTTP/1.1', ['Host: app.test'], 'http://app.test/a?b'],
    ['an absolute URL of another scheme', 'GET https://evil.test/a HTTP/1.1', ['Host: app.test'], 'http://app.test/a'],
    ['an asterisk', 'OPTIONS * HTTP/1.1', ['Host: app.test'], 'http://app.test/*'],
    ['an invalid port', 'GET http://a:b/c HTTP/1.1', ['Host: app.test'], 'http://app.test/http://a:b/c'],
    ['an absolute URL without a path', 'GET http://a?/b HTTP/1.1', ['Host: app.test'], 'http://app.test/http://a?/b'],
    ['two slashes', 'GET //evil.test/a HTTP/1.1', ['Host: app.test'], 'http://app.test//evil.test/a'],
    ['a backslash', 'GET /\\evil.test HTTP/1.1', ['Host: app.test'], 'http://app.test/\\evil.test'],
    ['no host', 'GET /a HTTP/1.0', [], 'http://unknown.invalid/a'],
    ['a host with a path', 'GET /a HTTP/1.1', ['Host: app.test/evil'], 'http://unknown.invalid/a'],
    ['a host with a user', 'GET /a HTTP/1.1', ['Host: app.test@evil.test'], 'http://unknown.invalid/a'],
    ['a host that is not a valid address', 'GET /a HTTP/1.1', ['Host: 1.2.3.4.5'], 'http://unknown.invalid/a'],
  ])('has the Host header as its host, and never the host of the request line: %s', async (_, first, headers, url) => {
    expect((await receive(createRequestText(first, ...headers))).url).toBe(url)
  })

  /** Returns a request, and the list of the properties that were read. */
  function createRecordedRequest(more: Partial<NodeRequest & NodeFacts> = {}): {
    request: NodeRequest
    read: string[]
  } {
    const read: string[] = []
    const plain: NodeRequest = {
      method: 'GET',
      url: '/inner',
      rawHeaders: ['Host', 'app.test'],
      socket: { remoteAddress: '::1' },
      ...more,
    }
    const get = (target: NodeRequest, name: string | symbol): unknown => {
      read.push(String(name))
      return Reflect.get(target, name)
    }
    return { request: new Proxy(plain, { get }), read }
  }

  it('reads a property of the request only when it is used', () => {
    const rawHeaders = new Proxy(['Host', 'app.test'], {
      get: () => {
        throw new Error('a header was read')
      },
    })
    const { request, read } = createRecordedRequest({ rawHeaders })
    const view = nodeRequestView(request)
    expect(read).toEqual([])
    expect(() => view.headers.get('cookie')).toThrow('a header was read')
    const auth = manager.open(nodeRequestView(request), { address: '192.0.2.1' })
    commitHeaders(auth, new Headers())
    expect(read.filter((name) => !['method', 'rawHeaders', 'headers'].includes(name))).toEqual([])
  })

  it('takes the URL and the address from the framework, and never from X-Forwarded-* headers', () => {
    const { request } = createRecordedRequest({
      rawHeaders: ['Host', 'app.test', 'X-Forwarded-For', '192.0.2.9', 'X-Forwarded-Proto', 'https'],
    })
    const readFacts = (more: NodeFacts): [string, string | undefined] => {
      const { url, address } = nodeRequestView(request, more)
      return [url, address]
    }
    expect(readFacts({})).toEqual(['http://app.test/inner', '::1'])
    expect(readFacts({ originalUrl: '/outer/inner?a', protocol: 'https', ip: '192.0.2.1' })).toEqual([
      'https://app.test/outer/inner?a',
      '192.0.2.1',
    ])
    for (const protocol of ['http', 'HTTPS', 'javascript', '', 'https://evil.test/']) {
      expect(readFacts({ protocol })[0]).toBe('http://app.test/inner')
    }
    const expressRequest = createRecordedRequest({ originalUrl: '/outer', protocol: 'https', ip: '192.0.2.1' })
    expect(nodeRequestView(expressRequest.request).url).toBe('https://app.test/outer')
    expect(nodeRequestView(expressRequest.request).address).toBe('192.0.2.1')
  })

  it('has the scheme https if the socket is encrypted, and works without optional properties', () => {
    const secure: NodeRequest = { rawHeaders: ['host', 'app.test'], socket: { encrypted: true } }
    const { url, method, address } = nodeRequestView(secure)
    expect([url, method, address]).toEqual(['https://app.test/', 'GET', undefined])
  })

  it('reads the method each time, so that a method override is used', () => {
    const request = { method: 'POST', rawHeaders: ['Host', 'app.test'], socket: {} }
    const view = nodeRequestView(request)
    request.method = 'DELETE'
    expect(view.method).toBe('DELETE')
  })

  it('reads headers from req.headers if rawHeaders of a serverless host is empty or missing', () => {
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

  it('makes checkRequest() throw invalid-argument for a request without headers, and not treat it as a request of a program', () => {
    for (const rawHeaders of [undefined, []]) {
      const auth = manager.open(
        nodeRequestView({ method: 'POST', url: '/', rawHeaders, socket: {} } as unknown as NodeRequest),
      )
      expect(() => checkRequest(auth)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    }
  })

  it('does not report a duplicated header as ambiguous if Node kept its first value or all values joined', () => {
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

  const logIn = async (): Promise<string> => {
    const auth = manager.open(new Request('http://app.test/'))
    await auth.loginUser(alice)
    return commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
  }

  it.each<[string, (cookie: string) => Pick<NodeRequest, 'rawHeaders' | 'headers'>]>([
    ['a removed cookie', (cookie) => ({ rawHeaders: ['Cookie', cookie], headers: {} })],
    ['another cookie', (cookie) => ({ rawHeaders: ['Cookie', cookie], headers: { cookie: 'a=1' } })],
    ['an added cookie', (cookie) => ({ rawHeaders: ['Host', 'app.test'], headers: { cookie } })],
  ])(
    'causes an anonymous request with the reason ambiguous-header if headers and rawHeaders disagree: %s',
    async (_, requestWith) => {
      const auth = manager.open(nodeRequestView({ ...requestWith(await logIn()), socket: {} }))
      expect([await auth.currentUser(), await auth.whyAnonymous()]).toEqual([null, 'ambiguous-header'])
    },
  )

  it.each([
    ['a removed header', ['Authorization', 'Bearer alice'], {}],
    ['another header', ['Authorization', 'Bearer alice'], { authorization: 'Bearer bob' }],
    ['an added header', ['Host', 'app.test'], { authorization: 'Bearer alice' }],
  ])('does not accept a bearer token if headers and rawHeaders disagree: %s', async (_, rawHeaders, headers) => {
    const tokens = createManager({ loadUserFromRequest: bearer((id) => ({ id })) })
    const auth = tokens.open(nodeRequestView({ rawHeaders, headers, socket: {} }))
    expect([await auth.currentUser(), await auth.whyAnonymous()]).toEqual([null, 'ambiguous-header'])
  })

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
  ])(
    'makes checkRequest() refuse a POST as forged if headers or rawHeaders shows a cross-site request: %s',
    async (_, request) => {
      const refused = await checkRequest(
        manager.open(nodeRequestView({ rawHeaders: [], socket: {}, method: 'POST', url: '/', ...request })),
      )
      expect(refused).toMatchObject({ ok: false, reason: 'forged' })
    },
  )

  it('does not accept a host if :authority and Host differ in HTTP/2', () => {
    const getHost = (...rawHeaders: string[]): string | null =>
      nodeRequestView({ rawHeaders, socket: {} }).headers.get('HOST')
    expect(getHost(':method', 'GET', ':authority', 'app.test')).toBe('app.test')
    expect(getHost(':method', 'GET', 'host', 'app.test')).toBe('app.test')
    expect(getHost(':authority', 'app.test', 'host', 'app.test')).toBe('app.test')
    expect(getHost(':authority', 'app.test', 'host', 'evil.test')).toBe('app.test, evil.test')
    expect(getHost(':method', 'GET')).toBeNull()
    expect(getHost('host', 'app.test', ':authority', 'evil.test')).toBe('app.test')
  })
})
