// What no browser sends: over raw sockets, to the built contract app of each adapter. The verdict is the same on all of
// them: an anonymous visitor never gets in, nothing is a 500, and who is logged in does not lose the login by it.
import { type ChildProcess, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADAPTERS } from '../adapters.mjs'

const START = fileURLToPath(new URL('../start.mjs', import.meta.url))
const PROFILE = { login_view: '/login', refresh_view: '/reauth', request_loader: true, session_protection: 'strong' }

/** `open`: behind the guard. `refused`: by the guard. `plain`: a page for everybody. `nowhere`: no such page, or no HTTP. */
type Verdict = 'open' | 'refused' | 'plain' | 'nowhere' | 'broken'

interface Trial {
  readonly target?: string
  readonly method?: string
  readonly version?: string
  /** Lines of the head; `{session}` is the cookie of somebody who is logged in. */
  readonly head?: readonly string[]
  readonly from?: string
  readonly verdict: Verdict | readonly Verdict[]
}

const HOST = 'Host: example.test'
const AGENT = 'User-Agent: tester/1'
const NOBODY = [HOST, AGENT]
const ODD_AGENT = `User-Agent: ${'登録é'.repeat(400)}`
const SOMEBODY = [...NOBODY, 'Cookie: session={session}']
const junk = (bytes: number): string => `junk=${'x'.repeat(bytes - 5)}`
/** Frameworks read this in different ways; whatever each makes of it, it is not open. */
const SHUT = ['refused', 'nowhere', 'plain'] as const

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
  '/files/../secret': SHUT,
  '/files/%2e%2e/secret': SHUT,
  '/static/../secret': SHUT,
  '/_next/../secret': SHUT,
  '/./secret': SHUT,
  '/%73ecret': SHUT,
  '/secret/': SHUT,
  '/SECRET': SHUT,
  '/files//a': SHUT,
  '/files/%2fa': SHUT,
  '/files/%zz': SHUT,
  '/files/%ff': SHUT,
  '/files/..': SHUT,
  '*': SHUT,
}

const TRIALS: Readonly<Record<string, Trial>> = {
  'nobody at a guarded page': { verdict: 'refused' },
  'somebody at a guarded page': { head: SOMEBODY, verdict: 'open' },

  // headers
  'a Cookie header of 8 kB': { head: [...NOBODY, `Cookie: ${junk(8192)}`], verdict: 'refused' },
  'a Cookie header of 8 kB with a login at its end': {
    head: [...NOBODY, `Cookie: ${junk(7600)}; session={session}`],
    verdict: 'open',
  },
  'a User-Agent of 3 kB in UTF-8': { head: [HOST, ODD_AGENT], verdict: 'refused' },
  'a login in the second Cookie line': {
    head: [...NOBODY, 'Cookie: a=1', 'Cookie: session={session}'],
    verdict: 'open',
  },
  'two sessions, the first one forged': {
    head: [...NOBODY, 'Cookie: session=forged', 'Cookie: session={session}'],
    verdict: 'open',
  },
  'two sessions, the second one forged': {
    head: [...NOBODY, 'Cookie: session={session}', 'Cookie: session=forged'],
    verdict: 'open',
  },
  'one API key': { head: [...NOBODY, 'Authorization: Api-Key key-alice'], verdict: 'open' },
  'two Authorization lines': {
    head: [...NOBODY, 'Authorization: Api-Key key-alice', 'Authorization: Api-Key key-bob'],
    verdict: 'refused',
  },
  'two Authorization lines, the second one empty': {
    head: [...NOBODY, 'Authorization: Api-Key key-alice', 'Authorization:'],
    verdict: 'refused',
  },
  'an API key behind another Authorization line': {
    head: [...NOBODY, 'Authorization: Api-Key key-nobody', 'Authorization: Api-Key key-alice'],
    verdict: 'refused',
  },
  'bytes that are no UTF-8 in a cookie': { head: [...NOBODY, 'Cookie: session=\xff\xfe\x80'], verdict: 'refused' },

  // forwarding headers, and others that servers are told by
  'a forged address, from another one': {
    head: [...SOMEBODY, 'X-Forwarded-For: 127.0.0.1', 'X-Real-IP: 127.0.0.1', 'Forwarded: for=127.0.0.1'],
    from: '127.0.0.2',
    verdict: 'refused',
  },
  'a forged address that is another one': { head: [...SOMEBODY, 'X-Forwarded-For: 10.0.0.9'], verdict: 'open' },
  'a forged host and scheme': {
    head: [...NOBODY, 'X-Forwarded-Host: evil.test', 'X-Forwarded-Proto: https', 'X-Forwarded-Port: 1'],
    verdict: 'refused',
  },
  'a forged path': {
    head: [...NOBODY, 'X-Original-URL: /static', 'X-Rewrite-URL: /static', 'X-Forwarded-Prefix: /static'],
    verdict: 'refused',
  },
  'a forged method': { method: 'POST', head: [...NOBODY, 'X-HTTP-Method-Override: OPTIONS'], verdict: 'refused' },
  'a forged inner request of Next.js': {
    head: [...NOBODY, 'X-Middleware-Subrequest: proxy:proxy:proxy:proxy:proxy', 'X-Middleware-Next: 1'],
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
  'an absolute target, somebody': {
    target: 'http://example.test/secret',
    head: SOMEBODY,
    verdict: 'open',
  },

  // spellings of a path
  ...Object.fromEntries(
    Object.entries(TARGETS).map(([target, verdict]) => [`the target ${target}`, { target, verdict }]),
  ),

  // methods
  'OPTIONS looks at nobody': { method: 'OPTIONS', verdict: 'plain' },
  'the method HEAD': { method: 'HEAD', verdict: 'refused' },
  'the method POST': { method: 'POST', verdict: 'refused' },
  ...Object.fromEntries(
    ['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY'].map((method) => [
      `the method ${method}`,
      { method, verdict: 'nowhere' } as Trial,
    ]),
  ),
}

/** What a framework answers before it asks a handler, and does at a page of its own that has nothing of ours, too. */
interface ByItself {
  readonly verdict: Verdict
  readonly bare: string
}

const BY_ITSELF: Readonly<Record<string, Readonly<Record<string, ByItself>>>> = {
  next: {
    'an absolute target': { verdict: 'nowhere', bare: 'http://example.test/asked' },
    'an absolute target elsewhere': { verdict: 'nowhere', bare: 'http://evil.test/asked' },
    'an absolute target, somebody': { verdict: 'nowhere', bare: 'http://example.test/asked' },
    'the target /files/%zz': { verdict: 'broken', bare: '/bare/%zz' },
    'the target /files/%ff': { verdict: 'broken', bare: '/bare/%ff' },
    'the target *': { verdict: 'broken', bare: '*' },
    'the method TRACE': { verdict: 'broken', bare: '/asked' },
  },
}

/** Next.js hands on what Node kept of two such lines: the first one. That there was another cannot be seen. */
const SEES_ONE_LINE = ['next']

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

function rawOf({ method = 'GET', target = '/secret', version = '1.1', head = NOBODY }: Trial, session: string): Buffer {
  const lines = [...head, 'Accept: text/html', 'Connection: close', ...(method === 'POST' ? ['Content-Length: 0'] : [])]
  const text = [`${method} ${target} HTTP/${version}`, ...lines, '', ''].join('\r\n').replaceAll('{session}', session)
  const isBytes = /^[\0-\xff]*$/.test(text)
  return Buffer.from(text, isBytes ? 'latin1' : 'utf8')
}

function sent(port: number, request: Buffer, from = '127.0.0.1'): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from }, () => socket.write(request))
    let answer = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text
    })
    socket.on('close', () => resolve(answer)).on('error', reject)
    socket.setTimeout(8000, () => socket.destroy(new Error(`no end within 8 s of: ${answer}`)))
  })
}

