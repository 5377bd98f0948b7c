// What may go wrong between pages, actions, route handlers and the proxy of Next.js, in a browser.
import { request } from 'node:http'
import type { APIResponse, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import {
  cookieNames,
  cookieValue,
  heading,
  namesSetBy,
  pathOf,
  press,
  REMEMBER,
  recordRequests,
  restart,
  SESSION,
} from './visitor'
import { inBrowser, type World } from './world'

const WITHOUT_PROXY = { 'x-without-proxy': '1' }

async function enter(page: Page, name = 'alice'): Promise<void> {
  await page.goto('/login')
  await page.getByLabel('Name').fill(name)
  await press(page, 'Enter')
  await page.waitForURL((url) => url.pathname === '/')
  await expect.poll(() => cookieNames(page)).toEqual([REMEMBER, SESSION])
}

/** Alice, whose session ended with her browser. */
async function remembered(world: World, extraHTTPHeaders: Record<string, string> = {}): Promise<Page> {
  const page = await world.visitor({ extraHTTPHeaders })
  await enter(page)
  await restart(page)
  expect(await cookieNames(page)).toEqual([REMEMBER])
  return page
}

async function notes(page: Page): Promise<{ loads: number; late: string | null }> {
  return (await page.request.post('/api/notes')).json()
}

/** The names of the cookies that a response sets. */
function setCookieNames(response: APIResponse): string[] {
  const lines = response.headersArray().filter(({ name }) => name.toLowerCase() === 'set-cookie')
  return lines.map(({ value }) => value.split('=')[0] as string)
}

const texts = (page: Page): Promise<string[]> => page.locator('#layout, #page, #late').allInnerTexts()

inBrowser('a page', 'trials', (world) => {
  it('is one with its layout, its metadata and its late parts: the user is looked for once', async () => {
    const page = await world.visitor()
    await enter(page)
    await page.waitForLoadState('networkidle')
    await page.goto('about:blank')
    await page.request.delete('/api/notes')
    await page.goto('/guarded')
    await page.locator('#late').waitFor()
    expect(await texts(page)).toEqual(['alice', 'alice', 'alice'])
    expect(await page.title()).toBe('alice')
    expect((await notes(page)).loads).toBe(1)
  })

  it('is not shared by visitors who come at the same time', async () => {
    const visitors = await Promise.all(
      ['ann', 'ben', 'cid', 'dee'].map(async (name) => {
        const page = await world.visitor()
        await enter(page, name)
        return { name, page }
      }),
    )
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        visitors.map(async ({ name, page }) => ({ name, text: await (await page.request.get('/guarded')).text() })),
      )
      for (const { name, text } of answers) {
        const shown = ['ann', 'ben', 'cid', 'dee'].filter((one) => text.includes(`>${one}<`))
        expect(shown).toEqual([name])
      }
    }
  })

  it('that logs in by mistake is told what to do, and logs nobody in', async () => {
    const page = await world.visitor()
    const answer = await page.goto('/wrong')
    expect(answer?.status()).toBe(500)
    expect(await answer?.text()).not.toContain('You are in.')
    expect(await cookieNames(page)).toEqual([])
    expect(world.log()).toContain('This Auth object is read-only')
    expect(world.log()).toContain('in a server action or a route handler')
  })

  it('that asks inside of a cache is told, and keeps nothing of one visitor for the next', async () => {
    for (const name of ['alice', 'bob']) {
      const page = await world.visitor()
      await enter(page, name)
      const answer = await page.goto('/cached')
      expect(answer?.status()).toBe(500)
      expect(await answer?.text()).not.toContain('The treasure of')
    }
    expect(world.log()).toContain('unstable_cache')
  })

  it('that is static never carries a cookie into a shared cache', async () => {
    const anonymous = await world.visitor()
    const open = await anonymous.goto('/')
    expect(open?.headers()['cache-control']).toContain('s-maxage')
    expect(await namesSetBy(open)).toEqual([])
    const page = await remembered(world)
    const personal = await page.goto('/')
    expect(await namesSetBy(personal)).toEqual([SESSION])
    expect(personal?.headers()['cache-control']).toBe('private, no-store')
    const again = await page.goto('/')
    expect(await namesSetBy(again)).toEqual([])
    expect(again?.headers()['cache-control']).toContain('s-maxage')
  })

  it('sends an anonymous visitor to the login and asks for nothing twice', async () => {
    const page = await world.visitor()
    const seen = recordRequests(page)
    await page.goto('/guarded?tab=1')
    await page.waitForLoadState('networkidle')
    expect(pathOf(page)).toBe('/login?next=%2Fguarded%3Ftab%3D1')
    expect(seen).toEqual(['GET /guarded', 'GET /login'])
    expect(await cookieNames(page)).toEqual([])
  })
})

