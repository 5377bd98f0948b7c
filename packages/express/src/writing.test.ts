// Headers leave whenever somebody writes. Whatever way that is, the cookies of the login are on the answer, once, beside
// what the app says itself; and where nobody asked who is there, the answer is what it is without us, byte for byte.
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createLoginManager } from '@fetch-login/core'
import { createTestClock, recordEvents } from '@fetch-login/core/testing'
import { describe, expect, it } from 'vitest'
import { type Handler, hosts } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { ask, askRaw, served } from '../testing/served'
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
/** A login that is asynchronous. */
const slow = expressLogin(
  createLoginManager<User>({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id) => ({ id }),
    isActive: async () => true,
  }),
)

type Way = (res: ServerResponse) => unknown
const words = (): Readable => Readable.from(['one ', 'two ', 'three'])

/** Every way in which Node's http can send a response. */
const ways: Readonly<Record<string, Way>> = {
  'end()': (res) => res.end('hello'),
  'end() without a body': (res) => res.end(),
  'end() twice': (res) => res.end('hello') && res.end(),
  'write() and end()': (res) => res.write('hello ') && res.end('you'),
  'a pipe': (res) => words().pipe(res),
  'a pipeline': (res) => pipeline(words(), res),
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
  'its own Cache-Control': (res) => res.setHeader('Cache-Control', 'private, max-age=9').end('hello'),
  'a redirect': (res) => res.writeHead(302, { Location: '/next' }).end(),
  '204': (res) => res.writeHead(204).end(),
  '304': (res) => {
    res.statusCode = 304
    res.setHeader('ETag', '"a"')
    res.end()
  },
  '404 with a message of its own': (res) => {
    res.statusCode = 404
    res.statusMessage = 'Not Here'
    res.end('no')
  },
  'informational answers before': (res) => {
    res.writeProcessing()
    res.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' }, () => res.end('hello'))
  },
  'writeHead(1xx) before': (res) => {
    res.writeContinue()
    setTimeout(() => res.end('hello'), 5)
  },
  'a slow answer': (res) => setTimeout(() => res.end('hello'), 20),
}

const OURS = /^__Host-(session|remember_token)=[\w.-]+; (Max-Age=\d+; )?Path=\/; Secure; HttpOnly; SameSite=Lax$/

const names = (lines: readonly string[]): string[] => lines.map((line) => line.slice(0, line.indexOf('=')))
const own = (lines: readonly string[]): string[] =>
  lines
    .filter((line) => !/^(set-cookie|vary|cache-control|clear-site-data):/i.test(line))
    .map((line) => line.toLowerCase())

