// Pages, actions, route handlers and the proxy of Next.js together, in a browser.
import { request } from 'node:http'
import type { APIResponse, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { inBrowser, type Setup } from './setup'
import {
  getCookieNames,
  getCookieValue,
  getHeading,
  getPath,
  getSetCookieNames,
  press,
  REMEMBER,
  recordRequests,
  restart,
  SESSION,
} from './visitor'

const WITHOUT_PROXY = { 'x-without-proxy': '1' }

async function enter(page: Page, name = 'alice'): Promise<void> {
  await page.goto('/login')
  await page.getByLabel('Name').fill(name)
  await press(page, 'Enter')
  await page.waitForURL((url) => url.pathname === '/')
  await expect.poll(() => getCookieNames(page)).toEqual([REMEMBER, SESSION])
}

/** Opens a page of a visitor who has only a remember cookie. */
async function createRememberedVisitor(setup: Setup, extraHTTPHeaders: Record<string, string> = {}): Promise<Page> {
  const page = await setup.visitor({ extraHTTPHeaders })
  await enter(page)
  await restart(page)
  expect(await getCookieNames(page)).toEqual([REMEMBER])
  return page
}

async function getNotes(page: Page): Promise<{ loads: number; late: string | null }> {
  return (await page.request.post('/api/notes')).json()
}

/** Returns the names of the cookies that a response sets. */
function getApiSetCookieNames(response: APIResponse): string[] {
  const lines = response.headersArray().filter(({ name }) => name.toLowerCase() === 'set-cookie')
  return lines.map(({ value }) => value.split('=')[0] as string)
}

const getTexts = (page: Page): Promise<string[]> => page.locator('#layout, #page, #late').allInnerTexts()

inBrowser('a page', 'trials', (setup) => {
  it('shares one Auth object with its layout, its metadata and its suspended parts, and loads the user once', async () => {
    const page = await setup.visitor()
    await enter(page)
    await page.waitForLoadState('networkidle')
    await page.goto('about:blank')
    await page.request.delete('/api/notes')
    await page.goto('/guarded')
    await page.locator('#late').waitFor()
    expect(await getTexts(page)).toEqual(['alice', 'alice', 'alice'])
    expect(await page.title()).toBe('alice')
    expect((await getNotes(page)).loads).toBe(1)
  })

  it('is not shared by visitors with parallel requests', async () => {
    const visitors = await Promise.all(
      ['ann', 'ben', 'cid', 'dee'].map(async (name) => {
        const page = await setup.visitor()
        await enter(page, name)
        return { name, page }
      }),
    )
    for (let round = 0; round < 3; round++) {
      const responses = await Promise.all(
        visitors.map(async ({ name, page }) => ({ name, text: await (await page.request.get('/guarded')).text() })),
      )
      for (const { name, text } of responses) {
        const shown = ['ann', 'ben', 'cid', 'dee'].filter((one) => text.includes(`>${one}<`))
        expect(shown).toEqual([name])
      }
    }
  })

  it('that logs in by mistake fails with an error that names the remedy, and does not log in', async () => {
    const page = await setup.visitor()
    const response = await page.goto('/wrong')
    expect(response?.status()).toBe(500)
    expect(await response?.text()).not.toContain('You are in.')
    expect(await getCookieNames(page)).toEqual([])
    expect(setup.log()).toContain('This Auth object is read-only')
    expect(setup.log()).toContain('in a server action or a route handler')
  })

  it('with a guard inside of a cache fails, and shows no data of one visitor to another', async () => {
    for (const name of ['alice', 'bob']) {
      const page = await setup.visitor()
      await enter(page, name)
      const response = await page.goto('/cached')
      expect(response?.status()).toBe(500)
      expect(await response?.text()).not.toContain('The treasure of')
    }
    expect(setup.log()).toContain('unstable_cache')
  })

  it('that is static sets no cookie on a response that shared caches may store', async () => {
    const anonymous = await setup.visitor()
    const open = await anonymous.goto('/')
    expect(open?.headers()['cache-control']).toContain('s-maxage')
    expect(await getSetCookieNames(open)).toEqual([])
    const page = await createRememberedVisitor(setup)
    const personal = await page.goto('/')
    expect(await getSetCookieNames(personal)).toEqual([SESSION])
    expect(personal?.headers()['cache-control']).toBe('private, no-store')
    const again = await page.goto('/')
    expect(await getSetCookieNames(again)).toEqual([])
    expect(again?.headers()['cache-control']).toContain('s-maxage')
  })

  it('redirects an anonymous visitor to the login page with one request for each page', async () => {
    const page = await setup.visitor()
    const seen = recordRequests(page)
    await page.goto('/guarded?tab=1')
    await page.waitForLoadState('networkidle')
    expect(getPath(page)).toBe('/login?next=%2Fguarded%3Ftab%3D1')
    expect(seen).toEqual(['GET /guarded', 'GET /login'])
    expect(await getCookieNames(page)).toEqual([])
  })
})

inBrowser('the router', 'trials', (setup) => {
  it('prefetches without setting a cookie, and does not log in or out', async () => {
    const page = await setup.visitor()
    await enter(page)
    const before = await getCookieValue(page, SESSION)
    const set: string[][] = []
    page.on('response', async (response) => {
      if (response.request().headers()['next-router-prefetch'] !== undefined)
        set.push(await getSetCookieNames(response))
    })
    await page.goto('/')
    await page.waitForLoadState('networkidle')
    expect(set.length).toBeGreaterThan(0)
    expect(set.flat()).toEqual([])
    expect(await getCookieValue(page, SESSION)).toBe(before)
  })

  it('prefetches for a visitor with only a remember cookie without restoring the login', async () => {
    const page = await createRememberedVisitor(setup)
    const prefetch = { rsc: '1', 'next-router-prefetch': '1' }
    for (const path of ['/guarded', '/eager', '/']) {
      const response = await page.request.get(path, { headers: prefetch, maxRedirects: 0 })
      expect(response.headersArray().filter(({ name }) => name.toLowerCase() === 'set-cookie')).toEqual([])
    }
    expect(await getCookieNames(page)).toEqual([REMEMBER])
  })

  it.each(['Guarded', 'Eager'])('redirects an anonymous visitor to the login page, and back: %s', async (link) => {
    const path = `/${link.toLowerCase()}?from=link`
    const page = await setup.visitor()
    await page.goto('/')
    await page.waitForLoadState('networkidle')
    const seen = recordRequests(page)
    await page.getByRole('link', { name: link }).click()
    await page.waitForURL('**/login?**')
    await page.waitForLoadState('networkidle')
    expect(getPath(page)).toBe(`/login?next=${encodeURIComponent(path)}`)
    expect(seen.length).toBeLessThanOrEqual(3)
    expect(await getCookieNames(page)).toEqual([])
    await page.getByLabel('Name').fill('alice')
    await press(page, 'Enter')
    await page.locator('#page').waitFor()
    expect(getPath(page)).toBe(path)
    expect(await page.locator('#page').innerText()).toBe('alice')
  })

  it('shows no page that it cached before the logout', async () => {
    const page = await setup.visitor()
    await enter(page)
    for (const [link, title] of [
      ['Eager', 'Eager'],
      ['Guarded', 'Guarded'],
    ] as const) {
      await page.goto('/')
      await page.getByRole('link', { name: link }).click()
      await expect.poll(() => getHeading(page)).toBe(title)
    }
    await press(page, 'Leave')
    await page.waitForURL('**/login?**')
    expect(await getCookieNames(page)).toEqual([])
    await page.goBack()
    await page.waitForLoadState('networkidle')
    await page.getByRole('link', { name: 'Eager' }).click()
    await page.waitForURL('**/login?**')
    expect(await page.locator('main').innerText()).not.toContain('alice')
  })
})

inBrowser('an action', 'trials', (setup) => {
  describe.each([
    ['with JavaScript', true],
    ['without JavaScript', false],
  ])('%s', (_, javaScriptEnabled) => {
    it('shows its changes in the page that is rendered after it', async () => {
      const page = await setup.visitor({ javaScriptEnabled })
      await enter(page)
      await page.goto('/guarded')
      await page.getByLabel('Name').fill('bob')
      await press(page, 'Swap')
      await expect.poll(() => getTexts(page)).toEqual(['bob', 'bob', 'bob'])
      await page.reload()
      await expect.poll(() => getTexts(page)).toEqual(['bob', 'bob', 'bob'])
    })

    it('that logs out on a guarded page redirects to the login page', async () => {
      const page = await setup.visitor({ javaScriptEnabled })
      await enter(page)
      await page.goto('/guarded')
      await press(page, 'Leave')
      await page.waitForURL('**/login?next=%2Fguarded')
      expect(await getCookieNames(page)).toEqual([])
    })

    it('that logs out a visitor with only a remember cookie is not undone by the proxy', async () => {
      const page = await setup.visitor({ javaScriptEnabled })
      await enter(page)
      await page.goto('/')
      await restart(page)
      await press(page, 'Leave')
      await expect.poll(() => getCookieNames(page)).toEqual([])
      await page.goto('/guarded')
      expect(getPath(page)).toBe('/login?next=%2Fguarded')
    })

    it.each([
      ['notFound()', 'Vanish'],
      ['an error', 'Stumble'],
    ])('that logs out and ends with %s clears the cookies', async (_end, button) => {
      const page = await setup.visitor({ javaScriptEnabled })
      await enter(page)
      await page.goto('/guarded')
      await press(page, button)
      await expect.poll(() => getCookieNames(page)).toEqual([])
      await expect.poll(() => page.locator('body').innerText()).not.toContain('alice')
    })

    it('rejects a login after its response was sent', async () => {
      const page = await setup.visitor({ javaScriptEnabled })
      await page.request.delete('/api/notes')
      await page.goto('/')
      await press(page, 'Too late')
      await expect.poll(async () => (await getNotes(page)).late).toMatch(/Cookies can only be modified/)
      expect(await getCookieNames(page)).toEqual([])
    })
  })

  it('changes only the login of its own visitor, with parallel requests', async () => {
    const names = ['ann', 'ben', 'cid', 'dee']
    const pages = await Promise.all(
      names.map(async (name) => {
        const page = await setup.visitor()
        await enter(page, name)
        await page.goto('/guarded')
        await page.getByLabel('Name').fill(`${name}-again`)
        return page
      }),
    )
    await Promise.all(pages.map((page) => press(page, 'Swap')))
    for (const [index, page] of pages.entries()) {
      const name = `${names[index]}-again`
      await expect.poll(() => getTexts(page)).toEqual([name, name, name])
      await page.reload()
      await expect.poll(() => getTexts(page)).toEqual([name, name, name])
    }
  })

  it('that a page of another site has sent changes nothing', async () => {
    const page = await setup.visitor()
    await enter(page)
    const form = await page.request.get('/guarded')
    const action = /name="(\$ACTION_ID_\w+)"[^>]*\/>(?:(?!<form).)*Leave/s.exec(await form.text())?.[1] ?? ''
    expect(action).toMatch(/^\$ACTION_ID_/)
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { ...WITHOUT_PROXY, 'sec-fetch-site': 'cross-site' }]) {
      const response = await page.request.post('/guarded', { headers, multipart: { [action]: '' }, maxRedirects: 0 })
      expect([403, 404]).toContain(response.status())
      expect(await getCookieNames(page)).toEqual([REMEMBER, SESSION])
    }
  })
})

