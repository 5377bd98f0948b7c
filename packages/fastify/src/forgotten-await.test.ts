// The error handler receives an error about a login that the handler does not await. The process does not end.
import { createLoginManager } from '@fetch-login/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { fastifyLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }
const waitForTimers = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

async function createApp(debug: boolean, isSlow: boolean): Promise<{ app: FastifyInstance; errors: unknown[] }> {
  const secrets = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
  const manager = createLoginManager<User>({ secrets, loadUser: (id) => ({ id }), debug, onWarning: () => undefined })
  if (isSlow) manager.on('userLoggedIn', waitForTimers)
  const { loginPlugin, auth } = fastifyLogin(manager)
  const errors: unknown[] = []
  const app = Fastify()
  app.setErrorHandler((error, _request, reply) => {
    errors.push(error)
    return reply.code(500).send('sorry')
  })
  await app.register(loginPlugin)
  app.get('/async', async (request, reply) => {
    void auth(request).loginUser(alice)
    return reply.redirect('/')
  })
  app.get('/sync', (request, reply) => {
    void auth(request).loginUser(alice)
    reply.send('done')
  })
  app.get('/callback', (request, reply) => {
    void auth(request).loginUser(alice)
    setImmediate(() => reply.send('done'))
  })
  app.get('/hijacked', (request, reply) => {
    void auth(request).loginUser(alice)
    reply.hijack()
    setImmediate(() => reply.raw.end('done'))
  })
  return { app, errors }
}

describe('a login without await', () => {
  it.each(['/async', '/sync'])('reaches the error handler if it is pending when %s responds', async (url) => {
    const { app, errors } = await createApp(false, true)
    const response = await app.inject({ url })
    expect([response.statusCode, response.cookies, response.body]).toEqual([500, [], 'sorry'])
    expect(response.headers.location).toBeUndefined()
    expect(errors).toEqual([
      expect.objectContaining({ code: 'response-sent', message: expect.stringContaining('await loginUser()') }),
    ])
    await waitForTimers()
  })

  it.each(['/async', '/sync', '/callback'])(
    'reaches the error handler in development even if it completed before %s responds',
    async (url) => {
      const { app, errors } = await createApp(true, false)
      const response = await app.inject({ url })
      expect([response.statusCode, response.cookies, response.body]).toEqual([500, [], 'sorry'])
      expect(response.headers.location).toBeUndefined()
      expect(errors).toEqual([expect.objectContaining({ code: 'not-awaited' })])
    },
  )

  it.each([true, false])('ends a hijacked reply with status 500 and no cookie, if debug is %j', async (debug) => {
    const { app, errors } = await createApp(debug, !debug)
    const response = await app.inject({ url: '/hijacked' })
    expect([response.statusCode, response.cookies]).toEqual([500, []])
    expect(response.json()).toMatchObject({ code: debug ? 'not-awaited' : 'response-sent', statusCode: 500 })
    expect(errors).toEqual([])
  })
})
