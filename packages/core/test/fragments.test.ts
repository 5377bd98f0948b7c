// How a script is refused that replaces a part of a page, or the whole of it: htmx, Turbo, and what else a page loads.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commit } from '../src/adapter'
import { type Auth, basicAuth, bearer, createLoginManager, type LoginManagerOptions, withLogin } from '../src/index'
import type { User } from './setup'

type Sent = Readonly<Record<string, string>>

const ORIGIN = 'https://app.test'
const HTMX: Sent = { 'hx-request': 'true', accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
const PAGE: Sent = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const TURBO: Sent = {
  accept: 'text/html, application/xhtml+xml',
  'x-turbo-request-id': '0c5a',
  'sec-fetch-mode': 'same-origin',
  'sec-fetch-dest': 'empty',
}

function managerWith(options: Partial<LoginManagerOptions<User>> = {}) {
  return createLoginManager<User>({
    secrets: 'only for tests: 0123456789 abcdefghijklmnop',
    loadUser: (id) => ({ id }),
    loginView: '/login',
    refreshView: '/again',
    ...options,
  })
}

async function refuse(headers: Sent, path = '/part', options: Partial<LoginManagerOptions<User>> = {}, method = 'GET') {
  const app = withLogin(managerWith(options), async (_request, auth: Auth<User>) => {
    const decision = await auth.require()
    return decision.ok ? new Response('secret') : decision.respond()
  })
  return app(new Request(ORIGIN + path, { method, headers }))
}

const hxRedirectOf = async (headers: Sent, ...more: [path?: string, options?: Partial<LoginManagerOptions<User>>]) => {
  const { status, headers: sent } = await refuse({ ...HTMX, ...headers }, ...more)
  return [status, sent.get('hx-redirect'), sent.get('location')]
}

describe('a request of htmx without a login', () => {
  it('gets HX-Redirect to the login view, and comes back to the page that sent it', async () => {
    const sent = await hxRedirectOf({ 'hx-current-url': `${ORIGIN}/list?page=2#row` })
    expect(sent).toEqual([401, '/login?next=%2Flist%3Fpage%3D2', null])
  })

  it('comes back to that page after a form of htmx too', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const headers = { ...HTMX, 'hx-current-url': `${ORIGIN}/list`, origin: ORIGIN }
      const response = await refuse(headers, '/part', {}, method)
      expect([response.status, response.headers.get('hx-redirect')]).toEqual([401, '/login?next=%2Flist'])
    }
  })

  it.each([
    'https://evil.test/list',
    '//evil.test/list',
    'javascript:alert(1)',
    'https://app.test.evil.test/',
    'https://user@evil.test/',
    'not an address',
    '',
  ])('never comes back to another origin: %s', async (address) => {
    expect(await hxRedirectOf({ 'hx-current-url': address })).toEqual([401, '/login', null])
  })

  it('never repeats what could split a header or leave the origin, whatever HX-Current-URL holds', async () => {
    const addresses = fc.oneof(
      fc.webUrl({ withQueryParameters: true }),
      fc.string({ unit: 'binary-ascii' }).map((text) => text.replace(/[\0\r\n]/g, '')),
      fc.string({ unit: 'grapheme-ascii' }).map((text) => `${ORIGIN}/${text}`),
    )
    await fc.assert(
      fc.asyncProperty(addresses, async (address) => {
        const [status, location] = await hxRedirectOf({ 'hx-current-url': address })
        expect(status).toBe(401)
        const target = new URL(String(location), ORIGIN)
        expect([target.origin, target.pathname]).toEqual([ORIGIN, '/login'])
        const next = target.searchParams.get('next')
        if (next !== null) expect(new URL(next, ORIGIN).origin).toBe(ORIGIN)
      }),
    )
  })

  it('comes back to no page if it does not name the page that sent it', async () => {
    expect(await hxRedirectOf({})).toEqual([401, '/login', null])
  })

  it('comes back to the page that its Referer names if htmx is configured to send no HX-Current-URL', async () => {
    expect(await hxRedirectOf({ referer: `${ORIGIN}/list` })).toEqual([401, '/login?next=%2Flist', null])
  })

  it('comes back to the page itself if the request is boosted, as a link of a page is', async () => {
    const boosted = { 'hx-boosted': 'true', 'hx-current-url': `${ORIGIN}/list` }
    expect(await hxRedirectOf(boosted, '/page?a=1')).toEqual([401, '/login?next=%2Fpage%3Fa%3D1', null])
  })

  it('is redirected if it restores a page from the history, which htmx swaps in as a whole', async () => {
    const response = await refuse({ ...HTMX, 'hx-history-restore-request': 'true' }, '/page')
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login?next=%2Fpage'])
    expect(response.headers.get('hx-redirect')).toBeNull()
  })

  it('leaves out a login view that sent it, and keeps the page behind that view', async () => {
    const address = `${ORIGIN}/login?next=%2Fcart`
    expect(await hxRedirectOf({ 'hx-current-url': address })).toEqual([401, '/login?next=%2Fcart', null])
  })

  it('gets 401 alone if there is no login view', async () => {
    expect(await hxRedirectOf({}, '/part', { loginView: null })).toEqual([401, null, null])
  })

  it('gets 401 alone if its own credential was rejected', async () => {
    const loadUserFromRequest = bearer<User>(() => null)
    const sent = await hxRedirectOf({ authorization: 'Bearer wrong' }, '/part', { loadUserFromRequest })
    expect(sent).toEqual([401, null, null])
  })

  it('gets no Basic challenge beside HX-Redirect', async () => {
    const response = await refuse(HTMX, '/part', { loadUserFromRequest: [basicAuth<User>(() => null)] })
    expect([response.headers.get('hx-redirect'), response.headers.get('www-authenticate')]).toEqual(['/login', null])
  })

  it('finds the message at the login view', async () => {
    const manager = managerWith()
    const auth = manager.open(new Request(`${ORIGIN}/part`, { headers: HTMX }))
    await auth.unauthorized()
    expect((await auth.peekFlashes()).map(({ message }) => message)).toEqual(['Please log in to access this page.'])
  })

  it('gets a response that no cache keeps', async () => {
    const { headers } = await refuse(HTMX)
    expect(headers.get('cache-control')).toBe('private, no-store')
  })

  it('gets HX-Redirect to the refresh view if the login is not fresh', async () => {
    const manager = managerWith()
    const auth = manager.open(
      new Request(`${ORIGIN}/part`, { headers: { ...HTMX, 'hx-current-url': `${ORIGIN}/list` } }),
    )
    await auth.loginUser({ id: 'alice' }, { fresh: false })
    const decision = await auth.require({ fresh: true })
    const { status, headers } = decision.ok ? new Response() : await decision.respond()
    expect([status, headers.get('hx-redirect')]).toEqual([401, '/again?next=%2Flist'])
  })

  it('may get a response of the app, which leaves other requests to the library', async () => {
    const unauthorizedHandler: LoginManagerOptions<User>['unauthorizedHandler'] = ({ request }) =>
      request.headers.get('hx-request') === 'true' ? new Response('<p>Log in again</p>', { status: 200 }) : undefined
    expect(await (await refuse(HTMX, '/part', { unauthorizedHandler })).text()).toBe('<p>Log in again</p>')
    expect((await refuse(PAGE, '/page', { unauthorizedHandler })).headers.get('location')).toBe('/login?next=%2Fpage')
  })
})