inBrowser('a route handler', 'trials', (setup) => {
  it('sends 401 with problem+json to an anonymous program, and the user with a login', async () => {
    const page = await setup.visitor()
    const headers = { accept: 'application/json' }
    const refused = await page.request.get('/api/me', { headers })
    expect(refused.status()).toBe(401)
    expect(refused.headers()['content-type']).toContain('application/problem+json')
    expect(await getCookieNames(page)).toEqual([])
    await enter(page)
    const response = await page.request.get('/api/me', { headers })
    expect(await response.json()).toEqual({ id: 'alice' })
    expect(response.headers()['cache-control']).toBe('private, no-store')
  })

  it.each([{}, WITHOUT_PROXY])(
    'that a guard protects is private, whatever Cache-Control it sets: %o',
    async (extra) => {
      const page = await setup.visitor()
      await enter(page)
      const response = await page.request.get('/api/shared', { headers: extra })
      expect(await response.json()).toEqual({ id: 'alice' })
      expect(response.headers()['cache-control']).toBe('private, max-age=60')
    },
  )

  it.each([{}, WITHOUT_PROXY])(
    'that sets a cookie is private and not stored, whatever Cache-Control it sets: %o',
    async (extra) => {
      const page = await setup.visitor()
      const response = await page.request.post('/api/shared', { headers: extra })
      expect(getApiSetCookieNames(response)).toEqual([SESSION])
      expect(response.headers()['cache-control']).toBe('private, no-store')
    },
  )

  it('that permits shared caches is not stored if the proxy restores a remembered login', async () => {
    const page = await createRememberedVisitor(setup)
    const response = await page.request.get('/api/shared')
    expect(getApiSetCookieNames(response)).toEqual([SESSION])
    expect(response.headers()['cache-control']).toMatch(/^private, no-store/)
    expect(response.headers()['cache-control']).not.toMatch(/public|s-maxage/)
  })

  it('that permits shared caches is private without the proxy, and restores a remembered login without a cookie', async () => {
    const page = await createRememberedVisitor(setup)
    const response = await page.request.get('/api/shared', { headers: WITHOUT_PROXY })
    expect(await response.json()).toEqual({ id: 'alice' })
    expect(getApiSetCookieNames(response)).toEqual([])
    expect(response.headers()['cache-control']).toBe('private, max-age=60')
  })

  it('that logs out and ends with notFound() clears the cookies', async () => {
    const page = await setup.visitor()
    await enter(page)
    expect((await page.request.post('/api/gone')).status()).toBe(404)
    expect(await getCookieNames(page)).toEqual([])
  })

  it('without a wrapper reads and writes as an action does', async () => {
    const page = await setup.visitor()
    await page.goto('/api/bare')
    expect(getPath(page)).toBe('/login?next=%2Fapi%2Fbare')
    await enter(page)
    expect(await (await page.request.get('/api/bare')).json()).toEqual({ id: 'alice' })
    expect((await page.request.post('/api/bare')).status()).toBe(200)
    expect(await getCookieNames(page)).toEqual([])
  })

  it('without a wrapper loses a logout if it ends with notFound(), as the documents state', async () => {
    const page = await setup.visitor()
    await enter(page)
    expect((await page.request.post('/api/lost')).status()).toBe(404)
    expect(await getCookieNames(page)).toEqual([REMEMBER, SESSION])
  })

  it('without a wrapper sets no Cache-Control, as the documents state', async () => {
    const page = await setup.visitor()
    await enter(page)
    expect((await page.request.get('/api/bare')).headers()['cache-control']).toBeUndefined()
  })

  it.each([{}, WITHOUT_PROXY])('without a wrapper refuses a request of another site: %o', async (extra) => {
    const page = await setup.visitor()
    await enter(page)
    const headers: Record<string, string> = { ...extra, 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }
    const response = await page.request.post('/api/bare', { headers, data: '' })
    expect([403, 404]).toContain(response.status())
    expect(await getCookieNames(page)).toEqual([REMEMBER, SESSION])
  })
})

