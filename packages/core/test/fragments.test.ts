// Refusals of requests by scripts that replace a part of a page or the whole page: htmx and Turbo.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commit } from '../src/adapter'
import { type Auth, basicAuth, bearer, createLoginManager, type LoginManagerOptions, withLogin } from '../src/index'
import type { User } from './setup'

type RequestHeaders = Readonly<Record<string, string>>

const ORIGIN = 'https://app.test'
const HTMX: RequestHeaders = {
  'hx-request': 'true',
  accept: '*/*',
  'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty',
}
const PAGE: RequestHeaders = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
const TURBO: RequestHeaders = {
  accept: 'text/html, application/xhtml+xml',
  'x-turbo-request-id': '0c5a',
  'sec-fetch-mode': 'same-origin',
  'sec-fetch-dest': 'empty',
}

function createManager(options: Partial<LoginManagerOptions<User>> = {}) {
  return createLoginManager<User>({
    secrets: 'only for tests: 0123456789 abcdefghijklmnop',
    loadUser: (id) => ({ id }),
    loginView: '/login',
    refreshView: '/again',
    ...options,
  })
}

async function refuse(
  headers: RequestHeaders,
  path = '/part',
  options: Partial<LoginManagerOptions<User>> = {},
  method = 'GET',
) {
  const app = withLogin(createManager(options), async (_request, auth: Auth<User>) => {
    const decision = await auth.require()
    return decision.ok ? new Response('secret') : decision.respond()
  })
  return app(new Request(ORIGIN + path, { method, headers }))
}

/** Sends a request of htmx. Returns the status, `HX-Redirect` and `Location`. */
const getHxRedirect = async (
  headers: RequestHeaders,
  ...more: [path?: string, options?: Partial<LoginManagerOptions<User>>]
) => {
  const { status, headers: sent } = await refuse({ ...HTMX, ...headers }, ...more)
  return [status, sent.get('hx-redirect'), sent.get('location')]
}

describe('a request of htmx without a login', () => {
  it('gets HX-Redirect to the login view with next of the page that sent it', async () => {
    const redirect = await getHxRedirect({ 'hx-current-url': `${ORIGIN}/list?page=2#row` })
    expect(redirect).toEqual([401, '/login?next=%2Flist%3Fpage%3D2', null])
  })

  it('gets next of the page that sent it after a form of htmx too', async () => {
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
  ])('never gets next of another origin: %s', async (address) => {
    expect(await getHxRedirect({ 'hx-current-url': address })).toEqual([401, '/login', null])
  })

  it('never gets a header injection or another origin from any value of HX-Current-URL', async () => {
    const addresses = fc.oneof(
      fc.webUrl({ withQueryParameters: true }),
      fc.string({ unit: 'binary-ascii' }).map((text) => text.replace(/[\0\r\n]/g, '')),
      fc.string({ unit: 'grapheme-ascii' }).map((text) => `${ORIGIN}/${text}`),
    )
    await fc.assert(
      fc.asyncProperty(addresses, async (address) => {
        const [status, location] = await getHxRedirect({ 'hx-current-url': address })
        expect(status).toBe(401)
        const target = new URL(String(location), ORIGIN)
        expect([target.origin, target.pathname]).toEqual([ORIGIN, '/login'])
        const next = target.searchParams.get('next')
        if (next !== null) expect(new URL(next, ORIGIN).origin).toBe(ORIGIN)
      }),
    )
  })

  it('does not get next if it does not send HX-Current-URL', async () => {
    expect(await getHxRedirect({})).toEqual([401, '/login', null])
  })

  it('gets next of its Referer without HX-Current-URL', async () => {
    expect(await getHxRedirect({ referer: `${ORIGIN}/list` })).toEqual([401, '/login?next=%2Flist', null])
  })

  it('gets next of its own path if it is boosted, like a link', async () => {
    const boosted = { 'hx-boosted': 'true', 'hx-current-url': `${ORIGIN}/list` }
    expect(await getHxRedirect(boosted, '/page?a=1')).toEqual([401, '/login?next=%2Fpage%3Fa%3D1', null])
  })

  it('is redirected if it restores a page from the history, because htmx replaces the whole page', async () => {
    const response = await refuse({ ...HTMX, 'hx-history-restore-request': 'true' }, '/page')
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login?next=%2Fpage'])
    expect(response.headers.get('hx-redirect')).toBeNull()
  })

  it('gets the next of the login view if the login view sent it', async () => {
    const address = `${ORIGIN}/login?next=%2Fcart`
    expect(await getHxRedirect({ 'hx-current-url': address })).toEqual([401, '/login?next=%2Fcart', null])
  })

  it('gets 401 without HX-Redirect without a login view', async () => {
    expect(await getHxRedirect({}, '/part', { loginView: null })).toEqual([401, null, null])
  })

  it('gets 401 without HX-Redirect if its credential was rejected', async () => {
    const loadUserFromRequest = bearer<User>(() => null)
    const redirect = await getHxRedirect({ authorization: 'Bearer wrong' }, '/part', { loadUserFromRequest })
    expect(redirect).toEqual([401, null, null])
  })

  it('gets no Basic challenge with HX-Redirect', async () => {
    const response = await refuse(HTMX, '/part', { loadUserFromRequest: [basicAuth<User>(() => null)] })
    expect([response.headers.get('hx-redirect'), response.headers.get('www-authenticate')]).toEqual(['/login', null])
  })

  it('stores the flash message for the login view', async () => {
    const manager = createManager()
    const auth = manager.open(new Request(`${ORIGIN}/part`, { headers: HTMX }))
    await auth.unauthorized()
    expect((await auth.peekFlashes()).map(({ message }) => message)).toEqual(['Please log in to access this page.'])
  })

  it('gets Cache-Control: private, no-store', async () => {
    const { headers } = await refuse(HTMX)
    expect(headers.get('cache-control')).toBe('private, no-store')
  })

  it('gets HX-Redirect to the refresh view if the login is not fresh', async () => {
    const manager = createManager()
    const auth = manager.open(
      new Request(`${ORIGIN}/part`, { headers: { ...HTMX, 'hx-current-url': `${ORIGIN}/list` } }),
    )
    await auth.loginUser({ id: 'alice' }, { fresh: false })
    const decision = await auth.require({ fresh: true })
    const { status, headers } = decision.ok ? new Response() : await decision.respond()
    expect([status, headers.get('hx-redirect')]).toEqual([401, '/again?next=%2Flist'])
  })

  it('gets the response of unauthorizedHandler, which may return undefined for other requests', async () => {
    const unauthorizedHandler: LoginManagerOptions<User>['unauthorizedHandler'] = ({ request }) =>
      request.headers.get('hx-request') === 'true' ? new Response('<p>Log in again</p>', { status: 200 }) : undefined
    expect(await (await refuse(HTMX, '/part', { unauthorizedHandler })).text()).toBe('<p>Log in again</p>')
    expect((await refuse(PAGE, '/page', { unauthorizedHandler })).headers.get('location')).toBe('/login?next=%2Fpage')
  })
})