describe('a request of Turbo without a login', () => {
  it('is redirected, as Turbo follows redirects itself', async () => {
    const link = await refuse(TURBO, '/page')
    expect([link.status, link.headers.get('location')]).toEqual([302, '/login?next=%2Fpage'])
    const form = await refuse({ ...TURBO, origin: ORIGIN, referer: `${ORIGIN}/form` }, '/save', {}, 'POST')
    expect([form.status, form.headers.get('location')]).toEqual([303, '/login?next=%2Fform'])
  })

  it('comes back to the page around a frame', async () => {
    const frame = { ...TURBO, 'turbo-frame': 'messages', referer: `${ORIGIN}/inbox` }
    const response = await refuse(frame, '/messages')
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login?next=%2Finbox'])
  })
})

describe('the page that the session keeps to come back to', () => {
  /** The page that is kept after these refusals of one browser, one after the other. */
  async function keptAfter(...requests: readonly (readonly [path: string, headers: Sent])[]): Promise<string | null> {
    const manager = managerWith({ useSessionForNext: true })
    let cookie = ''
    let kept: string | null = null
    for (const [path, headers] of requests) {
      const auth = manager.open(new Request(ORIGIN + path, { headers: { ...headers, cookie } }))
      const response = commit(auth, await auth.unauthorized())
      cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
      kept = await manager.open(new Request(ORIGIN, { headers: { cookie } })).session.pendingNext()
    }
    return kept
  }

  it.each<[string, Sent]>([
    ['a part that htmx loads', { ...HTMX, 'hx-current-url': `${ORIGIN}/other` }],
    ['a part that htmx loads for a page that it does not name', HTMX],
    ['a frame of Turbo', { ...TURBO, 'turbo-frame': 'messages', referer: `${ORIGIN}/other` }],
    ['a frame of the browser', { ...PAGE, 'sec-fetch-dest': 'iframe' }],
    ['an image', { accept: 'image/*', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a script that accepts HTML', { accept: 'text/html', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['a program', { accept: 'application/json' }],
    ['a prefetch', { ...PAGE, 'sec-purpose': 'prefetch' }],
  ])('is not replaced by a request for less than a page: %s', async (_, headers) => {
    expect(await keptAfter(['/page', PAGE], ['/part', headers])).toBe('/page')
  })

  it.each<[string, Sent]>([
    ['the browser', PAGE],
    ['a browser without fetch metadata', { accept: 'text/html' }],
    ['a boosted link of htmx', { ...HTMX, 'hx-boosted': 'true' }],
    ['htmx from the history', { ...HTMX, 'hx-history-restore-request': 'true' }],
    ['Turbo', TURBO],
  ])('is replaced by the next navigation of the whole page: %s', async (_, headers) => {
    expect(await keptAfter(['/page', PAGE], ['/other', headers])).toBe('/other')
  })

  it('is the page around the first part that was refused, if no page was', async () => {
    const part = { ...HTMX, 'hx-current-url': `${ORIGIN}/list` }
    expect(await keptAfter(['/part', part])).toBe('/list')
    expect(await keptAfter(['/part', part], ['/page', PAGE])).toBe('/page')
  })
})