inBrowser('the router', 'trials', (world) => {
  it('looks ahead without a cookie, and logs nobody in or out', async () => {
    const page = await world.visitor()
    await enter(page)
    const before = await cookieValue(page, SESSION)
    const set: string[][] = []
    page.on('response', async (response) => {
      if (response.request().headers()['next-router-prefetch'] !== undefined) set.push(await namesSetBy(response))
    })
    await page.goto('/')
    await page.waitForLoadState('networkidle')
    expect(set.length).toBeGreaterThan(0)
    expect(set.flat()).toEqual([])
    expect(await cookieValue(page, SESSION)).toBe(before)
  })

  it('looks ahead for a remembered visitor without taking the login up again', async () => {
    const page = await remembered(world)
    const prefetch = { rsc: '1', 'next-router-prefetch': '1' }
    for (const path of ['/guarded', '/eager', '/']) {
      const answer = await page.request.get(path, { headers: prefetch, maxRedirects: 0 })
      expect(answer.headersArray().filter(({ name }) => name.toLowerCase() === 'set-cookie')).toEqual([])
    }
    expect(await cookieNames(page)).toEqual([REMEMBER])
  })

  it.each(['Guarded', 'Eager'])('brings an anonymous visitor to the login, and back: %s', async (link) => {
    const path = `/${link.toLowerCase()}?from=link`
    const page = await world.visitor()
    await page.goto('/')
    await page.waitForLoadState('networkidle')
    const seen = recordRequests(page)
    await page.getByRole('link', { name: link }).click()
    await page.waitForURL('**/login?**')
    await page.waitForLoadState('networkidle')
    expect(pathOf(page)).toBe(`/login?next=${encodeURIComponent(path)}`)
    expect(seen.length).toBeLessThanOrEqual(3)
    expect(await cookieNames(page)).toEqual([])
    await page.getByLabel('Name').fill('alice')
    await press(page, 'Enter')
    await page.locator('#page').waitFor()
    expect(pathOf(page)).toBe(path)
    expect(await page.locator('#page').innerText()).toBe('alice')
  })

  it('shows no page of before the logout', async () => {
    const page = await world.visitor()
    await enter(page)
    for (const [link, title] of [
      ['Eager', 'Eager'],
      ['Guarded', 'Guarded'],
    ] as const) {
      await page.goto('/')
      await page.getByRole('link', { name: link }).click()
      await expect.poll(() => heading(page)).toBe(title)
    }
    await press(page, 'Leave')
    await page.waitForURL('**/login?**')
    expect(await cookieNames(page)).toEqual([])
    await page.goBack()
    await page.waitForLoadState('networkidle')
    await page.getByRole('link', { name: 'Eager' }).click()
    await page.waitForURL('**/login?**')
    expect(await page.locator('main').innerText()).not.toContain('alice')
  })
})

inBrowser('an action', 'trials', (world) => {
  describe.each([
    ['with JavaScript', true],
    ['without JavaScript', false],
  ])('%s', (_, javaScriptEnabled) => {
    it('shows what it changed in the page that is rendered right after it', async () => {
      const page = await world.visitor({ javaScriptEnabled })
      await enter(page)
      await page.goto('/guarded')
      await page.getByLabel('Name').fill('bob')
      await press(page, 'Swap')
      await expect.poll(() => texts(page)).toEqual(['bob', 'bob', 'bob'])
      await page.reload()
      await expect.poll(() => texts(page)).toEqual(['bob', 'bob', 'bob'])
    })

    it('that logs out leaves no guarded page behind', async () => {
      const page = await world.visitor({ javaScriptEnabled })
      await enter(page)
      await page.goto('/guarded')
      await press(page, 'Leave')
      await page.waitForURL('**/login?next=%2Fguarded')
      expect(await cookieNames(page)).toEqual([])
    })

    it('that logs out a remembered visitor wins over the proxy in front of it', async () => {
      const page = await world.visitor({ javaScriptEnabled })
      await enter(page)
      await page.goto('/')
      await restart(page)
      await press(page, 'Leave')
      await expect.poll(() => cookieNames(page)).toEqual([])
      await page.goto('/guarded')
      expect(pathOf(page)).toBe('/login?next=%2Fguarded')
    })

    it.each([
      ['notFound()', 'Vanish'],
      ['an error', 'Stumble'],
    ])('that ends with %s has logged out all the same', async (_end, button) => {
      const page = await world.visitor({ javaScriptEnabled })
      await enter(page)
      await page.goto('/guarded')
      await press(page, button)
      await expect.poll(() => cookieNames(page)).toEqual([])
      await expect.poll(() => page.locator('body').innerText()).not.toContain('alice')
    })

    it('is told where it logs in after its answer has left', async () => {
      const page = await world.visitor({ javaScriptEnabled })
      await page.request.delete('/api/notes')
      await page.goto('/')
      await press(page, 'Too late')
      await expect.poll(async () => (await notes(page)).late).toMatch(/Cookies can only be modified/)
      expect(await cookieNames(page)).toEqual([])
    })
  })

  it('is of one visitor, however many act at the same time', async () => {
    const names = ['ann', 'ben', 'cid', 'dee']
    const pages = await Promise.all(
      names.map(async (name) => {
        const page = await world.visitor()
        await enter(page, name)
        await page.goto('/guarded')
        await page.getByLabel('Name').fill(`${name}-again`)
        return page
      }),
    )
    await Promise.all(pages.map((page) => press(page, 'Swap')))
    for (const [index, page] of pages.entries()) {
      const name = `${names[index]}-again`
      await expect.poll(() => texts(page)).toEqual([name, name, name])
      await page.reload()
      await expect.poll(() => texts(page)).toEqual([name, name, name])
    }
  })

  it('that a page elsewhere has sent changes nothing', async () => {
    const page = await world.visitor()
    await enter(page)
    const form = await page.request.get('/guarded')
    const action = /name="(\$ACTION_ID_\w+)"[^>]*\/>(?:(?!<form).)*Leave/s.exec(await form.text())?.[1] ?? ''
    expect(action).toMatch(/^\$ACTION_ID_/)
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { ...WITHOUT_PROXY, 'sec-fetch-site': 'cross-site' }]) {
      const answer = await page.request.post('/guarded', { headers, multipart: { [action]: '' }, maxRedirects: 0 })
      expect([403, 404]).toContain(answer.status())
      expect(await cookieNames(page)).toEqual([REMEMBER, SESSION])
    }
  })
})

