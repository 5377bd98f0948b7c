// One line for each refusal in development, with the handler of withLogin().
import { describe, expect, it } from 'vitest'
import { commit } from '../src/adapter'
import { createLoginManager, type LoginWarning, withLogin } from '../src/index'
import { alice, createManager, setUp, type User } from './setup'

/** Returns the session cookie of a login that another secret signed. */
async function getForeignCookie(): Promise<string> {
  const auth = createManager().open(new Request('https://app.example/'))
  await auth.loginUser(alice)
  return commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

function createApp() {
  const lines: LoginWarning[] = []
  const onWarning = (warning: LoginWarning): void => void lines.push(warning)
  const manager = createLoginManager<User>({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id) => ({ id }),
    loginView: '/login',
    debug: true,
    onWarning,
  })
  const handle = withLogin(manager, async (request, auth) => {
    if (request.method === 'POST') return Response.json(await auth.loginUser(alice))
    const decision = await auth.require()
    return decision.ok ? new Response('account') : decision.respond()
  })
  const send = (url: string, method: string, headers: Record<string, string>): Promise<Response> =>
    handle(new Request(url, { method, headers: { host: new URL(url).host, accept: 'text/html', ...headers } }))
  return { send, lines }
}

it('withLogin() reports a refused origin with the expected one, and the options publicOrigin and trust proxy', async () => {
  const { send, lines } = createApp()
  const response = await send('http://127.0.0.1:4002/login?a=1', 'POST', { origin: 'https://app.example' })
  expect([response.status, lines]).toEqual([
    403,
    [
      {
        code: 'refused',
        message:
          'POST /login (origin). Origin https://app.example, expected http://127.0.0.1:4002: set publicOrigin or trust proxy, or add it to origins.',
      },
    ],
  ])
})

it('withLogin() reports a login with Secure cookies over plain http once for each response', async () => {
  const { send, lines } = createApp()
  for (let i = 0; i < 2; i++) await send('http://app.example/login', 'POST', {})
  const message = expect.stringMatching(/^POST \/login \(.*over http:\/\/app\.example, expected https.*publicOrigin/)
  expect(lines).toEqual(Array(2).fill(expect.objectContaining({ code: 'insecure-transport', message })))
})

it('withLogin() reports why a guard refused a request after a login, and never the cookie', async () => {
  const { send, lines } = createApp()
  const cookie = await getForeignCookie()
  const response = await send('https://app.example/account?key=hidden', 'GET', { cookie })
  expect([response.status, lines.length]).toEqual([302, 1])
  expect(lines[0]?.message).toMatch(
    /^GET \/account \(bad-signature\)\. Expected a login in the cookie __Host-session: check secrets/,
  )
  expect(lines[0]?.message).not.toContain('hidden')
  expect(lines[0]?.message).not.toContain(cookie.slice(15, 30))
})

describe('checkCsrf() with Secure cookies', () => {
  it.each([
    [
      'http://app.example',
      'no cookie',
      'Received a CSRF token without its cookie: cookies are Secure, and the page is on http',
    ],
    ['http://app.example', 'a cookie and another token', 'Received a wrong CSRF token'],
    ['http://localhost', 'no cookie', 'Received a wrong CSRF token'],
    ['https://app.example', 'no cookie', 'Received a wrong CSRF token'],
  ])('reports for a page of %s that sends %s: %s', async (origin, sent, expected) => {
    const hasCookie = sent !== 'no cookie'
    const lines: string[] = []
    const onWarning = ({ code, message }: LoginWarning): void => void (code === 'refused' && lines.push(message))
    const { manager } = setUp({ csrf: 'token', debug: true, onWarning })
    const { host } = new URL(origin)
    const page = manager.open(new Request('https://other.example/'))
    const token = await page.csrfToken()
    const cookie = commit(page, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const wrong = hasCookie ? 'A'.repeat(token.length) : token
    const headers = hasCookie ? { host, cookie } : { host }
    const auth = manager.open(new Request(`${origin}/login`, { method: 'POST', headers }))
    expect(await auth.checkCsrf(wrong)).toBe(false)
    expect(lines).toEqual([expect.stringContaining(expected)])
  })
})
