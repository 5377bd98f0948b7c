// A login for the hosts of the tests, and a browser that sends requests to them over HTTP.
import { createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { createTestClient, createTestClock } from '@fetch-login/core/testing'
import { alice, createOptions, type User } from '../../core/test/adapters/login'
import { expressLogin } from '../src/index'
import type { ErrorHandler, Handler } from './hosts'
import { fetchOverHttp } from './served'

export { alice, bob, type User } from '../../core/test/adapters/login'

export const clock = createTestClock(1_800_000_000)

export const options: LoginManagerOptions<User> = createOptions(clock)
export const manager = createLoginManager(options)
export const { loginMiddleware, loginRequired, freshLoginRequired, auth } = expressLogin(manager)

export const createBrowser = (origin: string) => createTestClient<User>(fetchOverHttp, { manager, clock, origin })

/** Creates a handler that runs the handlers only for this path. */
export const createRoute =
  (path: string, ...handlers: Handler[]): Handler =>
  (req, res, next) => {
    if (req.url?.split('?')[0] !== path) return next()
    const runFrom = (index: number): unknown =>
      handlers[index]?.(req, res, (error) => (error ? next(error) : runFrom(index + 1)))
    return runFrom(0)
  }

export const greet: Handler = (req, res) => res.end(`hello ${auth(req).user.id}`)
export const logIn: Handler = async (req, res) => {
  await auth(req).loginUser(alice, { remember: true })
  res.end('in')
}

/** Creates an error handler that collects the errors that it receives. */
export const createErrorCollector = () => {
  const errors: unknown[] = []
  const onError: ErrorHandler = (error, _req, res) => {
    errors.push(error)
    if (res.headersSent) return res.destroy()
    res.statusCode = (error as { status?: number }).status ?? 500
    return res.end('sorry')
  }
  return { errors, onError }
}
