// Where a visitor comes back to after the login, whichever request was refused.
import { describe, expect, it } from 'vitest'
import { commit } from '../src/adapter'
import {
  apiKey,
  createLoginManager,
  type GuardOptions,
  type LoginManagerOptions,
  type RequestView,
  withLogin,
} from '../src/index'
import { recordEvents } from '../src/testing'
import type { User } from './setup'

const OPTIONS: LoginManagerOptions<User> = {
  secrets: 'only for tests: 0123456789 abcdefghijklmnop',
  loadUser: (id) => ({ id }),
  loginView: '/login',
}
const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'] as const
const FORM = 'https://app.test/form?step=2'

interface Asked {
  readonly options?: Partial<LoginManagerOptions<User>>
  readonly policy?: GuardOptions<User>
  readonly url?: string
  readonly headers?: Record<string, string>
}

/** Sends a request of a browser to a guarded handler. */
async function refused(method: string, { options, policy, url = '/secret?a=1', headers }: Asked = {}) {
  const manager = createLoginManager<User>({ csrf: false, exemptMethods: [], ...OPTIONS, ...options })
  const guard = manager.guard(policy)
  const app = withLogin(manager, async (_, auth) => {
    const outcome = await guard(auth)
    return outcome.ok ? new Response('secret') : outcome.respond()
  })
  const all = { host: 'app.test', accept: 'text/html', ...headers }
  return app(new Request(new URL(url, 'https://app.test'), { method, headers: all }))
}

const locationOf = async (method: string, asked?: Asked): Promise<string | null> =>
  (await refused(method, asked)).headers.get('location')

describe('the page to come back to after the login', () => {
  it.each(['GET', 'HEAD'])('is the address of the request itself if the method is %s', async (method) => {
    const headers = { referer: FORM }
    expect(await locationOf(method, { headers })).toBe('/login?next=%2Fsecret%3Fa%3D1')
  })

  it.each(UNSAFE)('is the page that sent a %s request, as GET cannot repeat it', async (method) => {
    expect(await locationOf(method, { headers: { referer: FORM } })).toBe('/login?next=%2Fform%3Fstep%3D2')
  })

  it.each(UNSAFE)('is left out if a %s request does not name the page that sent it', async (method) => {
    expect(await locationOf(method)).toBe('/login')
  })

  it.each([
    ['of another site', 'https://evil.test/form'],
    ['of another port', 'https://app.test:8443/form'],
    ['of another scheme', 'http://app.test/form'],
    ['with a user name', 'https://me@app.test/form'],
    ['whose path reads as another site', 'https://app.test//evil.test/form'],
    ['whose path becomes another site', 'https://app.test/x/..//evil.test'],
    ['with a backslash', 'https://app.test/\\evil.test'],
    ['that is only a path of another site', '//evil.test/form'],
    ['that is two', 'https://app.test/a, https://evil.test/'],
    ['that is a script', 'javascript:alert(1)'],
    ['that is about:blank', 'about:blank'],
    ['that is empty', ''],
  ])('is never a Referer %s', async (_, referer) => {
    const location = (await locationOf('POST', { headers: { referer } })) ?? ''
    const next = new URL(location, 'https://app.test').searchParams.get('next')
    expect(new URL(next ?? '/', 'https://app.test').origin).toBe('https://app.test')
    if (referer !== 'https://app.test/a, https://evil.test/') expect(location).toBe('/login')
  })

  it('is never a Referer of another origin, also if nextOrigins names it', async () => {
    const options = { nextOrigins: ['https://friend.test'] }
    expect(await locationOf('POST', { options, headers: { referer: 'https://friend.test/form' } })).toBe('/login')
  })

  it('leaves the fragment of a Referer out', async () => {
    expect(await locationOf('POST', { headers: { referer: `${FORM}#top` } })).toBe('/login?next=%2Fform%3Fstep%3D2')
  })

  it('is found if a proxy ends TLS, and this server sees http', async () => {
    const asked = { url: 'http://app.test/secret', headers: { referer: FORM } }
    expect(await locationOf('POST', asked)).toBe('/login?next=%2Fform%3Fstep%3D2')
  })

  it('is compared with the option publicOrigin, and not with the Host header', async () => {
    const options = { publicOrigin: 'https://www.app.test' }
    const at = (referer: string) => locationOf('POST', { options, headers: { referer } })
    expect(await at('https://www.app.test/form')).toBe('/login?next=%2Fform')
    expect(await at('https://app.test/form')).toBe('/login')
  })

  it('is in full if the login view is of another origin', async () => {
    const options = { loginView: 'https://id.test/login' }
    const location = await locationOf('POST', { options, headers: { referer: FORM } })
    expect(location).toBe('https://id.test/login?next=https%3A%2F%2Fapp.test%2Fform%3Fstep%3D2')
  })

  it('is the page of the policy, for every method', async () => {
    for (const method of ['GET', 'POST'])
      expect(await locationOf(method, { policy: { next: '/home' }, headers: { referer: FORM } })).toBe(
        '/login?next=%2Fhome',
      )
  })

  it('is kept in the session by the same rule', async () => {
    const manager = createLoginManager<User>({ ...OPTIONS, csrf: false, useSessionForNext: true })
    const nextOf = async (headers: Record<string, string>) => {
      const request = new Request('https://app.test/secret', {
        method: 'POST',
        headers: { accept: 'text/html', ...headers },
      })
      const auth = manager.open(request)
      const decision = await auth.require()
      if (decision.ok) throw new Error('The request is not anonymous.')
      expect((await decision.respond()).headers.get('location')).toBe('/login')
      return auth.session.pendingNext()
    }
    expect(await nextOf({ referer: FORM })).toBe('/form?step=2')
    expect(await nextOf({})).toBeNull()
  })

  it('is the page that sent the form if loginUrl() is called in its handler', () => {
    const request: RequestView = {
      method: 'POST',
      url: 'https://app.test/comments',
      headers: new Headers({ host: 'app.test', referer: FORM }),
    }
    expect(createLoginManager(OPTIONS).open(request).loginUrl()).toBe('/login?next=%2Fform%3Fstep%3D2')
  })
})

