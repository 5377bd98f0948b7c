import type { TestClient } from '@fetch-login/core/testing'
import * as oidc from 'openid-client'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { CLIENT_ID, CLIENT_SECRET, Issuer } from './fake/issuer'
import { browserAt, sendRaw, served } from './fake/served'
import { createApp, type User } from './oauth'

const SECRET = 'a secret of the tests, with no value elsewhere'

let issuer: Issuer
let issuerOrigin: string
let origin: string
let browser: TestClient
let table: Map<string, User>
let refusals: unknown[]
const onRefusal = (error: unknown) => void refusals.push(error)

beforeEach(async () => {
  ;({ app: issuer, origin: issuerOrigin } = await served(Issuer.create))
  table = new Map()
  refusals = []
  const insecure = { execute: [oidc.allowInsecureRequests] }
  const provider = await oidc.discovery(new URL(issuerOrigin), CLIENT_ID, CLIENT_SECRET, undefined, insecure)
  ;({ origin } = await served((origin) => createApp({ secret: SECRET, origin, provider, onRefusal, users })))
  browser = browserAt(origin)
})

const users = {
  find: async (id: string) => [...table.values()].find((user) => user.id === id),
  findOrCreate: async ({ issuer, subject, name }: { issuer: string; subject: string; name: string }) => {
    const key = JSON.stringify([issuer, subject])
    const user = table.get(key) ?? { id: String(table.size + 1), name }
    table.set(key, user)
    return user
  },
}

/** Presses the button, and lets the provider answer: the address that it sends the browser back to. */
async function wayBack(path = '/login', client = browser): Promise<string> {
  const sent = await client.post(path)
  expect(sent.status).toBe(303)
  const answer = await fetch(sent.headers.get('location') as string, { redirect: 'manual' })
  return (answer.headers.get('location') as string).replace(origin, '')
}

async function logIn(path = '/login', client = browser): Promise<Response> {
  return client.get(await wayBack(path, client))
}

async function visit(path: string): Promise<string | number> {
  const { status, headers } = await browser.get(path)
  return headers.get('location') ?? status
}

it('logs in by the provider, makes the user once, and leads to the page asked for', async () => {
  const refused = await browser.get('/?page=2')
  const answer = await logIn(refused.headers.get('location') as string)
  expect(answer.headers.get('location')).toBe('/?page=2')
  expect(await (await browser.get('/')).text()).toBe('Hello Alice')

  await browser.post('/logout')
  expect(await visit('/')).toBe('/login?next=%2F')
  await logIn()
  expect(await visit('/')).toBe(200)
  expect(table.size).toBe(1)
})

it('lets nobody in who is suspended here, whatever the provider says', async () => {
  const suspended = { id: '1', name: 'Alice', isActive: false }
  table.set(JSON.stringify([issuerOrigin, issuer.account.sub]), suspended)
  const answer = await logIn()
  expect([answer.status, await answer.text()]).toEqual([403, 'This account is suspended.'])
  expect(await visit('/')).toBe('/login?next=%2F')
})

it('does not make the login page a door to other sites', async () => {
  const answer = await logIn('/login?next=https://evil.example/')
  expect(answer.headers.get('location')).toBe('/')
})