inBrowser('a body without a type and a length', 'trials', (setup) => {
  it.each([{}, WITHOUT_PROXY])('is refused from another site, as an unsafe request: %o', async (extra) => {
    const port = Number(new URL(setup.url).port)
    const cross = { ...extra, 'sec-fetch-site': 'cross-site' }
    expect([403, 404]).toContain(await getRawStatus(port, '/api/bare', cross, 'x'))
    expect(await getRawStatus(port, '/api/bare', { ...extra, 'sec-fetch-site': 'same-origin' }, 'x')).toBe(200)
  })
})

inBrowser('without the proxy', 'trials', (setup) => {
  const forgedHeaders = [
    {},
    { 'x-fetch-login-url': 'http://127.0.0.1/login' },
    { 'x-fetch-login-url': 'https://evil.test/elsewhere' },
    { 'x-fetch-login-url': '//evil.test' },
    { 'x-fetch-login-url': 'javascript:alert(1)' },
    { 'x-fetch-login-url': 'http://%' },
    { 'x-fetch-login-url': 'x'.repeat(3000), 'x-requested-with': 'XMLHttpRequest', rsc: '1' },
  ]

  it.each(forgedHeaders)(
    'no page and no handler admits an anonymous request with a forged URL header: case %#',
    async (headers) => {
      const page = await setup.visitor()
      const { rsc, ...more } = headers as Record<string, string>
      for (const path of ['/guarded', '/eager', '/api/bare']) {
        const response = await page.request.get(path, { headers: { ...more, ...WITHOUT_PROXY }, maxRedirects: 0 })
        expect(response.status()).toBe(307)
        const location = new URL(response.headers().location as string, setup.url)
        expect(location.origin + location.pathname).toBe(`${setup.url}/login`)
        expect(location.searchParams.get('next') ?? '/').toMatch(/^\/(?!\/)/)
        expect(await response.text()).not.toContain('treasure')
        if (rsc !== undefined) {
          const data = await page.request.get(path, { headers: { ...more, ...WITHOUT_PROXY, rsc }, maxRedirects: 0 })
          expect(await data.text()).not.toContain('treasure')
        }
      }
    },
  )

  it('a forged URL header does not redirect to another origin after the login', async () => {
    const page = await setup.visitor({
      extraHTTPHeaders: { ...WITHOUT_PROXY, 'x-fetch-login-url': 'http://127.0.0.1/login?next=https://evil.test/' },
    })
    await enter(page)
    expect(page.url()).toBe(`${setup.url}/`)
  })

  it('pages and actions work, and a remember cookie logs in without setting a cookie', async () => {
    const page = await createRememberedVisitor(setup, WITHOUT_PROXY)
    const response = await page.goto('/guarded')
    expect(await response?.text()).toContain('treasure')
    expect(await getTexts(page)).toEqual(['alice', 'alice', 'alice'])
    expect(await getSetCookieNames(response)).toEqual([])
    expect(await getCookieNames(page)).toEqual([REMEMBER])
    await press(page, 'Leave')
    await page.waitForURL('**/login')
    expect(await getCookieNames(page)).toEqual([])
  })
})

inBrowser('hostile input', 'trials', (setup) => {
  const cookies = [
    'session=',
    'session=x.y.z',
    'session=%',
    'session="',
    `session=${'a'.repeat(5000)}`,
    'session=\xff',
    '=;=;;',
  ]
  const targets = [
    '/guarded',
    '/api/me',
    '/api/bare',
    '/',
    '/%zz',
    '//evil.test/guarded',
    '/guarded/../guarded?%',
    '/guarded?next=%00',
  ]

  it.each(cookies)('results in an anonymous request and no 500: case %#', async (cookie) => {
    const url = new URL(setup.url)
    for (const target of targets) {
      for (const extra of [{}, WITHOUT_PROXY]) {
        const status = await getRawStatus(Number(url.port), target, { cookie, ...extra })
        expect([status, target]).toSatisfy(([code]) => code < 500)
        if (target === '/guarded') expect(status).toBe(307)
      }
    }
  })
})

/** Sends a request unchanged, and returns the status. A body is sent in chunks and without a type. */
async function getRawStatus(
  port: number,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const sent = request({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('error', reject)
    if (body !== undefined) sent.write(body)
    sent.end()
  })
}