describe('the status of a redirect to the login or refresh view', () => {
  it.each(UNSAFE)('is 303 for %s, so that no client repeats the method there', async (method) => {
    expect((await refused(method)).status).toBe(303)
  })

  it.each(['GET', 'HEAD'])('is 302 for %s', async (method) => {
    expect((await refused(method)).status).toBe(302)
  })

  it('is 303 too if the login is not fresh', async () => {
    const manager = createLoginManager<User>({ ...OPTIONS, refreshView: '/again' })
    const headers = { host: 'app.test', accept: 'text/html' }
    const statusOf = async (method: string) => {
      const auth = manager.open(new Request('https://app.test/secret', { method, headers }))
      return (await auth.needsRefresh()).status
    }
    expect([await statusOf('DELETE'), await statusOf('GET')]).toEqual([303, 302])
  })
})

describe('a login or refresh view as the page to come back to', () => {
  const options: Partial<LoginManagerOptions<User>> = {
    refreshView: '/again',
    areas: { office: { loginView: () => '/office/login' } },
    nextOrigins: ['https://id.test'],
  }
  const at = (url: string, more: Partial<LoginManagerOptions<User>> = {}) =>
    createLoginManager<User>({ ...OPTIONS, ...options, ...more }).open(
      new Request(`https://app.test${url}`, { headers: { host: 'app.test' } }),
    )

  it.each(['/login', '/login/', '/Login', '/LOGIN//', '/%6Cogin', '/again', '/Again/', '/office/login'])(
    'keeps the next that is there, however often the link of %s is followed',
    (path) => {
      let url = `${path}?lang=de&next=%2Fcart%3Fa%3D1`
      for (let times = 0; times < 5; times++) {
        expect(at(url).loginUrl()).toBe('/login?next=%2Fcart%3Fa%3D1')
        url = at(url).loginUrl().replace('/login', path)
      }
      expect(at(path).loginUrl()).toBe('/login')
    },
  )

  it('leads back to the page behind nested views', () => {
    const nested = ['/again', '/Login', '/login/'].reduce(
      (next, path) => `${path}?next=${encodeURIComponent(next)}`,
      '/cart',
    )
    expect(at(nested).loginUrl()).toBe('/login?next=%2Fcart')
    const endless = Array.from({ length: 60 }).reduce<string>((next) => `/login?next=${next}`, '/cart')
    expect(at(endless).loginUrl()).toMatch(/^\/login(?:\?next=%2Fcart)?$/)
  })

  it.each(['https://evil.test/', '//evil.test/', '/\\evil.test', 'javascript:alert(1)', '', '/x/..//evil.test'])(
    'does not keep a next that is not safe: %j',
    (next) => {
      expect(at(`/login?next=${encodeURIComponent(next)}`).loginUrl()).toBe('/login')
    },
  )

  it('keeps a next of another origin of the app in full', () => {
    expect(at('/login?next=https://id.test/a').loginUrl()).toBe('/login?next=https%3A%2F%2Fid.test%2Fa')
  })

  it('is not the view that loginUrl() receives either', () => {
    expect(at('/signin?next=/cart').loginUrl('/signin')).toBe('/signin?next=%2Fcart')
    expect(at('/signin').loginUrl('/signin')).toBe('/signin')
  })

  it.each([
    '/login',
    '/login/',
    '/Login',
    '/login?next=/cart',
    '/login#form',
    'https://app.test/login',
    '/a/../login',
    '/%6cogin',
    '/again',
    '/AGAIN/',
    '/office/login',
  ])('is never accepted by nextUrl(): %s', async (next) => {
    expect(await at(`/login?next=${encodeURIComponent(next)}`).nextUrl('/home')).toBe('/home')
    expect(await at('/login?next=/cart').nextUrl('/home', { next })).toBe('/cart')
  })

  it.each(['/login/help', '/logins', '/', '/again-and-again'])('is not a page of a similar name: %s', async (next) => {
    expect(await at(`/login?next=${next}`).nextUrl('/home')).toBe(next)
    expect(at(next).loginUrl()).toBe(`/login?next=${encodeURIComponent(next)}`)
  })

  it('is not accepted by nextUrl() at another origin either, and a page of the same path here is', async () => {
    const elsewhere = { loginView: 'https://id.test/login' }
    const accepted = (next: string) => at('/', elsewhere).nextUrl('/home', { next })
    expect(await accepted('https://id.test/login')).toBe('/home')
    expect(await accepted('/login')).toBe('/login')
  })

  it('is not the Referer of a refused POST: the page that it leads back to is', async () => {
    const locationFrom = (referer: string) => locationOf('POST', { options, headers: { referer } })
    expect(await locationFrom('https://app.test/Login?next=/cart')).toBe('/login?next=%2Fcart')
    expect(await locationFrom('https://app.test/login')).toBe('/login')
  })

  it('leaves the page that the session keeps as it is', async () => {
    const manager = createLoginManager<User>({ ...OPTIONS, ...options, useSessionForNext: true })
    const ask = async (path: string, cookie = '') => {
      const headers = { host: 'app.test', accept: 'text/html', cookie }
      const auth = manager.open(new Request(`https://app.test${path}`, { headers }))
      const response = commit(auth, await auth.unauthorized())
      return {
        next: await auth.session.pendingNext(),
        cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie,
      }
    }
    const first = await ask('/cart')
    const second = await ask('/again', first.cookie)
    expect([first.next, second.next]).toEqual(['/cart', '/cart'])
  })
})

