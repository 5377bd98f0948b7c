// Clients that disconnect while a handler, a guard or a stream is running.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createLoginManager } from '@fetch-login/core'
import { createTestClock } from '@fetch-login/core/testing'
import { describe, expect, it } from 'vitest'
import { getCookieNames } from '../../core/test/adapters/login'
import { type Handler, hosts } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { send, serve } from '../testing/served'
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
const { loginMiddleware, auth } = expressLogin(manager)

describe.each(hosts)('$name', ({ create }) => {
  describe('a client that disconnects', () => {
    const abortRequest = async (handlers: readonly Handler[], until: Promise<unknown>): Promise<string> => {
      const origin = await serve(create([...handlers, (_req, res) => res.end('still here')]))
      const controller = new AbortController()
      const request = fetch(origin, { signal: controller.signal })
      await until
      controller.abort()
      await expect(request).rejects.toThrow(/abort/)
      return origin
    }
    const createDeferred = () => {
      let resolve = (): void => undefined
      const promise = new Promise<void>((done) => {
        resolve = done
      })
      return { promise, resolve }
    }

    it('during a slow handler does not stop the handler or the server', async () => {
      const [begun, ended] = [createDeferred(), createDeferred()]
      let result: unknown
      const logInSlowly: Handler = async (req, res, next) => {
        if (req.url === '/other') return next()
        begun.resolve()
        await new Promise((resolve) => res.on('close', resolve))
        result = await auth(req).loginUser(alice, { remember: true })
        res.writeHead(302, { location: '/' }).end()
        ended.resolve()
      }
      const origin = await abortRequest([loginMiddleware, logInSlowly], begun.promise)
      await ended.promise
      expect(result).toBe(true)
      expect((await send(`${origin}/other`)).body).toBe('still here')
    })

    it('while a guard loads the user does not cause an error', async () => {
      const [begun, ended] = [createDeferred(), createDeferred()]
      const login = expressLogin(
        createLoginManager<User>({
          secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
          loadUserFromRequest: async () => {
            begun.resolve()
            await new Promise((resolve) => setTimeout(resolve, 20))
            ended.resolve()
            return null
          },
        }),
      )
      const guard = login.loginRequired({ except: ['/other'] })
      const origin = await abortRequest([login.loginMiddleware, guard], begun.promise)
      await ended.promise
      expect((await send(`${origin}/other`)).body).toBe('still here')
    })

    it('during a stream does not cause an error', async () => {
      const ended = createDeferred()
      const endless = async function* () {
        for (;;) yield await new Promise<string>((resolve) => setTimeout(() => resolve('more '), 1))
      }
      const streaming: Handler = async (req, res, next) => {
        if (req.url === '/other') return next()
        await auth(req).loginUser(alice)
        await pipeline(Readable.from(endless()), res).catch(ended.resolve)
      }
      const origin = await serve(create([loginMiddleware, streaming, (_req, res) => res.end('still here')]))
      const controller = new AbortController()
      const response = await fetch(origin, { signal: controller.signal })
      expect(getCookieNames(response.headers.getSetCookie())).toEqual(['__Host-session'])
      controller.abort()
      await ended.promise
      expect((await send(`${origin}/other`)).body).toBe('still here')
    })
  })
})
