import { describe, expect, it } from 'vitest'
import { createManager, NOW, REMEMBER, SECRET, SESSION, type User } from '../../test/setup'
import { commit } from '../adapter'
import { fromBase64url } from '../base/base64url'
import { computeHmac, fromUtf8, toUtf8 } from '../base/bytes'
import type { LoginManagerOptions } from '../index'
import { createTestClock } from '../testing'
import { createKeyring } from '../wire/tokens/keyring'
import { createSignedTokens } from '../wire/tokens/signed-tokens'

const keyring = createKeyring([toUtf8(SECRET)], '')
const sessions = createSignedTokens(keyring.keys('session', SESSION), 'session+jwt')
const remembers = createSignedTokens(keyring.keys('remember', JSON.stringify([SESSION, REMEMBER])), 'remember+jwt')

function open(cookie = '', options: Partial<LoginManagerOptions<User>> = {}) {
  const manager = createManager({ clock: createTestClock(NOW), ...options })
  return manager.open(new Request('https://app.test/', { headers: { ...(cookie && { cookie }) } }))
}

function decodeClaims(response: Response, index = 0): Record<string, unknown> {
  const payload = response.headers.getSetCookie()[index]?.split('.')[1] ?? ''
  return JSON.parse(fromUtf8(fromBase64url(payload) ?? new Uint8Array()) ?? '')
}

const LOGIN = { since: NOW, fresh: true, level: 1, forced: false, client: null, stamp: null }
const CLAIMS = { v: 1, iat: NOW, exp: NOW + 100, sub: 'alice', sid: 's', auth_time: NOW, amr: [], login: LOGIN }

describe('the claims of a session', () => {
  it('use the names of OpenID Connect, and omit empty parts', async () => {
    const auth = open()
    await auth.loginUser({ id: 'alice' }, { method: 'pwd' })
    const claims = decodeClaims(commit(auth, new Response()))
    expect(claims).toEqual({
      v: 1,
      iat: NOW,
      exp: NOW + 86_400,
      sub: 'alice',
      sid: expect.stringMatching(/^[\w-]{22}$/),
      auth_time: NOW,
      amr: ['pwd'],
      login: { ...LOGIN, client: expect.stringMatching(/^[\w-]{22}$/) },
    })
  })

  it('do not reveal the client or the stamp to a reader of the cookie', async () => {
    const manager = createManager({
      loadUser: () => null,
      sessionStamp: () => 'hash-of-the-password',
      fingerprint: ['userAgent', 'address'],
    })
    const request = new Request('https://app.test/', { headers: { 'user-agent': 'Mozilla' } })
    const auth = manager.open(request, { address: '192.0.2.1' })
    await auth.loginUser({ id: 'alice' }, { remember: true })
    const response = commit(auth, new Response())
    for (const index of [0, 1]) {
      const claims = JSON.stringify(decodeClaims(response, index))
      for (const secret of ['hash-of-the-password', 'Mozilla', '192.0.2.1']) expect(claims).not.toContain(secret)
    }
    expect((decodeClaims(response).login as { stamp: string }).stamp).toMatch(/^[\w-]{22}$/)
  })

  it('have different stamps for two users with the same stamp, and different clients for two browsers of one user', async () => {
    const manager = createManager({ loadUser: () => null, sessionStamp: () => 1 })
    const claims = await Promise.all(
      ['alice', 'bob', 'alice'].map(async (id) => {
        const auth = manager.open(new Request('https://app.test/'))
        await auth.loginUser({ id })
        return decodeClaims(commit(auth, new Response())) as { sid: string; login: { stamp: string } }
      }),
    )
    expect(new Set(claims.map(({ login }) => login.stamp)).size).toBe(2)
    expect(new Set(claims.map(({ sid }) => sid)).size).toBe(3)
  })

  it('are accepted if they are signed with the secret', async () => {
    const auth = open(`${SESSION}=${sessions.encode(JSON.stringify(CLAIMS))}`)
    expect(await auth.currentUser()).toEqual({ id: 'alice' })
  })

  it.each<[string, unknown]>([
    ['a payload that is not JSON', 'text'],
    ['an array', '[]'],
    ['null', 'null'],
    ['another version', { ...CLAIMS, v: 2 }],
    ['no version', { ...CLAIMS, v: undefined }],
    ['no time of issue', { ...CLAIMS, iat: undefined }],
    ['a time of issue that is not a number', { ...CLAIMS, iat: '1' }],
    ['an expiry with half a second', { ...CLAIMS, exp: NOW + 0.5 }],
    ['a negative time of issue', { ...CLAIMS, iat: -1 }],
    ['no expiry', { ...CLAIMS, exp: undefined }],
    ['a user without a login', { ...CLAIMS, login: undefined }],
    ['a login without a user', { ...CLAIMS, sub: undefined }],
    ['a login without an id', { ...CLAIMS, sid: undefined }],
    ['a login without a time', { ...CLAIMS, auth_time: undefined }],
    ['a login without methods', { ...CLAIMS, amr: undefined }],
    ['a user id that is a number', { ...CLAIMS, sub: 7 }],
    ['a method that is not a string', { ...CLAIMS, amr: [1] }],
    ['a freshness that is not a boolean', { ...CLAIMS, login: { ...LOGIN, fresh: 1 } }],
    ['a level that is not a number', { ...CLAIMS, login: { ...LOGIN, level: null } }],
    ['no client', { ...CLAIMS, login: { ...LOGIN, client: undefined } }],
    ['data that is not an array', { ...CLAIMS, data: { a: 1 } }],
    ['data without a key', { ...CLAIMS, data: [[1, 2]] }],
    ['data with three elements in an entry', { ...CLAIMS, data: [['a', 1, 2]] }],
    ['a message without a category', { ...CLAIMS, flashes: [['message']] }],
    ['a next that is not a string', { ...CLAIMS, next: 1 }],
  ])('are rejected as bad-format if they contain %s, although the signature is valid', async (_, claims) => {
    const payload = typeof claims === 'string' ? claims : JSON.stringify(claims)
    const auth = open(`${SESSION}=${sessions.encode(payload)}`)
    expect(await auth.whyAnonymous()).toBe('bad-format')
  })

  it('may contain unknown claims of a newer version', async () => {
    const auth = open(`${SESSION}=${sessions.encode(JSON.stringify({ ...CLAIMS, acr: '2' }))}`)
    expect(await auth.whyAnonymous()).toBeNull()
  })
})