function verdictOn(answer: string): Verdict {
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0)
  if (status >= 500 || status === 0) return 'broken'
  if (answer.includes('"granted":true')) return 'open'
  if (status === 401 || ((status === 302 || status === 303) && /^location: \/login\b/im.test(answer))) return 'refused'
  return status === 200 ? 'plain' : 'nowhere'
}

async function login(port: number, agent = AGENT): Promise<string> {
  const body = 'user=alice'
  const head = [HOST, agent, 'Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`]
  const text = ['POST /login HTTP/1.1', ...head, 'Connection: close', '', body].join('\r\n')
  const answer = await sent(port, Buffer.from(text))
  return /^set-cookie: session=([^;]+)/im.exec(answer)?.[1] ?? ''
}

describe.each(Object.keys(ADAPTERS))('over a raw socket, on %s', (adapter) => {
  let app: App
  let session = ''

  beforeAll(async () => {
    app = await start(adapter)
    session = await login(app.port)
  }, 30_000)
  afterAll(() => app?.child.kill('SIGKILL'))

  const byItself = BY_ITSELF[adapter] ?? {}
  const ours = Object.entries(TRIALS).filter(([name]) => !Object.hasOwn(byItself, name))

  it.each(ours)('%s', async (name, trial) => {
    const isHidden = SEES_ONE_LINE.includes(adapter) && name.startsWith('two Authorization lines')
    const answer = await sent(app.port, rawOf(trial, session), trial.from)
    expect(isHidden ? ['open'] : [trial.verdict].flat(), answer).toContain(verdictOn(answer))
    expect(answer).not.toContain('evil.test')
  })

  for (const [name, { verdict, bare }] of Object.entries(byItself)) {
    it(`${name}, which the framework answers by itself`, async () => {
      const trial = TRIALS[name] as Trial
      const answer = await sent(app.port, rawOf(trial, session))
      expect(verdictOn(answer), answer).toBe(verdict)
      const atBare = await sent(app.port, rawOf({ ...trial, target: bare }, session))
      expect(verdictOn(atBare), atBare).toBe(verdict)
    })
  }

  it('knows a User-Agent of 3 kB in UTF-8 again', async () => {
    const own = await login(app.port, ODD_AGENT)
    const ask = async (agent: string): Promise<Verdict> =>
      verdictOn(await sent(app.port, rawOf({ head: [HOST, agent, `Cookie: session=${own}`], verdict: 'open' }, '')))
    expect(await ask(ODD_AGENT)).toBe('open')
    expect(await ask(ODD_AGENT.slice(0, -1))).toBe('refused')
  })

  it('goes on after all of it', async () => {
    const answer = await sent(app.port, rawOf(TRIALS['somebody at a guarded page'] as Trial, session))
    expect(verdictOn(answer)).toBe('open')
  })
})
