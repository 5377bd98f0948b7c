// Changes of the login and first reads after the headers were sent.
import { createLoginManager } from '@fetch-login/core'
import { createTestClock, recordEvents } from '@fetch-login/core/testing'
import { describe, expect, it } from 'vitest'
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
/** The login functions of a manager whose login is asynchronous. */
const slow = expressLogin(
  createLoginManager<User>({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id) => ({ id }),
    isActive: async () => true,
  }),
)

describe.each(hosts)('$name', ({ create }) => {
  describe('after the headers were sent', () => {
    const sendAndRecord = async (handlers: readonly Handler[]) => {
      const record = recordEvents(manager)
      const response = await send(await serve(create(handlers)))
      record.stop()
      return { ...response, events: record.names() }
    }
    const getResult = async (operation: Promise<unknown>): Promise<string> =>
      operation.then(
        () => 'done',
        (error) => error.code,
      )

    it('a login, a logout and a first read of the user reject, and the response continues', async () => {
      const handler: Handler = async (req, res) => {
        res.write('begun ')
        res.write(await getResult(auth(req).loginUser(alice, { remember: true })))
        res.end(` ${await getResult(auth(req).logoutUser())} ${await getResult(auth(req).currentUser())}`)
      }
      const { body, cookies, events } = await sendAndRecord([loginMiddleware, handler])
      expect([body, cookies]).toEqual(['begun response-sent response-sent response-sent', []])
      expect(events).not.toContain('userLoggedIn')
    })

    it('a login that is pending when the response is sent rejects', async () => {
      const codes: string[] = []
      const handler: Handler = async (req, res) => {
        const login = getResult(slow.auth(req).loginUser(alice))
        res.end('gone')
        codes.push(await login)
      }
      const { body, cookies } = await sendAndRecord([slow.loginMiddleware, handler])
      expect([body, cookies, codes]).toEqual(['gone', [], ['response-sent']])
    })

    it('loginMiddleware creates an Auth object that cannot read the login', async () => {
      const begin: Handler = (_req, res, next) => {
        res.write('begun ')
        next()
      }
      const handler: Handler = async (req, res) => {
        res.end(`${await getResult(auth(req).currentUser())} ${await getResult(auth(req).loginUser(alice))}`)
      }
      const { body, cookies } = await sendAndRecord([begin, loginMiddleware, handler])
      expect([body, cookies]).toEqual(['begun response-sent response-sent', []])
    })
  })
})
