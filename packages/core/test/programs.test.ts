// How a program is refused, and a script of a page: with 401 and its challenges, where a person is sent to a form.
import { describe, expect, it } from 'vitest'
import {
  type AnonymousReason,
  type Auth,
  apiKey,
  basicAuth,
  bearer,
  createLoginManager,
  type LoginManagerOptions,
  type RequestLoader,
  withLogin,
} from '../src/index'
import type { User } from './setup'

type Sent = Readonly<Record<string, string>>

const LOADERS: readonly RequestLoader<User>[] = [
  bearer<User>((token) => (token === 'good' ? { id: 'alice' } : null)),
  basicAuth<User>(({ username, password }) => (password === 'good' ? { id: username } : null)),
  apiKey<User>((key) => (key === 'good' ? { id: 'alice' } : null), { header: 'x-api-key', query: 'api_key' }),
  apiKey<User>((key) => (key === 'good' ? { id: 'alice' } : null), { scheme: 'Api-Key' }),
]
const NAVIGATION: Sent = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}

function appWith(options: Partial<LoginManagerOptions<User>> = {}) {
  const manager = createLoginManager<User>({
    secrets: 'only for tests: 0123456789 abcdefghijklmnop',
    loadUser: (id) => ({ id }),
    loadUserFromRequest: LOADERS,
    loginView: '/login',
    ...options,
  })
  const app = withLogin(manager, async (_request, auth: Auth<User>) => {
    const decision = await auth.require()
    return decision.ok ? new Response('secret') : decision.respond()
  })
  return (headers: Sent, path = '/secret') => app(new Request(`https://app.test${path}`, { headers }))
}

const challengesOf = ({ headers }: Response): string => headers.get('www-authenticate') ?? ''

describe('a 401 to a script or a sub-resource of a page', () => {
  it.each<Sent>([
    { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' },
    { 'sec-fetch-mode': 'same-origin', 'sec-fetch-dest': 'empty', accept: 'application/json' },
    { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', accept: 'image/avif,image/*,*/*;q=0.8' },
    { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script', accept: '*/*' },
    { 'x-requested-with': 'XMLHttpRequest', accept: 'text/html' },
    { 'hx-request': 'true', accept: '*/*' },
  ])('names every challenge but Basic, so that no password dialog opens: %j', async (headers) => {
    const challenges = challengesOf(await appWith({ loginView: null })(headers))
    expect(challenges).toContain('Bearer')
    expect(challenges).toContain('Api-Key')
    expect(challenges).not.toMatch(/basic/i)
  })

  it('has no challenge at all if Basic is the only one', async () => {
    const response = await appWith({ loadUserFromRequest: basicAuth<User>(() => null) })({ 'sec-fetch-mode': 'cors' })
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, null])
  })

  it('keeps the other challenges of a loader that names Basic among them', async () => {
    const own: RequestLoader<User> = {
      load: () => null,
      challenge: 'Negotiate, Basic realm="a, b", Digest realm="Basic x", nonce="n"',
    }
    const ask = appWith({ loadUserFromRequest: own })
    expect(challengesOf(await ask({ 'sec-fetch-mode': 'cors' }))).toBe('Negotiate, Digest realm="Basic x", nonce="n"')
    expect(challengesOf(await ask({}))).toBe(own.challenge)
  })

  it.each<Sent>([{}, { accept: '*/*' }, { accept: 'application/json' }])(
    'keeps the Basic challenge for a program: %j',
    async (headers) => {
      expect(challengesOf(await appWith()(headers))).toContain('Basic realm="login", charset="UTF-8"')
    },
  )

  it('keeps the Basic challenge for a browser that navigates, if no page is there to send it to', async () => {
    expect(challengesOf(await appWith({ loginView: null })(NAVIGATION))).toContain('Basic')
  })
})

describe('a request whose own credential was rejected', () => {
  it.each<[string, Sent]>([
    ['a bearer token', { authorization: 'Bearer wrong' }],
    ['an API key in a header', { 'x-api-key': 'wrong' }],
    ['an API key with a scheme', { authorization: 'Api-Key wrong' }],
    ['a Basic credential', { authorization: `Basic ${btoa('alice:wrong')}` }],
    ['a credential of a scheme that no loader reads', { authorization: 'Token abc' }],
    ['two Authorization headers', { authorization: 'Bearer good, Bearer good' }],
  ])('gets 401 and no redirect, although it accepts HTML: %s', async (_, headers) => {
    for (const accept of ['text/html', NAVIGATION.accept as string, '*/*']) {
      const response = await appWith()({ accept, ...headers })
      expect([response.status, response.headers.get('location')]).toEqual([401, null])
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(response.headers.getSetCookie()).toEqual([])
    }
  })

  it.each<[string, Sent]>([
    ['a bearer token', { authorization: 'Bearer wrong' }],
    ['an API key in a header', { 'x-api-key': 'wrong' }],
    ['a Basic credential', { authorization: `Basic ${btoa('alice:wrong')}` }],
  ])('gets 401 in a navigation too: %s', async (_, headers) => {
    const response = await appWith()({ ...NAVIGATION, ...headers })
    expect([response.status, response.headers.get('location')]).toEqual([401, null])
  })

  it('is one of a browser if only its link has a key, so it is redirected', async () => {
    const response = await appWith()(NAVIGATION, '/secret?api_key=wrong&page=2')
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login?next=%2Fsecret%3Fpage%3D2'])
  })

  it('is let in with the right credential, whatever it accepts', async () => {
    for (const headers of [
      { authorization: 'Bearer good' },
      { 'x-api-key': 'good' },
      { authorization: 'Api-Key good' },
    ])
      expect(await (await appWith()({ ...headers, accept: 'application/json' })).text()).toBe('secret')
  })
})

describe('a program without a credential', () => {
  it.each<Sent>([
    {},
    { accept: '*/*' },
    { accept: 'application/json, text/html;q=0.1' },
    { accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2' },
  ])('gets 401 and nothing to store: %j', async (headers) => {
    const response = await appWith({ useSessionForNext: true })(headers)
    expect([response.status, response.headers.get('location')]).toEqual([401, null])
    expect(response.headers.getSetCookie()).toEqual([])
  })
})

describe('the reason why a visitor is anonymous', () => {
  it.each<[AnonymousReason, Sent]>([
    ['no-cookie', NAVIGATION],
    ['bad-signature', { ...NAVIGATION, cookie: '__Host-session=a.b.c' }],
    ['unknown-user', { authorization: 'Bearer wrong' }],
    ['ambiguous-header', { authorization: 'Bearer good, Bearer good' }],
  ])('is the same for the handler, for localize and for whyAnonymous(): %s', async (reason, headers) => {
    const seen: unknown[] = []
    const ask = appWith({
      unauthorizedHandler: async ({ auth, whyAnonymous }) => {
        seen.push(whyAnonymous, await auth.whyAnonymous())
        return undefined
      },
      localize: (message, _request, whyAnonymous) => {
        seen.push(whyAnonymous)
        return message
      },
    })
    await ask(headers)
    expect(seen).toEqual([reason, reason, reason])
  })
})