describe('the claims of a remember cookie', () => {
  const TOKEN = { v: 1, sub: 'alice', jti: 't', iat: NOW, exp: NOW + 100, auth_time: NOW, stamp: null }

  it('name the user to log in and the time of expiry', async () => {
    const auth = open()
    await auth.loginUser({ id: 'alice' }, { remember: true, rememberSeconds: 100 })
    expect(decodeClaims(commit(auth, new Response()), 1)).toEqual({
      ...TOKEN,
      jti: expect.stringMatching(/^[\w-]{22}$/),
    })
    const again = open(`${REMEMBER}=${remembers.encode(JSON.stringify(TOKEN))}`)
    expect(await again.currentUser()).toEqual({ id: 'alice' })
  })

  it.each<[string, object]>([
    ['another version', { ...TOKEN, v: 2 }],
    ['no user', { ...TOKEN, sub: undefined }],
    ['no id', { ...TOKEN, jti: undefined }],
    ['no expiry', { ...TOKEN, exp: undefined }],
    ['no stamp', { ...TOKEN, stamp: undefined }],
    ['a user id that is a number', { ...TOKEN, sub: 7 }],
  ])('are rejected as bad-format if they contain %s', async (_, claims) => {
    const auth = open(`${REMEMBER}=${remembers.encode(JSON.stringify(claims))}`)
    expect(await auth.whyAnonymous()).toBe('bad-format')
  })
})

describe('data of the app', () => {
  it.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', '', 'ä 😀', '\ud800', 'a.b'])(
    'may have the key %j, which is read back as a key',
    async (key) => {
      const writing = open()
      const value = JSON.parse('{"__proto__":{"admin":true},"constructor":1}') as unknown
      await writing.session.set(key, value)
      const cookie = commit(writing, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
      const reading = open(cookie)
      expect(JSON.stringify(await reading.session.get(key))).toBe(JSON.stringify(value))
      expect(await reading.session.get('admin')).toBeUndefined()
      expect(({} as { admin?: boolean }).admin).toBeUndefined()
    },
  )

  it('is undefined before it was set, also for names of Object.prototype', async () => {
    const auth = open('')
    for (const key of ['__proto__', 'constructor', 'toString']) expect(await auth.session.get(key)).toBeUndefined()
  })
})

it('a cookie is rejected if its signature is over other bytes, even with the correct key', async () => {
  const [header, payload] = sessions.encode(JSON.stringify(CLAIMS)).split('.')
  const [key] = keyring.keys('session', SESSION)
  const tag = computeHmac(key?.bytes ?? new Uint8Array(), toUtf8(`${payload}.${header}`))
  expect(await open(`${SESSION}=${header}.${payload}.${tag}`).whyAnonymous()).toBe('bad-signature')
})
