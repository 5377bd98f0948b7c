// Requests that no browser sends, over raw sockets, to the built contract app of each adapter. The verdict is the same on
// all of them. An anonymous request is never admitted, no response is a 500, and a login is not lost.
import { type ChildProcess, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADAPTERS } from '../adapters.mjs'

const START = fileURLToPath(new URL('../start.mjs', import.meta.url))
const PROFILE = { login_view: '/login', refresh_view: '/reauth', request_loader: true, session_protection: 'strong' }

/** `open`: admitted by the guard. `refused`: refused by the guard. `plain`: a public page. `nowhere`: 404, or not HTTP. */
type Verdict = 'open' | 'refused' | 'plain' | 'nowhere' | 'broken'

interface Trial {
  readonly target?: string
  readonly method?: string
  readonly version?: string
  /** The lines of the head. `{session}` is replaced by the session cookie of a login. */
  readonly head?: readonly string[]
  readonly from?: string
  readonly verdict: Verdict | readonly Verdict[]
}

const HOST = 'Host: example.test'
const AGENT = 'User-Agent: tester/1'
const ANONYMOUS = [HOST, AGENT]
const ODD_AGENT = `User-Agent: ${'登録é'.repeat(400)}`
const LOGGED_IN = [...ANONYMOUS, 'Cookie: session={session}']
const createJunk = (bytes: number): string => `junk=${'x'.repeat(bytes - 5)}`
/** Frameworks parse these targets in different ways. None of them may admit the request. */
const NOT_OPEN = ['refused', 'nowhere', 'plain'] as const

const TARGETS: Readonly<Record<string, Verdict | readonly Verdict[]>> = {
  '/secret?': 'refused',
  '//secret': 'nowhere',
  '/secret%2f': 'nowhere',
  '/secret;x': 'nowhere',
  '/secret%00': 'nowhere',
  '/secret.json': 'nowhere',
  '/static/..%2fsecret': 'nowhere',
  '/secret\\': 'nowhere',
  '/\\secret': 'nowhere',
  '/%zz': 'nowhere',
  '/files/../secret': NOT_OPEN,
  '/files/%2e%2e/secret': NOT_OPEN,
  '/static/../secret': NOT_OPEN,
  '/_next/../secret': NOT_OPEN,
  '/./secret': NOT_OPEN,
  '/%73ecret': NOT_OPEN,
  '/secret/': NOT_OPEN,
  '/SECRET': NOT_OPEN,
  '/files//a': NOT_OPEN,
  '/files/%2fa': NOT_OPEN,
  '/files/%zz': NOT_OPEN,
  '/files/%ff': NOT_OPEN,
  '/files/..': NOT_OPEN,
  '*': NOT_OPEN,
}