describe.each(hosts)('$name', ({ create }) => {
  describe.each(Object.entries(ways))('%s', (_way, way) => {
    const answering: Handler = (_req, res) => void way(res)
    const entering: Handler = async (req, res) => {
      await auth(req).loginUser(alice, { remember: true })
      way(res)
    }

    it.each(['GET', 'HEAD'])('carries a login and all headers of the app: %s', async (method) => {
      const [with_, without] = [await served(create([loginMiddleware, entering])), await served(create([answering]))]
      const [answer, bare] = [await ask(with_, { method }), await ask(without, { method })]
      expect([answer.status, answer.message, answer.body]).toEqual([bare.status, bare.message, bare.body])
      expect(answer.before).toEqual(bare.before)
      expect(own(answer.lines).sort()).toEqual(own(bare.lines).sort())
      const ours = answer.cookies.filter((line) => OURS.test(line))
      expect(names(ours)).toEqual(['__Host-session', '__Host-remember_token'])
      expect(answer.cookies.filter((line) => !ours.includes(line))).toEqual(bare.cookies)
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
      const vary = (bare.headers.get('vary') ?? '').split(', ').filter((name) => name !== '')
      const varies = /\*|cookie/i.test(String(vary)) ? vary : [...vary, 'Cookie']
      expect(answer.headers.get('vary')).toBe(varies.join(', '))
    })

    it.each(['GET', 'HEAD'])('is unchanged if the login was not read: %s', async (method) => {
      const [with_, without] = [await served(create([loginMiddleware, answering])), await served(create([answering]))]
      const headers = { cookie: '__Host-session=x; __Host-remember_token=y', accept: 'text/html' }
      expect(await ask(with_, { method, headers })).toEqual(await ask(without, { method, headers }))
    })
  })

  it('keeps each line of a name in a list of headers', async () => {
    const handler: Handler = async (req, res) => {
      await auth(req).loginUser(alice)
      res.writeHead(200, ['Link', '<a>', 'Link', '<b>', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']).end()
    }
    const { cookies, headers } = await ask(await served(create([loginMiddleware, handler])))
    expect(headers.get('link')).toBe('<a>, <b>')
    expect(names(cookies)).toEqual(['a', 'b', '__Host-session'])
  })

  it('fails if Node fails, and keeps the login for the response that is sent instead', async () => {
    for (const broken of [{ 'x-bad': 'a\nb' }, { 'bad name': 'a' }, { 'x-bad': undefined as unknown as string }]) {
      const handler: Handler = async (req, res) => {
        await auth(req).loginUser(alice)
        res.writeHead(200, broken).end()
      }
      const { status, cookies } = await ask(await served(create([loginMiddleware, handler])))
      expect([status, names(cookies)]).toEqual([500, ['__Host-session']])
    }
  })

  it.each([
    ['a status that is none', (res: ServerResponse) => res.writeHead(42).end()],
    ['a message that is none', (res: ServerResponse) => res.writeHead(200, 'a\nb').end()],
  ])('sends the login once if the first attempt had %s', async (_what, way) => {
    const handler: Handler = async (req, res) => {
      await auth(req).loginUser(alice)
      way(res)
    }
    const { status, cookies } = await ask(await served(create([loginMiddleware, handler])))
    expect([status, names(cookies)]).toEqual([500, ['__Host-session']])
  })

  it('leaves a second writeHead() the error that it is', async () => {
    const handler: Handler = (_req, res) => {
      res.writeHead(200)
      expect(() => res.writeHead(200)).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }))
      expect(() => res.setHeader('x', '1')).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }))
      res.end('fine')
    }
    expect((await ask(await served(create([loginMiddleware, handler])))).body).toBe('fine')
  })

  describe('after the headers left', () => {
    const late = async (handlers: readonly Handler[]) => {
      const record = recordEvents(manager)
      const answer = await ask(await served(create(handlers)))
      record.stop()
      return { ...answer, events: record.names() }
    }
    const told = async (verb: Promise<unknown>): Promise<string> =>
      verb.then(
        () => 'done',
        (error) => error.code,
      )

    it('a login and a first read of the user are refused with an error, and the response goes on', async () => {
      const handler: Handler = async (req, res) => {
        res.write('begun ')
        res.write(await told(auth(req).loginUser(alice, { remember: true })))
        res.end(` ${await told(auth(req).logoutUser())} ${await told(auth(req).currentUser())}`)
      }
      const { body, cookies, events } = await late([loginMiddleware, handler])
      expect([body, cookies]).toEqual(['begun response-sent response-sent response-sent', []])
      expect(events).not.toContain('userLoggedIn')
    })

    it('a login that is awaited after the response was sent is refused too', async () => {
      const codes: string[] = []
      const handler: Handler = async (req, res) => {
        const login = told(slow.auth(req).loginUser(alice))
        res.end('gone')
        codes.push(await login)
      }
      const { body, cookies } = await late([slow.loginMiddleware, handler])
      expect([body, cookies, codes]).toEqual(['gone', [], ['response-sent']])
    })

    it('a loginMiddleware after the headers were sent creates an Auth object that cannot read the login', async () => {
      const begin: Handler = (_req, res, next) => {
        res.write('begun ')
        next()
      }
      const handler: Handler = async (req, res) => {
        res.end(`${await told(auth(req).currentUser())} ${await told(auth(req).loginUser(alice))}`)
      }
      const { body, cookies } = await late([begin, loginMiddleware, handler])
      expect([body, cookies]).toEqual(['begun response-sent response-sent', []])
    })
  })

  describe('a client that goes away', () => {
    const aborted = async (handlers: readonly Handler[], until: Promise<unknown>): Promise<string> => {
      const origin = await served(create([...handlers, (_req, res) => res.end('still here')]))
      const controller = new AbortController()
      const gone = fetch(origin, { signal: controller.signal })
      await until
      controller.abort()
      await expect(gone).rejects.toThrow(/abort/)
      return origin
    }
    const signal = () => {
      let go: () => void = () => undefined
      const come = new Promise<void>((resolve) => {
        go = resolve
      })
      return { come, go }
    }

    it('while the handler is slow leaves it to its end, and the server at work', async () => {
      const [begun, ended] = [signal(), signal()]
      let result: unknown
      const slow: Handler = async (req, res, next) => {
        if (req.url === '/other') return next()
        begun.go()
        await new Promise((resolve) => res.on('close', resolve))
        result = await auth(req).loginUser(alice, { remember: true })
        res.writeHead(302, { location: '/' }).end()
        ended.go()
      }
      const origin = await aborted([loginMiddleware, slow], begun.come)
      await ended.come
      expect(result).toBe(true)
      expect((await ask(`${origin}/other`)).body).toBe('still here')
    })

    it('while a guard waits for the user lets the refusal go nowhere', async () => {
      const [begun, ended] = [signal(), signal()]
      const login = expressLogin(
        createLoginManager<User>({
          secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
          loadUserFromRequest: async () => {
            begun.go()
            await new Promise((resolve) => setTimeout(resolve, 20))
            ended.go()
            return null
          },
        }),
      )
      const guard = login.loginRequired({ except: ['/other'] })
      const origin = await aborted([login.loginMiddleware, guard], begun.come)
      await ended.come
      expect((await ask(`${origin}/other`)).body).toBe('still here')
    })

    it('in the middle of a stream takes nothing down', async () => {
      const ended = signal()
      const endless = async function* () {
        for (;;) yield await new Promise<string>((resolve) => setTimeout(() => resolve('more '), 1))
      }
      const streaming: Handler = async (req, res, next) => {
        if (req.url === '/other') return next()
        await auth(req).loginUser(alice)
        await pipeline(Readable.from(endless()), res).catch(ended.go)
      }
      const origin = await served(create([loginMiddleware, streaming, (_req, res) => res.end('still here')]))
      const controller = new AbortController()
      const answer = await fetch(origin, { signal: controller.signal })
      expect(names(answer.headers.getSetCookie())).toEqual(['__Host-session'])
      controller.abort()
      await ended.come
      expect((await ask(`${origin}/other`)).body).toBe('still here')
    })
  })

  it('sends each of several requests on one connection its own headers', async () => {
    const handler: Handler = async (req, res) => {
      if (req.url === '/in') await auth(req).loginUser(alice)
      res.end(req.url)
    }
    const origin = await served(create([loginMiddleware, handler]))
    const { text } = await askRaw(origin, 'GET /in HTTP/1.1', [
      ...['Host: a', '', 'GET /one HTTP/1.1', 'Host: a', '', 'GET /two HTTP/1.1', 'Host: a'],
    ])
    const answers = text.split(/(?=HTTP\/1\.1 200)/)
    expect(answers.map((answer) => [/set-cookie: __Host-session/i.test(answer), answer.split('\r\n\r\n')[1]])).toEqual([
      [true, '/in'],
      [false, '/one'],
      [false, '/two'],
    ])
  })

  it('refuses with the same headers with or without a body', async () => {
    const origin = await served(create([loginMiddleware, loginRequired()]))
    const headers = { accept: 'application/json' }
    const [get, head] = [await ask(origin, { headers }), await ask(origin, { headers, method: 'HEAD' })]
    expect([head.status, head.body]).toEqual([401, ''])
    expect(head.lines).toEqual(get.lines)
  })
})

// Express sets a header of its own before, and Node then takes no pairs.
describe.each(hosts.filter(({ name }) => !name.startsWith('Express')))('$name', ({ create }) => {
  it('accepts a list of pairs, as Node does if no header was set before', async () => {
    const pairs = [
      ['X-Own', '1'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
    ] as unknown as string[]
    const handler: Handler = async (req, res) => {
      await auth(req).loginUser(alice)
      res.writeHead(200, pairs).end('hello')
    }
    const { cookies, headers } = await ask(await served(create([loginMiddleware, handler])))
    expect(headers.get('x-own')).toBe('1')
    expect(names(cookies)).toEqual(['a', 'b', '__Host-session'])
    const bare: Handler = (_req, res) => res.writeHead(200, pairs).end('hello')
    const [with_, without] = [await served(create([loginMiddleware, bare])), await served(create([bare]))]
    expect((await ask(with_)).lines).toEqual((await ask(without)).lines)
  })
})