describe('a credential in the query', () => {
  const options: Partial<LoginManagerOptions<User>> = {
    loadUserFromRequest: [
      apiKey<User>(() => null, { query: 'api_key' }),
      apiKey<User>(() => null),
      { load: () => null, queryFields: ['token', 'access key'] },
      () => null,
    ],
  }
  const URL_WITH_KEYS = '/data?page=2&api_key=secret&token=secret&access+key=secret&%61pi_key=secret&sort=a+b#top'
  const KEPT = '/data?page=2&sort=a+b'

  it.each(['GET', 'HEAD'])('is left out of next in the login address after %s', async (method) => {
    expect(await locationOf(method, { options, url: URL_WITH_KEYS })).toBe(`/login?next=${encodeURIComponent(KEPT)}`)
    expect(await locationOf(method, { options, url: '/data?api_key=secret' })).toBe('/login?next=%2Fdata')
  })

  it('is left out of a Referer', async () => {
    const headers = { referer: 'https://app.test/data?token=secret&page=2' }
    expect(await locationOf('POST', { options, headers })).toBe('/login?next=%2Fdata%3Fpage%3D2')
  })

  it('is left out of what the policy or the app gives', async () => {
    expect(await locationOf('GET', { options, policy: { next: '/data?token=secret' } })).toBe('/login?next=%2Fdata')
    const auth = createLoginManager<User>({ ...OPTIONS, ...options }).open(new Request('https://app.test/'))
    expect(auth.loginUrl('/login', '/data?api_key=secret&a=b')).toBe('/login?next=%2Fdata%3Fa%3Db')
  })

  it('is left out of the session, and of the result of nextUrl()', async () => {
    const manager = createLoginManager<User>({ ...OPTIONS, ...options, useSessionForNext: true })
    const headers = { host: 'app.test', accept: 'text/html' }
    const auth = manager.open(new Request(`https://app.test${URL_WITH_KEYS}`, { headers }))
    await auth.unauthorized()
    expect(await auth.session.pendingNext()).toBe(KEPT)
    expect(await auth.nextUrl('/', { next: '/data?api_key=secret' })).toBe('/data')
  })

  it('is left out of a next that a login view leads back to', () => {
    const request = new Request('https://app.test/login?next=%2Fdata%3Fapi_key%3Dsecret')
    expect(
      createLoginManager<User>({ ...OPTIONS, ...options })
        .open(request)
        .loginUrl(),
    ).toBe('/login?next=%2Fdata')
  })

  it('stays if no loader names the field', async () => {
    expect(await locationOf('GET', { url: '/data?api_key=1' })).toBe('/login?next=%2Fdata%3Fapi_key%3D1')
  })

  it('is named by a list of names', () => {
    for (const queryFields of ['token', [7], null])
      expect(() =>
        createLoginManager<User>({
          ...OPTIONS,
          loadUserFromRequest: { load: () => null, queryFields: queryFields as never },
        }),
      ).toThrow(/loadUserFromRequest: has a loader whose queryFields is not a list of names/)
  })
})

