// The property `req.auth`.
import { type Auth, createLoginManager } from '@fetch-login/core'
import { describe, expect, it } from 'vitest'
import { auth, createErrorCollector, loginMiddleware, manager, options, type User } from '../testing/app'
import { type Handler, hosts } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { send, serve } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

describe.each(hosts)('$name', ({ create }) => {
  describe('the property req.auth', () => {
    const getProperty = (req: object, name = 'auth'): Auth<User> =>
      (req as Record<string, Auth<User>>)[name] as Auth<User>

    it('holds the Auth object under the name that the app chose', async () => {
      const named = expressLogin(manager, { property: 'login' })
      const origin = await serve(
        create([
          loginMiddleware,
          named.loginMiddleware,
          (req, res) =>
            res.end(String([getProperty(req) === auth(req), getProperty(req, 'login') === named.auth(req)])),
        ]),
      )
      expect((await send(origin)).body).toBe('true,true')
    })

    it('keeps the value that another library set before or after', async () => {
      const createPropertySetter = (payload: object): Handler => {
        return (req, _res, next) => {
          Object.assign(req, { auth: payload })
          next()
        }
      }
      const show: Handler = async (req, res) => {
        res.end(JSON.stringify([Reflect.get(req, 'auth'), await auth(req).currentUser()]))
      }
      const [before, after] = [
        await serve(create([createPropertySetter({ sub: 'jwt' }), loginMiddleware, show])),
        await serve(create([loginMiddleware, createPropertySetter({ sub: 'jwt' }), show])),
      ]
      for (const origin of [before, after]) expect((await send(origin)).body).toBe('[{"sub":"jwt"},null]')
    })

    it('throws if two managers share its name', async () => {
      const { errors, onError } = createErrorCollector()
      const other = expressLogin(createLoginManager(options))
      const third = expressLogin(createLoginManager(options))
      const show: Handler = (req, res) => res.end(String(getProperty(req)))
      const stack = [loginMiddleware, other.loginMiddleware, third.loginMiddleware]
      const origin = await serve(create([...stack, show], onError))
      expect((await send(origin)).status).toBe(500)
      expect(errors).toMatchObject([{ name: 'UsageError', message: expect.stringContaining('property') }])
      const without = await serve(
        create([...stack, async (req, res) => res.end(String(await other.auth(req).currentUser()))]),
      )
      expect((await send(without)).body).toBe('null')
    })
  })
})
