// One line for each refusal in development: in the proxy, in a route handler, in an action and in a page.
import { createLoginManager, type LoginManager, type LoginWarning } from '@fetch-login/core'
import { commit } from '@fetch-login/core/adapter'
import { NextRequest } from 'next/server'
import { expect, it, vi } from 'vitest'
import { nextLogin } from './index'

// Replaces Next.js, which would provide the headers of the current request.
const { current } = vi.hoisted(() => ({ current: { headers: new Headers() } }))
vi.mock('next/headers', () => ({
  headers: async () => current.headers,
  cookies: async () => ({ set: () => undefined }),
}))

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

function createApp() {
  const { manager, lines } = createDeveloper()
  const { withLoginRequired, loginRequired, loginProxy, auth } = nextLogin(manager)
  return { manager, lines, withLoginRequired, loginRequired, loginProxy, auth }
}

/** Sets the request of a page or an action, of which Next.js provides only the headers. */
function setRequest(manager: LoginManager<User>, path: string, more: Record<string, string>): void {
  const address = manager.signUrl(`http://app.example${path}`)
  current.headers = new Headers({ host: 'app.example', accept: 'text/html', 'x-fetch-login-url': address, ...more })
}

const createRequest = (method: string, path: string, more: Record<string, string>): NextRequest =>
  new NextRequest(`http://app.example${path}`, {
    method,
    headers: { host: 'app.example', accept: 'text/html', ...more },
  })

const params = { params: Promise.resolve({}) }
const ACTION = { 'next-action': 'an-id', origin: 'http://app.example' }

const ORIGIN_LINE =
  'POST /login (origin). Origin https://app.example, expected http://app.example: set publicOrigin or trust proxy, or add it to origins.'
const FOREIGN = { origin: 'https://app.example' }

it.each(['the proxy', 'a route handler', 'an action'])(
  'Next.js reports an origin that %s refused, with the expected one, and the options publicOrigin and trust proxy',
  async (place) => {
    const { manager, lines, loginProxy, auth } = createApp()
    if (place === 'the proxy') await loginProxy(createRequest('POST', '/login?a=1', FOREIGN))
    if (place === 'a route handler') {
      const route = auth(() => Response.json('done'))
      expect((await route(createRequest('POST', '/login?a=1', FOREIGN), params)).status).toBe(403)
    }
    if (place === 'an action') {
      setRequest(manager, '/login?a=1', { ...ACTION, ...FOREIGN })
      await expect(auth()).rejects.toThrow()
    }
    expect(lines).toEqual([{ code: 'refused', message: ORIGIN_LINE }])
  },
)

it.each(['a route handler', 'an action'])(
  'Next.js reports a login of %s with Secure cookies over plain http once for each response',
  async (place) => {
    const { manager, lines, auth } = createApp()
    const route = auth(async (_request, login) => Response.json(await login.loginUser(alice)))
    for (let i = 0; i < 2; i++) {
      setRequest(manager, '/login', ACTION)
      if (place === 'an action') await (await auth()).loginUser(alice)
      else await route(createRequest('POST', '/login', {}), params)
    }
    const message = expect.stringMatching(/^POST \/login \(.*over http:\/\/app\.example, expected https.*publicOrigin/)
    expect(lines).toEqual(Array(2).fill(expect.objectContaining({ code: 'insecure-transport', message })))
  },
)

it.each(['a page', 'a route handler'])(
  'Next.js reports why the guard of %s refused a request after a login, and never the cookie',
  async (place) => {
    const { manager, lines, loginRequired, withLoginRequired } = createApp()
    const cookie = await getForeignCookie()
    setRequest(manager, '/account?key=hidden', { cookie })
    if (place === 'a page') await expect(loginRequired()).rejects.toThrow()
    else {
      const route = withLoginRequired(() => Response.json('account'))
      expect((await route(createRequest('GET', '/account?key=hidden', { cookie }), params)).status).toBe(302)
    }
    const [line, ...others] = lines.filter(({ code }) => code === 'refused')
    expect(others).toEqual([])
    expect(line?.message).toMatch(
      /^GET \/account \(bad-signature\)\. Expected a login in the cookie __Host-session: check secrets/,
    )
    expect(line?.message).not.toContain('hidden')
    expect(line?.message).not.toContain(cookie.slice(15, 30))
  },
)