describe('a request of Turbo without a login', () => {
  it('is redirected, because Turbo follows redirects', async () => {
    const link = await refuse(TURBO, '/page')
    expect([link.status, link.headers.get('location')]).toEqual([302, '/login?next=%2Fpage'])
    const form = await refuse({ ...TURBO, origin: ORIGIN, referer: `${ORIGIN}/form` }, '/save', {}, 'POST')
    expect([form.status, form.headers.get('location')]).toEqual([303, '/login?next=%2Fform'])
  })

  it('of a frame gets next of the page around the frame', async () => {
    const frame = { ...TURBO, 'turbo-frame': 'messages', referer: `${ORIGIN}/inbox` }
    const response = await refuse(frame, '/messages')
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login?next=%2Finbox'])
  })
})

describe('the next that the session stores', () => {
  /** Returns the stored next after these refusals of one browser. */
  async function getNextAfter(
    ...requests: readonly (readonly [path: string, headers: RequestHeaders])[]
  ): Promise<string | null> {
    const manager = createManager({ useSessionForNext: true })
    let cookie = ''
    let next: string | null = null
    for (const [path, headers] of requests) {
      const auth = manager.open(new Request(ORIGIN + path, { headers: { ...headers, cookie } }))
      const response = commit(auth, await auth.unauthorized())
      cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
      next = await manager.open(new Request(ORIGIN, { headers: { cookie } })).session.pendingNext()
    }
    return next
  }

  it.each<[string, RequestHeaders]>([
    ['a part that htmx loads', { ...HTMX, 'hx-current-url': `${ORIGIN}/other` }],
    ['a part that htmx loads for a page that it does not name', HTMX],
    ['a frame of Turbo', { ...TURBO, 'turbo-frame': 'messages', referer: `${ORIGIN}/other` }],
    ['a frame of the browser', { ...PAGE, 'sec-fetch-dest': 'iframe' }],
    ['an image', { accept: 'image/*', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a script that accepts HTML', { accept: 'text/html', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['a program', { accept: 'application/json' }],
    ['a prefetch', { ...PAGE, 'sec-purpose': 'prefetch' }],
  ])('is not replaced by a request for a part of a page: %s', async (_, headers) => {
    expect(await getNextAfter(['/page', PAGE], ['/part', headers])).toBe('/page')
  })

  it.each<[string, RequestHeaders]>([
    ['the browser', PAGE],
    ['a browser without fetch metadata', { accept: 'text/html' }],
    ['a boosted link of htmx', { ...HTMX, 'hx-boosted': 'true' }],
    ['htmx from the history', { ...HTMX, 'hx-history-restore-request': 'true' }],
    ['Turbo', TURBO],
  ])('is replaced by the next navigation of the whole page: %s', async (_, headers) => {
    expect(await getNextAfter(['/page', PAGE], ['/other', headers])).toBe('/other')
  })

  it('is the page around the first refused part, until a page is refused', async () => {
    const part = { ...HTMX, 'hx-current-url': `${ORIGIN}/list` }
    expect(await getNextAfter(['/part', part])).toBe('/list')
    expect(await getNextAfter(['/part', part], ['/page', PAGE])).toBe('/page')
  })
})