const TRIALS: Readonly<Record<string, Trial>> = {
  'an anonymous request of a guarded page': { verdict: 'refused' },
  'a request of a guarded page with a login': { head: LOGGED_IN, verdict: 'open' },

  // headers
  'a Cookie header of 8 kB': { head: [...ANONYMOUS, `Cookie: ${createJunk(8192)}`], verdict: 'refused' },
  'a Cookie header of 8 kB with a login at its end': {
    head: [...ANONYMOUS, `Cookie: ${createJunk(7600)}; session={session}`],
    verdict: 'open',
  },
  'a User-Agent of 3 kB in UTF-8': { head: [HOST, ODD_AGENT], verdict: 'refused' },
  'a login in the second Cookie header': {
    head: [...ANONYMOUS, 'Cookie: a=1', 'Cookie: session={session}'],
    verdict: 'open',
  },
  'two sessions, the first one forged': {
    head: [...ANONYMOUS, 'Cookie: session=forged', 'Cookie: session={session}'],
    verdict: 'open',
  },
  'two sessions, the second one forged': {
    head: [...ANONYMOUS, 'Cookie: session={session}', 'Cookie: session=forged'],
    verdict: 'open',
  },
  'one API key': { head: [...ANONYMOUS, 'Authorization: Api-Key key-alice'], verdict: 'open' },
  'duplicated Authorization headers': {
    head: [...ANONYMOUS, 'Authorization: Api-Key key-alice', 'Authorization: Api-Key key-bob'],
    verdict: 'refused',
  },
  'duplicated Authorization headers, the second one empty': {
    head: [...ANONYMOUS, 'Authorization: Api-Key key-alice', 'Authorization:'],
    verdict: 'refused',
  },
  'an API key after another Authorization header': {
    head: [...ANONYMOUS, 'Authorization: Api-Key key-unknown', 'Authorization: Api-Key key-alice'],
    verdict: 'refused',
  },
  'a cookie with bytes that are not UTF-8': {
    head: [...ANONYMOUS, 'Cookie: session=\xff\xfe\x80'],
    verdict: 'refused',
  },

  // forwarding headers, and other headers that servers may trust
  'a forged address, from another one': {
    head: [...LOGGED_IN, 'X-Forwarded-For: 127.0.0.1', 'X-Real-IP: 127.0.0.1', 'Forwarded: for=127.0.0.1'],
    from: '127.0.0.2',
    verdict: 'refused',
  },
  'a forged address that is another one': { head: [...LOGGED_IN, 'X-Forwarded-For: 10.0.0.9'], verdict: 'open' },
  'a forged host and scheme': {
    head: [...ANONYMOUS, 'X-Forwarded-Host: evil.test', 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 1'],
    verdict: 'refused',
  },
  'a forged path': {
    head: [...ANONYMOUS, 'X-Original-URL: /static', 'X-Rewrite-URL: /static', 'X-Forwarded-Prefix: /static'],
    verdict: 'refused',
  },
  'a forged method': { method: 'POST', head: [...ANONYMOUS, 'X-HTTP-Method-Override: OPTIONS'], verdict: 'refused' },
  'a forged inner request of Next.js': {
    head: [...ANONYMOUS, 'X-Middleware-Subrequest: proxy:proxy:proxy:proxy:proxy', 'X-Middleware-Next: 1'],
    verdict: 'refused',
  },

  // hosts
  'a Host with a path in it': { head: ['Host: a/secret?', AGENT], verdict: ['refused', 'nowhere'] },
  'a Host with the path of an open page in it': { head: ['Host: a/static?', AGENT], verdict: ['refused', 'nowhere'] },
  'a Host with a guarded path in it, at an open page': {
    target: '/static',
    head: ['Host: a/secret?', AGENT],
    verdict: ['plain', 'nowhere'],
  },
  'a Host with a user in it': { head: ['Host: a@b', AGENT], verdict: ['refused', 'nowhere'] },
  'an empty Host': { head: ['Host:', AGENT], verdict: 'refused' },
  'no Host, in HTTP/1.0': { version: '1.0', head: [AGENT], verdict: 'refused' },
  'an absolute target': { target: 'http://example.test/secret', verdict: 'refused' },
  'an absolute target elsewhere': { target: 'http://evil.test/secret', verdict: 'refused' },
  'an absolute target with a login': {
    target: 'http://example.test/secret',
    head: LOGGED_IN,
    verdict: 'open',
  },

  // spellings of a path
  ...Object.fromEntries(
    Object.entries(TARGETS).map(([target, verdict]) => [`the target ${target}`, { target, verdict }]),
  ),

  // methods
  'the method OPTIONS': { method: 'OPTIONS', verdict: 'plain' },
  'the method HEAD': { method: 'HEAD', verdict: 'refused' },
  'the method POST': { method: 'POST', verdict: 'refused' },
  ...Object.fromEntries(
    ['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY'].map((method) => [
      `the method ${method}`,
      { method, verdict: 'nowhere' } as Trial,
    ]),
  ),
}

/** A response that a framework sends before it calls a handler. It sends the same for a page without this library. */
interface FrameworkResponse {
  readonly verdict: Verdict
  readonly bare: string
}

const FRAMEWORK_RESPONSES: Readonly<Record<string, Readonly<Record<string, FrameworkResponse>>>> = {
  next: {
    'an absolute target': { verdict: 'nowhere', bare: 'http://example.test/asked' },
    'an absolute target elsewhere': { verdict: 'nowhere', bare: 'http://evil.test/asked' },
    'an absolute target with a login': { verdict: 'nowhere', bare: 'http://example.test/asked' },
    'the target /files/%zz': { verdict: 'broken', bare: '/bare/%zz' },
    'the target /files/%ff': { verdict: 'broken', bare: '/bare/%ff' },
    'the target *': { verdict: 'broken', bare: '*' },
    'the method TRACE': { verdict: 'broken', bare: '/asked' },
  },
}

/** Next.js passes on only the first of the duplicated headers, as Node does. The library cannot detect the other one. */
const RECEIVES_FIRST_HEADER = ['next']

interface App {
  readonly child: ChildProcess
  readonly port: number
}

async function start(adapter: string): Promise<App> {
  const env = { ...process.env, PORT: '0', CONFORMANCE_PROFILE: JSON.stringify(PROFILE) }
  const child = spawn(process.execPath, [START, adapter], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  for await (const text of child.stdout) {
    output += text
    const [, port] = /^http:\/\/127\.0\.0\.1:(\d+)$/m.exec(output) ?? []
    if (port !== undefined) return { child, port: Number(port) }
  }
  throw new Error(`the contract app on ${adapter} does not start: is it built?`)
}

function createRaw(
  { method = 'GET', target = '/secret', version = '1.1', head = ANONYMOUS }: Trial,
  session: string,
): Buffer {
  const lines = [...head, 'Accept: text/html', 'Connection: close', ...(method === 'POST' ? ['Content-Length: 0'] : [])]
  const text = [`${method} ${target} HTTP/${version}`, ...lines, '', ''].join('\r\n').replaceAll('{session}', session)
  const isBytes = /^[\0-\xff]*$/.test(text)
  return Buffer.from(text, isBytes ? 'latin1' : 'utf8')
}

function sendRaw(port: number, request: Buffer, from = '127.0.0.1'): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from }, () => socket.write(request))
    let response = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      response += text
    })
    socket.on('close', () => resolve(response)).on('error', reject)
    socket.setTimeout(8000, () => socket.destroy(new Error(`no end within 8 s of: ${response}`)))
  })
}

