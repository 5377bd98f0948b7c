// Refusals of programs and of scripts in a page: 401 with challenges instead of a redirect to the login view.
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

type RequestHeaders = Readonly<Record<string, string>>

const LOADERS: readonly RequestLoader<User>[] = [
  bearer<User>((token) => (token === 'good' ? { id: 'alice' } : null)),
  basicAuth<User>(({ username, password }) => (password === 'good' ? { id: username } : null)),
  apiKey<User>((key) => (key === 'good' ? { id: 'alice' } : null), { header: 'x-api-key', query: 'api_key' }),
  apiKey<User>((key) => (key === 'good' ? { id: 'alice' } : null), { scheme: 'Api-Key' }),
]
const NAVIGATION: RequestHeaders = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}

function createApp(options: Partial<LoginManagerOptions<User>> = {}) {
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
  return (headers: RequestHeaders, path = '/secret') => app(new Request(`https://app.test${path}`, { headers }))
}

const getChallenges = ({ headers }: Response): string => headers.get('www-authenticate') ?? ''

describe('a 401 to a script or a sub-resource of a page', () => {
  it.each<RequestHeaders>([
    { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' },
    { 'sec-fetch-mode': 'same-origin', 'sec-fetch-dest': 'empty', accept: 'application/json' },
    { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', accept: 'image/avif,image/*,*/*;q=0.8' },
    { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script', accept: '*/*' },
    { 'x-requested-with': 'XMLHttpRequest', accept: 'text/html' },
    { 'hx-request': 'true', accept: '*/*' },
  ])('has every challenge except Basic, so the browser does not open a password dialog: %j', async (headers) => {
    const challenges = getChallenges(await createApp({ loginView: null })(headers))
    expect(challenges).toContain('Bearer')
    expect(challenges).toContain('Api-Key')
    expect(challenges).not.toMatch(/basic/i)
  })

  it('has no challenge if Basic is the only one', async () => {
    const response = await createApp({ loadUserFromRequest: basicAuth<User>(() => null) })({ 'sec-fetch-mode': 'cors' })
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, null])
  })

  it('has the other challenges of a loader whose challenge contains Basic', async () => {
    const own: RequestLoader<User> = {
      load: () => null,
      challenge: 'Negotiate, Basic realm="a, b", Digest realm="Basic x", nonce="n"',
    }
    const send = createApp({ loadUserFromRequest: own })
    expect(getChallenges(await send({ 'sec-fetch-mode': 'cors' }))).toBe('Negotiate, Digest realm="Basic x", nonce="n"')
    expect(getChallenges(await send({}))).toBe(own.challenge)
  })

  it.each<RequestHeaders>([{}, { accept: '*/*' }, { accept: 'application/json' }])(
    'keeps the Basic challenge for a program: %j',
    async (headers) => {
      expect(getChallenges(await createApp()(headers))).toContain('Basic realm="login", charset="UTF-8"')
    },
  )

  it('keeps the Basic challenge for a navigation without a login view', async () => {
    expect(getChallenges(await createApp({ loginView: null })(NAVIGATION))).toContain('Basic')
  })
})

describe('a request whose credential was rejected', () => {
  it.each<[string, RequestHeaders]>([
    ['a bearer token', { authorization: 'Bearer wrong' }],
    ['an API key in a header', { 'x-api-key': 'wrong' }],
    ['an API key with a scheme', { authorization: 'Api-Key wrong' }],
    ['a Basic credential', { authorization: `Basic ${btoa('alice:wrong')}` }],
    ['a credential of a scheme that no loader reads', { authorization: 'Token abc' }],
    ['two Authorization headers', { authorization: 'Bearer good, Bearer good' }],
  ])('gets 401 without a redirect, also if it accepts HTML: %s', async (_, headers) => {
    for (const accept of ['text/html', NAVIGATION.accept as string, '*/*']) {
      const response = await createApp()({ accept, ...headers })
      expect([response.status, response.headers.get('location')]).toEqual([401, null])
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(response.headers.getSetCookie()).toEqual([])
    }
  })

  it.each<[string, RequestHeaders]>([
    ['a bearer token', { authorization: 'Bearer wrong' }],
    ['an API key in a header', { 'x-api-key': 'wrong' }],
    ['a Basic credential', { authorization: `Basic ${btoa('alice:wrong')}` }],
  ])('gets 401 in a navigation too: %s', async (_, headers) => {
    const response = await createApp()({ ...NAVIGATION, ...headers })
    expect([response.status, response.headers.get('location')]).toEqual([401, null])
  })

  it('is redirected if only its query contains a key, as in a link', async () => {
    const response = await createApp()(NAVIGATION, '/secret?api_key=wrong&page=2')
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login?next=%2Fsecret%3Fpage%3D2'])
  })

  it('is accepted with a valid credential', async () => {
    for (const headers of [
      { authorization: 'Bearer good' },
      { 'x-api-key': 'good' },
      { authorization: 'Api-Key good' },
    ])
      expect(await (await createApp()({ ...headers, accept: 'application/json' })).text()).toBe('secret')
  })
})

describe('a program without a credential', () => {
  it.each<RequestHeaders>([
    {},
    { accept: '*/*' },
    { accept: 'application/json, text/html;q=0.1' },
    { accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2' },
  ])('gets 401 without a cookie: %j', async (headers) => {
    const response = await createApp({ useSessionForNext: true })(headers)
    expect([response.status, response.headers.get('location')]).toEqual([401, null])
    expect(response.headers.getSetCookie()).toEqual([])
  })
})

describe('the reason why a request is anonymous', () => {
  it.each<[AnonymousReason, RequestHeaders]>([
    ['no-cookie', NAVIGATION],
    ['bad-signature', { ...NAVIGATION, cookie: '__Host-session=a.b.c' }],
    ['unknown-user', { authorization: 'Bearer wrong' }],
    ['ambiguous-header', { authorization: 'Bearer good, Bearer good' }],
  ])('is the same for the handler, for localize and for whyAnonymous(): %s', async (reason, headers) => {
    const seen: unknown[] = []
    const send = createApp({
      unauthorizedHandler: async ({ auth, whyAnonymous }) => {
        seen.push(whyAnonymous, await auth.whyAnonymous())
        return undefined
      },
      localize: (message, _request, whyAnonymous) => {
        seen.push(whyAnonymous)
        return message
      },
    })
    await send(headers)
    expect(seen).toEqual([reason, reason, reason])
  })
})
