// The page that a user returns to after the login: next in the address of the login view, and in the session.
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

interface RequestFields {
  readonly options?: Partial<LoginManagerOptions<User>>
  readonly policy?: GuardOptions<User>
  readonly url?: string
  readonly headers?: Record<string, string>
}

/** Sends a request of a browser to a guarded handler. */
async function sendToGuard(method: string, { options, policy, url = '/secret?a=1', headers }: RequestFields = {}) {
  const manager = createLoginManager<User>({ csrf: false, exemptMethods: [], ...OPTIONS, ...options })
  const guard = manager.guard(policy)
  const app = withLogin(manager, async (_, auth) => {
    const outcome = await guard(auth)
    return outcome.ok ? new Response('secret') : outcome.respond()
  })
  const all = { host: 'app.test', accept: 'text/html', ...headers }
  return app(new Request(new URL(url, 'https://app.test'), { method, headers: all }))
}

const getLocation = async (method: string, fields?: RequestFields): Promise<string | null> =>
  (await sendToGuard(method, fields)).headers.get('location')

describe('next', () => {
  it.each(['GET', 'HEAD'])('is the URL of the request if the method is %s', async (method) => {
    const headers = { referer: FORM }
    expect(await getLocation(method, { headers })).toBe('/login?next=%2Fsecret%3Fa%3D1')
  })

  it.each(UNSAFE)('is the page that sent a %s request, because GET cannot repeat it', async (method) => {
    expect(await getLocation(method, { headers: { referer: FORM } })).toBe('/login?next=%2Fform%3Fstep%3D2')
  })

  it.each(UNSAFE)('is missing if a %s request has no Referer', async (method) => {
    expect(await getLocation(method)).toBe('/login')
  })

  it.each([
    ['of another site', 'https://evil.test/form'],
    ['of another port', 'https://app.test:8443/form'],
    ['of another scheme', 'http://app.test/form'],
    ['with a user name', 'https://me@app.test/form'],
    ['whose path begins with two slashes', 'https://app.test//evil.test/form'],
    ['whose path normalizes to two slashes', 'https://app.test/x/..//evil.test'],
    ['with a backslash', 'https://app.test/\\evil.test'],
    ['that is relative to the scheme', '//evil.test/form'],
    ['that contains two URLs', 'https://app.test/a, https://evil.test/'],
    ['that is a javascript: URL', 'javascript:alert(1)'],
    ['that is about:blank', 'about:blank'],
    ['that is empty', ''],
  ])('is never a Referer %s', async (_, referer) => {
    const location = (await getLocation('POST', { headers: { referer } })) ?? ''
    const next = new URL(location, 'https://app.test').searchParams.get('next')
    expect(new URL(next ?? '/', 'https://app.test').origin).toBe('https://app.test')
    if (referer !== 'https://app.test/a, https://evil.test/') expect(location).toBe('/login')
  })

  it('is never a Referer of another origin, also if nextOrigins names it', async () => {
    const options = { nextOrigins: ['https://friend.test'] }
    expect(await getLocation('POST', { options, headers: { referer: 'https://friend.test/form' } })).toBe('/login')
  })

  it('does not contain the fragment of a Referer', async () => {
    expect(await getLocation('POST', { headers: { referer: `${FORM}#top` } })).toBe('/login?next=%2Fform%3Fstep%3D2')
  })

  it('is an https Referer of the same host if a proxy terminates TLS and the server receives http', async () => {
    const fields = { url: 'http://app.test/secret', headers: { referer: FORM } }
    expect(await getLocation('POST', fields)).toBe('/login?next=%2Fform%3Fstep%3D2')
  })

  it('is compared with the option publicOrigin, and not with the Host header', async () => {
    const options = { publicOrigin: 'https://www.app.test' }
    const getLocationFor = (referer: string) => getLocation('POST', { options, headers: { referer } })
    expect(await getLocationFor('https://www.app.test/form')).toBe('/login?next=%2Fform')
    expect(await getLocationFor('https://app.test/form')).toBe('/login')
  })

  it('is a whole URL if the login view is of another origin', async () => {
    const options = { loginView: 'https://id.test/login' }
    const location = await getLocation('POST', { options, headers: { referer: FORM } })
    expect(location).toBe('https://id.test/login?next=https%3A%2F%2Fapp.test%2Fform%3Fstep%3D2')
  })

  it('is the option next of the guard for every method', async () => {
    for (const method of ['GET', 'POST'])
      expect(await getLocation(method, { policy: { next: '/home' }, headers: { referer: FORM } })).toBe(
        '/login?next=%2Fhome',
      )
  })

  it('in the session is the Referer of a POST by the same rules', async () => {
    const manager = createLoginManager<User>({ ...OPTIONS, csrf: false, useSessionForNext: true })
    const getStoredNext = async (headers: Record<string, string>) => {
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
    expect(await getStoredNext({ referer: FORM })).toBe('/form?step=2')
    expect(await getStoredNext({})).toBeNull()
  })

  it('of loginUrl() in the handler of a form is the page that sent the form', () => {
    const request: RequestView = {
      method: 'POST',
      url: 'https://app.test/comments',
      headers: new Headers({ host: 'app.test', referer: FORM }),
    }
    expect(createLoginManager(OPTIONS).open(request).loginUrl()).toBe('/login?next=%2Fform%3Fstep%3D2')
  })
})

describe('the status of a redirect to the login or refresh view', () => {
  it.each(UNSAFE)('is 303 for %s, so that clients do not repeat the method', async (method) => {
    expect((await sendToGuard(method)).status).toBe(303)
  })

  it.each(['GET', 'HEAD'])('is 302 for %s', async (method) => {
    expect((await sendToGuard(method)).status).toBe(302)
  })

  it('is 303 for DELETE too if the login is not fresh', async () => {
    const manager = createLoginManager<User>({ ...OPTIONS, refreshView: '/again' })
    const headers = { host: 'app.test', accept: 'text/html' }
    const getStatus = async (method: string) => {
      const auth = manager.open(new Request('https://app.test/secret', { method, headers }))
      return (await auth.needsRefresh()).status
    }
    expect([await getStatus('DELETE'), await getStatus('GET')]).toEqual([303, 302])
  })
})

describe('a login or refresh view as next', () => {
  const options: Partial<LoginManagerOptions<User>> = {
    refreshView: '/again',
    areas: { office: { loginView: () => '/office/login' } },
    nextOrigins: ['https://id.test'],
  }
  const openAt = (url: string, more: Partial<LoginManagerOptions<User>> = {}) =>
    createLoginManager<User>({ ...OPTIONS, ...options, ...more }).open(
      new Request(`https://app.test${url}`, { headers: { host: 'app.test' } }),
    )

  it.each(['/login', '/login/', '/Login', '/LOGIN//', '/%6Cogin', '/again', '/Again/', '/office/login'])(
    'is replaced by its own next, also if the link of %s is followed several times',
    (path) => {
      let url = `${path}?lang=de&next=%2Fcart%3Fa%3D1`
      for (let times = 0; times < 5; times++) {
        expect(openAt(url).loginUrl()).toBe('/login?next=%2Fcart%3Fa%3D1')
        url = openAt(url).loginUrl().replace('/login', path)
      }
      expect(openAt(path).loginUrl()).toBe('/login')
    },
  )

  it('is replaced by the innermost page if views are nested', () => {
    const nested = ['/again', '/Login', '/login/'].reduce(
      (next, path) => `${path}?next=${encodeURIComponent(next)}`,
      '/cart',
    )
    expect(openAt(nested).loginUrl()).toBe('/login?next=%2Fcart')
    const endless = Array.from({ length: 60 }).reduce<string>((next) => `/login?next=${next}`, '/cart')
    expect(openAt(endless).loginUrl()).toMatch(/^\/login(?:\?next=%2Fcart)?$/)
  })

  it.each(['https://evil.test/', '//evil.test/', '/\\evil.test', 'javascript:alert(1)', '', '/x/..//evil.test'])(
    'is removed with its next if this next is not safe: %j',
    (next) => {
      expect(openAt(`/login?next=${encodeURIComponent(next)}`).loginUrl()).toBe('/login')
    },
  )

  it('is replaced by a whole URL whose origin is in nextOrigins', () => {
    expect(openAt('/login?next=https://id.test/a').loginUrl()).toBe('/login?next=https%3A%2F%2Fid.test%2Fa')
  })

  it('is replaced by its own next if loginUrl() receives this view as its argument', () => {
    expect(openAt('/signin?next=/cart').loginUrl('/signin')).toBe('/signin?next=%2Fcart')
    expect(openAt('/signin').loginUrl('/signin')).toBe('/signin')
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
    expect(await openAt(`/login?next=${encodeURIComponent(next)}`).nextUrl('/home')).toBe('/home')
    expect(await openAt('/login?next=/cart').nextUrl('/home', { next })).toBe('/cart')
  })

  it.each(['/login/help', '/logins', '/', '/again-and-again'])(
    'does not include a page with a similar path: %s',
    async (next) => {
      expect(await openAt(`/login?next=${next}`).nextUrl('/home')).toBe(next)
      expect(openAt(next).loginUrl()).toBe(`/login?next=${encodeURIComponent(next)}`)
    },
  )

  it('is not accepted by nextUrl() at another origin, but the same path of the own origin is', async () => {
    const otherOrigin = { loginView: 'https://id.test/login' }
    const getNextUrl = (next: string) => openAt('/', otherOrigin).nextUrl('/home', { next })
    expect(await getNextUrl('https://id.test/login')).toBe('/home')
    expect(await getNextUrl('/login')).toBe('/login')
  })

  it('in the Referer of a refused POST is replaced by its own next', async () => {
    const getLocationFor = (referer: string) => getLocation('POST', { options, headers: { referer } })
    expect(await getLocationFor('https://app.test/Login?next=/cart')).toBe('/login?next=%2Fcart')
    expect(await getLocationFor('https://app.test/login')).toBe('/login')
  })

  it('does not replace the next in the session', async () => {
    const manager = createLoginManager<User>({ ...OPTIONS, ...options, useSessionForNext: true })
    const refuse = async (path: string, cookie = '') => {
      const headers = { host: 'app.test', accept: 'text/html', cookie }
      const auth = manager.open(new Request(`https://app.test${path}`, { headers }))
      const response = commit(auth, await auth.unauthorized())
      return {
        next: await auth.session.pendingNext(),
        cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie,
      }
    }
    const first = await refuse('/cart')
    const second = await refuse('/again', first.cookie)
    expect([first.next, second.next]).toEqual(['/cart', '/cart'])
  })
})

describe('a credential in the query of next', () => {
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

  it.each(['GET', 'HEAD'])('is removed in the login URL after %s', async (method) => {
    expect(await getLocation(method, { options, url: URL_WITH_KEYS })).toBe(`/login?next=${encodeURIComponent(KEPT)}`)
    expect(await getLocation(method, { options, url: '/data?api_key=secret' })).toBe('/login?next=%2Fdata')
  })

  it('is removed from a Referer', async () => {
    const headers = { referer: 'https://app.test/data?token=secret&page=2' }
    expect(await getLocation('POST', { options, headers })).toBe('/login?next=%2Fdata%3Fpage%3D2')
  })

  it('is removed from next of the guard options and of loginUrl()', async () => {
    expect(await getLocation('GET', { options, policy: { next: '/data?token=secret' } })).toBe('/login?next=%2Fdata')
    const auth = createLoginManager<User>({ ...OPTIONS, ...options }).open(new Request('https://app.test/'))
    expect(auth.loginUrl('/login', '/data?api_key=secret&a=b')).toBe('/login?next=%2Fdata%3Fa%3Db')
  })

  it('is removed in the session, and in the result of nextUrl()', async () => {
    const manager = createLoginManager<User>({ ...OPTIONS, ...options, useSessionForNext: true })
    const headers = { host: 'app.test', accept: 'text/html' }
    const auth = manager.open(new Request(`https://app.test${URL_WITH_KEYS}`, { headers }))
    await auth.unauthorized()
    expect(await auth.session.pendingNext()).toBe(KEPT)
    expect(await auth.nextUrl('/', { next: '/data?api_key=secret' })).toBe('/data')
  })

  it('is removed from the next of a login view', () => {
    const request = new Request('https://app.test/login?next=%2Fdata%3Fapi_key%3Dsecret')
    expect(
      createLoginManager<User>({ ...OPTIONS, ...options })
        .open(request)
        .loginUrl(),
    ).toBe('/login?next=%2Fdata')
  })

  it('is not removed if no loader declares the field', async () => {
    expect(await getLocation('GET', { url: '/data?api_key=1' })).toBe('/login?next=%2Fdata%3Fapi_key%3D1')
  })

  it('must be declared as an array of names', () => {
    for (const queryFields of ['token', [7], null])
      expect(() =>
        createLoginManager<User>({
          ...OPTIONS,
          loadUserFromRequest: { load: () => null, queryFields: queryFields as never },
        }),
      ).toThrow(/loadUserFromRequest: has a loader whose queryFields is not a list of names/)
  })
})

describe('a long next', () => {
  const createPath = (bytes: number) => `/${'a'.repeat(bytes - 1)}`

  async function refuseAt(url: string, options: Partial<LoginManagerOptions<User>> = {}) {
    const manager = createLoginManager<User>({ ...OPTIONS, ...options })
    const record = recordEvents(manager)
    const headers = { host: 'app.test', accept: 'text/html' }
    const auth = manager.open(new Request(`https://app.test${url}`, { headers }))
    const location = (await auth.unauthorized()).headers.get('location') ?? ''
    const dropped = record.events.flatMap((event) => (event.name === 'nextDropped' ? [event] : []))
    return { location, dropped, next: await auth.session.pendingNext() }
  }

  it('is part of the login URL up to 4,096 bytes, and nextUrl() returns it', async () => {
    const { location, dropped } = await refuseAt(createPath(4096))
    expect(location).toBe(`/login?next=${encodeURIComponent(createPath(4096))}`)
    expect(dropped).toEqual([])
    const form = createLoginManager<User>(OPTIONS).open(new Request(`https://app.test${location}`))
    expect(await form.nextUrl('/home')).toBe(createPath(4096))
  })

  it('of more than 4,096 bytes is dropped with the event nextDropped', async () => {
    const { location, dropped } = await refuseAt(createPath(4097))
    expect(location).toBe('/login')
    expect(dropped).toMatchObject([{ name: 'nextDropped', bytes: 4097, limit: 4096 }])
  })

  it('is stored in the session up to 1,024 bytes, and is dropped with nextDropped above this limit', async () => {
    const stored = await refuseAt(createPath(1024), { useSessionForNext: true })
    expect([stored.location, stored.next, stored.dropped]).toEqual(['/login', createPath(1024), []])
    const tooLong = await refuseAt(createPath(1025), { useSessionForNext: true })
    expect([tooLong.location, tooLong.next]).toEqual(['/login', null])
    expect(tooLong.dropped).toMatchObject([{ name: 'nextDropped', bytes: 1025, limit: 1024 }])
  })
})