function parseVerdict(response: string): Verdict {
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(response)?.[1] ?? 0)
  if (status >= 500 || status === 0) return 'broken'
  if (response.includes('"granted":true')) return 'open'
  if (status === 401 || ((status === 302 || status === 303) && /^location: \/login\b/im.test(response)))
    return 'refused'
  return status === 200 ? 'plain' : 'nowhere'
}

async function login(port: number, agent = AGENT): Promise<string> {
  const body = 'user=alice'
  const head = [HOST, agent, 'Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`]
  const text = ['POST /login HTTP/1.1', ...head, 'Connection: close', '', body].join('\r\n')
  const response = await sendRaw(port, Buffer.from(text))
  return /^set-cookie: session=([^;]+)/im.exec(response)?.[1] ?? ''
}

describe.each(Object.keys(ADAPTERS))('the verdict on a raw request on %s', (adapter) => {
  let app: App
  let session = ''

  beforeAll(async () => {
    app = await start(adapter)
    session = await login(app.port)
  }, 30_000)
  afterAll(() => app?.child.kill('SIGKILL'))

  const frameworkResponses = FRAMEWORK_RESPONSES[adapter] ?? {}
  const ours = Object.entries(TRIALS).filter(([name]) => !Object.hasOwn(frameworkResponses, name))

  it.each(ours)('is the same on each adapter: %s', async (name, trial) => {
    const isHidden = RECEIVES_FIRST_HEADER.includes(adapter) && name.startsWith('duplicated Authorization headers')
    const response = await sendRaw(app.port, createRaw(trial, session), trial.from)
    expect(isHidden ? ['open'] : [trial.verdict].flat(), response).toContain(parseVerdict(response))
    expect(response).not.toContain('evil.test')
  })

  for (const [name, { verdict, bare }] of Object.entries(frameworkResponses)) {
    it(`is that of the framework: ${name}`, async () => {
      const trial = TRIALS[name] as Trial
      const response = await sendRaw(app.port, createRaw(trial, session))
      expect(parseVerdict(response), response).toBe(verdict)
      const atBare = await sendRaw(app.port, createRaw({ ...trial, target: bare }, session))
      expect(parseVerdict(atBare), atBare).toBe(verdict)
    })
  }

  it('is open for the same User-Agent of 3 kB in UTF-8, and refused for another one', async () => {
    const own = await login(app.port, ODD_AGENT)
    const request = async (agent: string): Promise<Verdict> =>
      parseVerdict(
        await sendRaw(app.port, createRaw({ head: [HOST, agent, `Cookie: session=${own}`], verdict: 'open' }, '')),
      )
    expect(await request(ODD_AGENT)).toBe('open')
    expect(await request(ODD_AGENT.slice(0, -1))).toBe('refused')
  })

  it('is still open for the login after all requests', async () => {
    const response = await sendRaw(
      app.port,
      createRaw(TRIALS['a request of a guarded page with a login'] as Trial, session),
    )
    expect(parseVerdict(response)).toBe('open')
  })
})
