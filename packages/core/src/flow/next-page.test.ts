// Where a visitor comes back to after the login, whichever request was refused.
import { describe, expect, it } from 'vitest'
import { createLoginManager, type GuardOptions, type LoginManagerOptions, type RequestView, withLogin } from '../index'

interface User {
  readonly id: string
}

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

  it('is no Referer of another origin of the app, which is not this page either', async () => {
    const options = { origins: ['https://friend.test'] }
    expect(await locationOf('POST', { options, headers: { referer: 'https://friend.test/form' } })).toBe('/login')
  })

  it('leaves the fragment of a Referer out', async () => {
    expect(await locationOf('POST', { headers: { referer: `${FORM}#top` } })).toBe('/login?next=%2Fform%3Fstep%3D2')
  })

  it('is found if a proxy ends TLS, and this server sees http', async () => {
    const asked = { url: 'http://app.test/secret', headers: { referer: FORM } }
    expect(await locationOf('POST', asked)).toBe('/login?next=%2Fform%3Fstep%3D2')
  })

  it('is compared with the option publicOrigin, whatever the Host header says', async () => {
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

  it('is what the policy says, whatever the method is', async () => {
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
      return auth.session.next()
    }
    expect(await nextOf({ referer: FORM })).toBe('/form?step=2')
    expect(await nextOf({})).toBeNull()
  })

  it('is the page that holds the link if loginUrl() is called while a form is answered', () => {
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
