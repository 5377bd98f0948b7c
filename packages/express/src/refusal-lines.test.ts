// One line for each refusal in development.
import { createLoginManager, type LoginManager, type LoginWarning } from '@fetch-login/core'
import { commit } from '@fetch-login/core/adapter'
import { describe, expect, it } from 'vitest'
import { expressVersions } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { send as sendRequest, serve } from '../testing/served'
import { expressLogin } from './index'

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

async function createApp(express: (typeof expressVersions)[number][1]) {
  const { manager, lines } = createDeveloper()
  const { loginMiddleware, loginRequired, auth } = expressLogin(manager)
  const app = express()
  app.use(loginMiddleware)
  app.post('/login', async (req, res) => {
    await auth(req).loginUser(alice)
    res.send('done')
  })
  app.get('/account', loginRequired(), (_req, res) => void res.send('account'))
  const origin = await serve(app)
  const send = async (method: string, path: string, more: Record<string, string>): Promise<number> =>
    (await sendRequest(origin + path, { method, headers: { host: 'app.example', accept: 'text/html', ...more } }))
      .status
  return { send, lines }
}

describe.each(expressVersions)('%s', (_name, express) => {
  it('reports a refused origin with the expected one, and the options publicOrigin and trust proxy', async () => {
    const { send, lines } = await createApp(express)
    expect(await send('POST', '/login?a=1', { origin: 'https://app.example' })).toBe(403)
    const message =
      'POST /login (origin). Origin https://app.example, expected http://app.example: set publicOrigin or trust proxy, or add it to origins.'
    expect(lines).toEqual([{ code: 'refused', message }])
  })

  it('reports a login with Secure cookies over plain http once for each response', async () => {
    const { send, lines } = await createApp(express)
    for (let i = 0; i < 2; i++) expect(await send('POST', '/login', {})).toBe(200)
    const message = expect.stringMatching(/^POST \/login \(.*over http:\/\/app\.example, expected https.*publicOrigin/)
    expect(lines).toEqual(Array(2).fill(expect.objectContaining({ code: 'insecure-transport', message })))
  })

  it('reports why a guard refused a request after a login, and never the cookie', async () => {
    const { send, lines } = await createApp(express)
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
})