describe('a long page to come back to', () => {
  const long = (bytes: number) => `/${'a'.repeat(bytes - 1)}`

  async function refusedAt(url: string, options: Partial<LoginManagerOptions<User>> = {}) {
    const manager = createLoginManager<User>({ ...OPTIONS, ...options })
    const record = recordEvents(manager)
    const headers = { host: 'app.test', accept: 'text/html' }
    const auth = manager.open(new Request(`https://app.test${url}`, { headers }))
    const location = (await auth.unauthorized()).headers.get('location') ?? ''
    const dropped = record.events.flatMap((event) => (event.name === 'nextDropped' ? [event] : []))
    return { location, dropped, next: await auth.session.pendingNext() }
  }

  it('has up to 4,096 bytes in the query of the login address, and is found again there', async () => {
    const { location, dropped } = await refusedAt(long(4096))
    expect(location).toBe(`/login?next=${encodeURIComponent(long(4096))}`)
    expect(dropped).toEqual([])
    const form = createLoginManager<User>(OPTIONS).open(new Request(`https://app.test${location}`))
    expect(await form.nextUrl('/home')).toBe(long(4096))
  })

  it('is dropped with an event above that', async () => {
    const { location, dropped } = await refusedAt(long(4097))
    expect(location).toBe('/login')
    expect(dropped).toMatchObject([{ name: 'nextDropped', bytes: 4097, limit: 4096 }])
  })

  it('has up to 1,024 bytes in the session, and is dropped with an event above that', async () => {
    const kept = await refusedAt(long(1024), { useSessionForNext: true })
    expect([kept.location, kept.next, kept.dropped]).toEqual(['/login', long(1024), []])
    const tooLong = await refusedAt(long(1025), { useSessionForNext: true })
    expect([tooLong.location, tooLong.next]).toEqual(['/login', null])
    expect(tooLong.dropped).toMatchObject([{ name: 'nextDropped', bytes: 1025, limit: 1024 }])
  })
})