describe('the answer of the provider', () => {
  it('is refused with a wrong state: somebody else asked', async () => {
    issuer.misbehaves = { answer: { state: 'another' } }
    expect((await logIn()).status).toBe(400)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('is refused in a browser that asked nothing, or the thief logs the victim in as the thief', async () => {
    const stolen = await wayBack('/login', browserAt(origin))
    expect((await browser.get(stolen)).status).toBe(400)
    await browser.post('/login')
    expect((await browser.get(stolen)).status).toBe(400)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('is refused with a wrong nonce: the ID token was made for another login', async () => {
    issuer.misbehaves = { claims: { nonce: 'another' } }
    expect((await logIn()).status).toBe(400)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it.each([
    ['of another issuer', { claims: { iss: 'https://evil.example' } }],
    ['for another app', { claims: { aud: 'another app' } }],
    ['that ended', { claims: { exp: 1 } }],
    ['that an unpublished key signed', { forges: true }],
  ])('is refused with an ID token %s', async (_what, misbehaviour) => {
    issuer.misbehaves = misbehaviour
    expect((await logIn()).status).toBe(400)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('is refused where it says that another provider gave it (mix-up)', async () => {
    issuer.misbehaves = { answer: { iss: 'https://evil.example' } }
    expect((await logIn()).status).toBe(400)
  })

  it('is taken once, also where the provider would give another token for the code', async () => {
    issuer.misbehaves = { forgets: true }
    const back = await wayBack()
    expect((await browser.get(back)).status).toBe(302)
    expect((await browser.get(back)).status).toBe(400)
  })

  it('is refused a second time by the provider, where a thief brings a copy of the cookie too', async () => {
    const back = await wayBack()
    const thief = browserAt(origin)
    for (const name of browser.cookies.names()) thief.cookies.set(name, browser.cookies.get(name) as string)
    expect((await browser.get(back)).status).toBe(302)
    expect((await thief.get(back)).status).toBe(400)
    expect((await thief.get('/')).status).toBe(302)
  })

  it('is a page and not a crash where the visitor says no at the provider', async () => {
    issuer.misbehaves = { error: 'access_denied' }
    const answer = await logIn()
    expect(answer.status).toBe(400)
    expect(await answer.text()).not.toContain('access_denied')
    expect(refusals).toEqual([expect.objectContaining({ error: 'access_denied' })])
    issuer.misbehaves = {}
    expect((await logIn()).status).toBe(302)
  })

  it('is no refusal but an error where the provider does not answer', async () => {
    const back = await wayBack()
    issuer.misbehaves = { breaks: true }
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    expect((await browser.get(back)).status).toBe(500)
    expect(error).toHaveBeenCalledOnce()
    error.mockRestore()
    expect(refusals).toEqual([])
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('leaves who is logged in alone when it is refused', async () => {
    await logIn()
    issuer.misbehaves = { claims: { nonce: 'another' } }
    expect((await logIn()).status).toBe(400)
    expect(await visit('/')).toBe(200)
  })
})

describe('the code', () => {
  it('is worth nothing without the verifier, which never leaves the app (PKCE)', async () => {
    const code = new URL(await wayBack(), origin).searchParams.get('code') as string
    const form = { grant_type: 'authorization_code', code, redirect_uri: `${origin}/login/callback` }
    const body = new URLSearchParams({ ...form, client_id: CLIENT_ID, client_secret: CLIENT_SECRET })
    const answer = await fetch(`${issuerOrigin}/token`, { method: 'POST', body })
    expect(await answer.json()).toEqual({ error: 'invalid_grant' })
  })

  it('comes back to this app, whatever host the request names', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' }
    const { location } = await sendRaw(origin, '/login', { form: {}, headers })
    expect(new URL(location as string).searchParams.get('redirect_uri')).toBe(`${origin}/login/callback`)
  })
})

describe('a fresh login', () => {
  it('is none by a session that the provider has had for days, but one by a password typed there now', async () => {
    await logIn()
    expect(await visit('/settings')).toBe('/reauthenticate?next=%2Fsettings')
    const answer = await logIn('/reauthenticate?next=/settings')
    expect(answer.headers.get('location')).toBe('/settings')
    expect(await visit('/settings')).toBe(200)
  })

  it('is refused where the provider did not ask for the password', async () => {
    await logIn()
    issuer.misbehaves = { claims: { auth_time: Math.floor(Date.now() / 1000) - 3600 } }
    expect((await logIn('/reauthenticate')).status).toBe(400)
    issuer.misbehaves = { claims: { auth_time: undefined } }
    expect((await logIn('/reauthenticate')).status).toBe(400)
    expect(await visit('/settings')).toBe('/reauthenticate?next=%2Fsettings')
  })

  it('is of whoever proved it: Bob does not confirm the login of Alice', async () => {
    await logIn()
    issuer.account = { sub: 'bob-at-provider', name: 'Bob' }
    await logIn('/reauthenticate')
    expect(await (await browser.get('/')).text()).toBe('Hello Bob')
  })
})

it('does not start a login for another site', async () => {
  const answer = await browser.post('/login', {}, { 'sec-fetch-site': 'cross-site' })
  expect(answer.status).toBe(403)
})
