import type { TestClient } from '@fetch-login/core/testing'
import * as oidc from 'openid-client'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { CLIENT_ID, CLIENT_SECRET, Issuer } from './fake/issuer'
import { createBrowser, sendRaw, serveApp } from './fake/served'
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
  ;({ app: issuer, origin: issuerOrigin } = await serveApp(Issuer.create))
  table = new Map()
  refusals = []
  const insecure = { execute: [oidc.allowInsecureRequests] }
  const provider = await oidc.discovery(new URL(issuerOrigin), CLIENT_ID, CLIENT_SECRET, undefined, insecure)
  ;({ origin } = await serveApp((origin) => createApp({ secret: SECRET, origin, provider, onRefusal, users })))
  browser = createBrowser(origin)
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

/** Begins a login, and returns the URL to which the provider redirects the browser. */
async function requestCallbackUrl(path = '/login', client = browser): Promise<string> {
  const sent = await client.post(path)
  expect(sent.status).toBe(303)
  const response = await fetch(sent.headers.get('location') as string, { redirect: 'manual' })
  return (response.headers.get('location') as string).replace(origin, '')
}

async function logIn(path = '/login', client = browser): Promise<Response> {
  return client.get(await requestCallbackUrl(path, client))
}

async function visit(path: string): Promise<string | number> {
  const { status, headers } = await browser.get(path)
  return headers.get('location') ?? status
}

it('logs in by the provider, creates the user once, and redirects to the requested page', async () => {
  const refused = await browser.get('/?page=2')
  const response = await logIn(refused.headers.get('location') as string)
  expect(response.headers.get('location')).toBe('/?page=2')
  expect(await (await browser.get('/')).text()).toBe('Hello Alice')

  await browser.post('/logout')
  expect(await visit('/')).toBe('/login?next=%2F')
  await logIn()
  expect(await visit('/')).toBe(200)
  expect(table.size).toBe(1)
})

it('refuses a user who is suspended in the app, even if the provider accepts the login', async () => {
  const suspended = { id: '1', name: 'Alice', isActive: false }
  table.set(JSON.stringify([issuerOrigin, issuer.account.sub]), suspended)
  const response = await logIn()
  expect([response.status, await response.text()]).toEqual([403, 'This account is suspended.'])
  expect(await visit('/')).toBe('/login?next=%2F')
})

it('does not redirect to another site after the login', async () => {
  const response = await logIn('/login?next=https://evil.example/')
  expect(response.headers.get('location')).toBe('/')
})