inBrowser('a route handler', 'trials', (world) => {
  it('tells a program 401 with a problem, and a user in JSON', async () => {
    const page = await world.visitor()
    const headers = { accept: 'application/json' }
    const refused = await page.request.get('/api/me', { headers })
    expect(refused.status()).toBe(401)
    expect(refused.headers()['content-type']).toContain('application/problem+json')
    expect(await cookieNames(page)).toEqual([])
    await enter(page)
    const answer = await page.request.get('/api/me', { headers })
    expect(await answer.json()).toEqual({ id: 'alice' })
    expect(answer.headers()['cache-control']).toBe('private, no-store')
  })

  it.each([{}, WITHOUT_PROXY])(
    'that a guard protects is private, whatever Cache-Control it sets: %o',
    async (extra) => {
      const page = await world.visitor()
      await enter(page)
      const answer = await page.request.get('/api/shared', { headers: extra })
      expect(await answer.json()).toEqual({ id: 'alice' })
      expect(answer.headers()['cache-control']).toBe('private, max-age=60')
    },
  )

  it.each([{}, WITHOUT_PROXY])(
    'that sets a cookie is private and not stored, whatever Cache-Control it sets: %o',
    async (extra) => {
      const page = await world.visitor()
      const answer = await page.request.post('/api/shared', { headers: extra })
      expect(setCookieNames(answer)).toEqual([SESSION])
      expect(answer.headers()['cache-control']).toBe('private, no-store')
    },
  )

  it('that permits shared caches is not stored if the proxy restores a remembered login', async () => {
    const page = await remembered(world)
    const answer = await page.request.get('/api/shared')
    expect(setCookieNames(answer)).toEqual([SESSION])
    expect(answer.headers()['cache-control']).toMatch(/^private, no-store/)
    expect(answer.headers()['cache-control']).not.toMatch(/public|s-maxage/)
  })

  it('that permits shared caches is private without the proxy, and restores a remembered login without a cookie', async () => {
    const page = await remembered(world)
    const answer = await page.request.get('/api/shared', { headers: WITHOUT_PROXY })
    expect(await answer.json()).toEqual({ id: 'alice' })
    expect(setCookieNames(answer)).toEqual([])
    expect(answer.headers()['cache-control']).toBe('private, max-age=60')
  })

  it('that ends with notFound() has logged out all the same', async () => {
    const page = await world.visitor()
    await enter(page)
    expect((await page.request.post('/api/gone')).status()).toBe(404)
    expect(await cookieNames(page)).toEqual([])
  })

  it('that nothing wraps reads and writes as an action does', async () => {
    const page = await world.visitor()
    await page.goto('/api/bare')
    expect(pathOf(page)).toBe('/login?next=%2Fapi%2Fbare')
    await enter(page)
    expect(await (await page.request.get('/api/bare')).json()).toEqual({ id: 'alice' })
    expect((await page.request.post('/api/bare')).status()).toBe(200)
    expect(await cookieNames(page)).toEqual([])
  })

  it('that nothing wraps loses the logout where it ends in notFound(), as the documents say', async () => {
    const page = await world.visitor()
    await enter(page)
    expect((await page.request.post('/api/lost')).status()).toBe(404)
    expect(await cookieNames(page)).toEqual([REMEMBER, SESSION])
  })

  it('that nothing wraps says nothing to caches, as the documents say', async () => {
    const page = await world.visitor()
    await enter(page)
    expect((await page.request.get('/api/bare')).headers()['cache-control']).toBeUndefined()
  })

  it.each([{}, WITHOUT_PROXY])('that nothing wraps refuses what another site has sent: %o', async (extra) => {
    const page = await world.visitor()
    await enter(page)
    const headers: Record<string, string> = { ...extra, 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }
    const answer = await page.request.post('/api/bare', { headers, data: '' })
    expect([403, 404]).toContain(answer.status())
    expect(await cookieNames(page)).toEqual([REMEMBER, SESSION])
  })
})

