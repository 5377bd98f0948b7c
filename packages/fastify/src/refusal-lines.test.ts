// One line for each refusal in development.
import { createLoginManager, type LoginManager, type LoginWarning } from '@fetch-login/core'
import { commit } from '@fetch-login/core/adapter'
import Fastify, { type InjectOptions } from 'fastify'
import { expect, it } from 'vitest'
import { expectQuietProcess } from '../../core/test/adapters/quiet-process'
import { fastifyLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

const alice: User = { id: 'alice' }

/** Returns the session cookie of a login that another secret signed. */
async function getForeignCookie(): Promise<string> {
  const manager = createLoginManager<User>({ secrets: 'x9Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR', loadUser: (id) => ({ id }) })
  const auth = manager.open(new Request('https://app.example/'))
  await auth.loginUser(alice)
  return commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

function createDeveloper(): { manager: LoginManager<User>; lines: LoginWarning[] } {
  const lines: LoginWarning[] = []
  const manager = createLoginManager<User>({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id) => ({ id }),
    loginView: '/login',
    debug: true,
    onWarning: (warning) => void lines.push(warning),
  })
  return { manager, lines }
}

async function createApp() {
  const { manager, lines } = createDeveloper()
  const { loginPlugin, loginRequired, auth } = fastifyLogin(manager)
  const app = Fastify()
  await app.register(loginPlugin)
  app.post('/login', async (request) => ({ done: await auth(request).loginUser(alice) }))
  app.get('/account', { onRequest: loginRequired() }, async () => 'account')
  const send = async (method: 'GET' | 'POST', url: string, more: Record<string, string>): Promise<number> => {
    const request: InjectOptions = { method, url, headers: { host: 'app.example', accept: 'text/html', ...more } }
    return (await app.inject(request)).statusCode
  }
  return { send, lines }
}

it('Fastify reports a refused origin with the expected one, and the options publicOrigin and trust proxy', async () => {
  const { send, lines } = await createApp()
  expect(await send('POST', '/login?a=1', { origin: 'https://app.example' })).toBe(403)
  const message =
    'POST /login (origin). Origin https://app.example, expected http://app.example: set publicOrigin or trust proxy, or add it to origins.'
  expect(lines).toEqual([{ code: 'refused', message }])
})

it('Fastify reports a login with Secure cookies over plain http once for each response', async () => {
  const { send, lines } = await createApp()
  for (let i = 0; i < 2; i++) expect(await send('POST', '/login', {})).toBe(200)
  const message = expect.stringMatching(/^POST \/login \(.*over http:\/\/app\.example, expected https.*publicOrigin/)
  expect(lines).toEqual(Array(2).fill(expect.objectContaining({ code: 'insecure-transport', message })))
})

it('Fastify reports why a guard refused a request after a login, and never the cookie', async () => {
  const { send, lines } = await createApp()
  const cookie = await getForeignCookie()
  expect(await send('GET', '/account?key=hidden', { cookie })).toBe(302)
  expect(lines.filter(({ code }) => code === 'refused')).toHaveLength(1)
  const [line] = lines
  expect(line?.message).toMatch(
    /^GET \/account \(bad-signature\)\. Expected a login in the cookie __Host-session: check secrets/,
  )
  expect(line?.message).not.toContain('hidden')
  expect(line?.message).not.toContain(cookie.slice(15, 30))
})