describe('the authorization response of the provider', () => {
  it('is refused with a wrong state', async () => {
    issuer.misbehaves = { parameters: { state: 'another' } }
    expect((await logIn()).status).toBe(400)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('is refused in a browser that did not begin this login (login CSRF)', async () => {
    const stolen = await requestCallbackUrl('/login', createBrowser(origin))
    expect((await browser.get(stolen)).status).toBe(400)
    await browser.post('/login')
    expect((await browser.get(stolen)).status).toBe(400)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('is refused with a wrong nonce, because the ID token belongs to another login', async () => {
    issuer.misbehaves = { claims: { nonce: 'another' } }
    expect((await logIn()).status).toBe(400)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it.each([
    ['of another issuer', { claims: { iss: 'https://evil.example' } }],
    ['for another app', { claims: { aud: 'another app' } }],
    ['that is expired', { claims: { exp: 1 } }],
    ['that an unpublished key signed', { usesUnpublishedKey: true }],
  ])('is refused with an ID token %s', async (_what, misbehaviour) => {
    issuer.misbehaves = misbehaviour
    expect((await logIn()).status).toBe(400)
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('is refused with the issuer of another provider (mix-up)', async () => {
    issuer.misbehaves = { parameters: { iss: 'https://evil.example' } }
    expect((await logIn()).status).toBe(400)
  })

  it('is accepted once, even if the provider accepts the code again', async () => {
    issuer.misbehaves = { acceptsUsedCodes: true }
    const callback = await requestCallbackUrl()
    expect((await browser.get(callback)).status).toBe(302)
    expect((await browser.get(callback)).status).toBe(400)
  })

  it('is refused the second time by the provider, even with a copy of the session cookie', async () => {
    const callback = await requestCallbackUrl()
    const thief = createBrowser(origin)
    for (const name of browser.cookies.names()) thief.cookies.set(name, browser.cookies.get(name) as string)
    expect((await browser.get(callback)).status).toBe(302)
    expect((await thief.get(callback)).status).toBe(400)
    expect((await thief.get('/')).status).toBe(302)
  })

  it('produces a page with status 400 if the user cancels the login at the provider', async () => {
    issuer.misbehaves = { error: 'access_denied' }
    const response = await logIn()
    expect(response.status).toBe(400)
    expect(await response.text()).not.toContain('access_denied')
    expect(refusals).toEqual([expect.objectContaining({ error: 'access_denied' })])
    issuer.misbehaves = {}
    expect((await logIn()).status).toBe(302)
  })

  it('causes an error, not a refusal, if the provider does not respond', async () => {
    const callback = await requestCallbackUrl()
    issuer.misbehaves = { closesConnection: true }
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    expect((await browser.get(callback)).status).toBe(500)
    expect(error).toHaveBeenCalledOnce()
    error.mockRestore()
    expect(refusals).toEqual([])
    expect(await visit('/')).toBe('/login?next=%2F')
  })

  it('does not end the current login if it is refused', async () => {
    await logIn()
    issuer.misbehaves = { claims: { nonce: 'another' } }
    expect((await logIn()).status).toBe(400)
    expect(await visit('/')).toBe(200)
  })
})

describe('the authorization code', () => {
  it('cannot be redeemed without the verifier, which stays in the app (PKCE)', async () => {
    const code = new URL(await requestCallbackUrl(), origin).searchParams.get('code') as string
    const form = { grant_type: 'authorization_code', code, redirect_uri: `${origin}/login/callback` }
    const body = new URLSearchParams({ ...form, client_id: CLIENT_ID, client_secret: CLIENT_SECRET })
    const response = await fetch(`${issuerOrigin}/token`, { method: 'POST', body })
    expect(await response.json()).toEqual({ error: 'invalid_grant' })
  })

  it('returns to the configured origin, even if the request has another host', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' }
    const { location } = await sendRaw(origin, '/login', { form: {}, headers })
    expect(new URL(location as string).searchParams.get('redirect_uri')).toBe(`${origin}/login/callback`)
  })
})

describe('a fresh login by the provider', () => {
  it('requires that the user types the password at the provider, not only a session there', async () => {
    await logIn()
    expect(await visit('/settings')).toBe('/reauthenticate?next=%2Fsettings')
    const response = await logIn('/reauthenticate?next=/settings')
    expect(response.headers.get('location')).toBe('/settings')
    expect(await visit('/settings')).toBe(200)
  })

  it('is refused if the provider did not request the password', async () => {
    await logIn()
    issuer.misbehaves = { claims: { auth_time: Math.floor(Date.now() / 1000) - 3600 } }
    expect((await logIn('/reauthenticate')).status).toBe(400)
    issuer.misbehaves = { claims: { auth_time: undefined } }
    expect((await logIn('/reauthenticate')).status).toBe(400)
    expect(await visit('/settings')).toBe('/reauthenticate?next=%2Fsettings')
  })

  it('belongs to the user who logged in at the provider: Bob does not confirm the login of Alice', async () => {
    await logIn()
    issuer.account = { sub: 'bob-at-provider', name: 'Bob' }
    await logIn('/reauthenticate')
    expect(await (await browser.get('/')).text()).toBe('Hello Bob')
  })
})

it('refuses to begin a login for a form of another site', async () => {
  const response = await browser.post('/login', {}, { 'sec-fetch-site': 'cross-site' })
  expect(response.status).toBe(403)
})