inBrowser('a body of no type and no length', 'trials', (world) => {
  it.each([{}, WITHOUT_PROXY])('is taken for what may write, and refused from another site: %o', async (extra) => {
    const port = Number(new URL(world.url).port)
    const cross = { ...extra, 'sec-fetch-site': 'cross-site' }
    expect([403, 404]).toContain(await rawStatus(port, '/api/bare', cross, 'x'))
    expect(await rawStatus(port, '/api/bare', { ...extra, 'sec-fetch-site': 'same-origin' }, 'x')).toBe(200)
  })
})

inBrowser('without the proxy', 'trials', (world) => {
  const strangers = [
    {},
    { 'x-fetch-login-url': 'http://127.0.0.1/login' },
    { 'x-fetch-login-url': 'https://evil.test/elsewhere' },
    { 'x-fetch-login-url': '//evil.test' },
    { 'x-fetch-login-url': 'javascript:alert(1)' },
    { 'x-fetch-login-url': 'http://%' },
    { 'x-fetch-login-url': 'x'.repeat(3000), 'x-requested-with': 'XMLHttpRequest', rsc: '1' },
  ]

  it.each(strangers)(
    'no page and no handler opens, whatever a stranger says of the address: case %#',
    async (headers) => {
      const page = await world.visitor()
      const { rsc, ...more } = headers as Record<string, string>
      for (const path of ['/guarded', '/eager', '/api/bare']) {
        const answer = await page.request.get(path, { headers: { ...more, ...WITHOUT_PROXY }, maxRedirects: 0 })
        expect(answer.status()).toBe(307)
        const location = new URL(answer.headers().location as string, world.url)
        expect(location.origin + location.pathname).toBe(`${world.url}/login`)
        expect(location.searchParams.get('next') ?? '/').toMatch(/^\/(?!\/)/)
        expect(await answer.text()).not.toContain('treasure')
        if (rsc !== undefined) {
          const data = await page.request.get(path, { headers: { ...more, ...WITHOUT_PROXY, rsc }, maxRedirects: 0 })
          expect(await data.text()).not.toContain('treasure')
        }
      }
    },
  )

  it('a forged address leads nowhere else after the login either', async () => {
    const page = await world.visitor({
      extraHTTPHeaders: { ...WITHOUT_PROXY, 'x-fetch-login-url': 'http://127.0.0.1/login?next=https://evil.test/' },
    })
    await enter(page)
    expect(page.url()).toBe(`${world.url}/`)
  })

  it('pages and actions do as before, and a remembered visitor is known without a cookie being set', async () => {
    const page = await remembered(world, WITHOUT_PROXY)
    const answer = await page.goto('/guarded')
    expect(await answer?.text()).toContain('treasure')
    expect(await texts(page)).toEqual(['alice', 'alice', 'alice'])
    expect(await namesSetBy(answer)).toEqual([])
    expect(await cookieNames(page)).toEqual([REMEMBER])
    await press(page, 'Leave')
    await page.waitForURL('**/login')
    expect(await cookieNames(page)).toEqual([])
  })
})

inBrowser('hostile input', 'trials', (world) => {
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

  it.each(cookies)('makes an anonymous visitor and no 500: case %#', async (cookie) => {
    const url = new URL(world.url)
    for (const target of targets) {
      for (const extra of [{}, WITHOUT_PROXY]) {
        const status = await rawStatus(Number(url.port), target, { cookie, ...extra })
        expect([status, target]).toSatisfy(([code]) => code < 500)
        if (target === '/guarded') expect(status).toBe(307)
      }
    }
  })
})

/** The status of an answer to a request as it is written here; with a body, in pieces and of no type. */
async function rawStatus(port: number, path: string, headers: Record<string, string>, body?: string): Promise<number> {
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
