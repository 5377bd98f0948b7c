import { describe, expect, it } from 'vitest'
import { commit } from '../src/adapter'
import { withLogin } from '../src/fetch'
import { createLoginManager, type Refusal } from '../src/index'
import { createTestClient } from '../src/testing'

const ada = { id: '1', name: 'Ada' }
const secrets = 'a secret for these tests, long enough to be one'

function createClient(seen: Refusal[]) {
  const respond = (refusal: Refusal): Response => {
    seen.push(refusal)
    return new Response(`own page: ${refusal.reason}`, { status: 418 })
  }
  const manager = createLoginManager({
    loadUser: (id) => (id === '1' ? ada : null),
    secrets,
    areas: { office: {} },
    unauthorizedHandler: respond,
    needsRefreshHandler: respond,
    forbiddenHandler: respond,
    csrfHandler: respond,
  })
  const app = withLogin(manager, async (request, auth) => {
    const policy = request.url.endsWith('/fresh') ? { fresh: true } : { allow: () => false, area: 'office' }
    const decision = await auth.require(policy)
    return decision.ok ? new Response('allowed') : decision.respond()
  })
  return createTestClient(app, { manager })
}

describe('the refusal handlers', () => {
  it('receive the reason and the area of anonymous, stale, forbidden and forged requests', async () => {
    const seen: Refusal[] = []
    const client = createClient(seen)
    await client.get('/')
    await client.loginAs(ada, { fresh: false })
    await client.get('/fresh')
    await client.get('/')
    const forged = await client.post('/', {}, { 'sec-fetch-site': 'cross-site' })
    expect(seen.map(({ reason, area }) => [reason, area])).toEqual([
      ['unauthorized', 'office'],
      ['stale', null],
      ['forbidden', 'office'],
      ['forged', null],
    ])
    expect(forged.status).toBe(418)
  })
})

describe('the option cookies', () => {
  const login = async (options: object): Promise<string[]> => {
    const manager = createLoginManager({ loadUser: () => ada, secrets, ...options })
    const auth = manager.open(new Request('https://app.test/'))
    await auth.loginUser(ada, { remember: true })
    return commit(auth, new Response()).headers.getSetCookie()
  }

  it('applies to both cookies, and the options of one cookie override it', async () => {
    const lines = await login({
      cookies: { secure: false, sameSite: 'strict' },
      remember: { cookie: { path: '/a' } },
    })
    expect(lines[0]).toMatch(/^session=[^;]+; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(lines[1]).toMatch(/^remember_token=[^;]+; Max-Age=2592000; Path=\/a; HttpOnly; SameSite=Strict$/)
  })

  it('is not overridden by an option that is undefined', async () => {
    const lines = await login({ cookies: { secure: false }, session: { cookie: { secure: undefined } } })
    expect(lines.join()).not.toContain('Secure')
  })
})

describe('the cookies of the test client', () => {
  const getNamesAfter = async (line: string, origin: string): Promise<string[]> => {
    const client = createTestClient(() => new Response(null, { headers: { 'set-cookie': line } }), { origin })
    await client.get('/')
    return client.cookies.names()
  }

  it.each([
    ['a Secure cookie over plain http', 'a=1; Secure; Path=/', 'http://app.test', []],
    ['a Secure cookie on localhost', 'a=1; Secure; Path=/', 'http://localhost:3000', ['a']],
    ['a __Host- cookie without Secure', '__Host-a=1; Path=/', 'https://app.test', []],
    ['a __Host- cookie with a domain', '__Host-a=1; Secure; Path=/; Domain=app.test', 'https://app.test', []],
    ['a valid __Host- cookie', '__Host-a=1; Secure; Path=/', 'https://app.test', ['__Host-a']],
    ['a __Secure- cookie without Secure', '__Secure-a=1; Path=/', 'https://app.test', []],
    ['a cookie of more than 4,096 bytes', `a=${'x'.repeat(4096)}; Path=/`, 'https://app.test', []],
  ])('are stored or dropped like in a browser: %s', async (_, line, origin, names) => {
    expect(await getNamesAfter(line, origin)).toEqual(names)
  })
})
