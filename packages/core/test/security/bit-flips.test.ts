// Changes each single bit of each login cookie. The manager must reject every variant.
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { commit } from '../../src/adapter'
import { encrypted } from '../../src/encrypted'
import {
  createLoginManager,
  type LoginManager,
  type LoginManagerOptions,
  type RequestView,
  signed as signedCodec,
} from '../../src/index'
import { alice, type User } from '../setup'

// The runs need more time on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'

const options: LoginManagerOptions<User> = {
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => (id === alice.id ? alice : null),
  sessionStamp: () => 'one',
}

/** Creates a request whose `Cookie` header may contain any text, also line ends, which `Headers` rejects. */
function createView(cookie: string): RequestView {
  const headers = { get: (name: string) => (name === 'cookie' ? cookie : null) }
  return { method: 'GET', url: 'https://app.test/', headers }
}

async function createCookies(manager: LoginManager<User>): Promise<{ session: string; remember: string }> {
  const auth = manager.open(createView(''))
  await auth.loginUser(alice, { remember: true })
  const lines = commit(auth, new Response()).headers.getSetCookie()
  const value = (name: string): string =>
    lines
      .find((line) => line.startsWith(`${name}=`))
      ?.split(';')[0]
      ?.slice(name.length + 1) ?? ''
  return { session: value(SESSION), remember: value(REMEMBER) }
}

function* flipBits(text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      yield text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1)
    }
  }
}

/** Asserts that each variant is rejected, also if the cache of verified cookies contains the original. */
async function expectAllRefused(manager: LoginManager<User>, name: string, original: string): Promise<number> {
  let count = 0
  expect(await manager.open(createView(`${name}=${original}`)).currentUser()).toBe(alice)
  for (const variant of flipBits(original)) {
    count++
    const auth = manager.open(createView(`${name}=${variant}`))
    if ((await auth.currentUser()) !== null) throw new Error(`This variant was accepted: ${JSON.stringify(variant)}`)
    expect(await auth.whyAnonymous()).toMatch(/^bad-(signature|format)$/)
    const response = commit(auth, new Response())
    expect(response.headers.getSetCookie()).toEqual([])
  }
  expect(await manager.open(createView(`${name}=${original}`)).currentUser()).toBe(alice)
  return count
}

describe('a cookie with one changed bit', () => {
  const signingManager = createLoginManager(options)
  const encryptingManager = createLoginManager({ ...options, session: { codec: encrypted() } })
  let signedCookies: { session: string; remember: string }
  let encryptedCookies: { session: string; remember: string }

  beforeAll(async () => {
    signedCookies = await createCookies(signingManager)
    encryptedCookies = await createCookies(encryptingManager)
  })

  it('is rejected as a signed session', async () => {
    expect(signedCookies.session.split('.')).toHaveLength(3)
    expect(await expectAllRefused(signingManager, SESSION, signedCookies.session)).toBe(
      signedCookies.session.length * 8,
    )
  })

  it('is rejected as an encrypted session', async () => {
    expect(encryptedCookies.session.split('.')).toHaveLength(5)
    expect(await expectAllRefused(encryptingManager, SESSION, encryptedCookies.session)).toBe(
      encryptedCookies.session.length * 8,
    )
  })

  it('is rejected as a session during the change from signed to encrypted sessions', async () => {
    const both = createLoginManager({ ...options, session: { codec: encrypted(), previousCodec: signedCodec() } })
    expect(await expectAllRefused(both, SESSION, signedCookies.session)).toBe(signedCookies.session.length * 8)
    expect(await expectAllRefused(both, SESSION, encryptedCookies.session)).toBe(encryptedCookies.session.length * 8)
  })

  it('is rejected as a remember cookie', async () => {
    expect(await expectAllRefused(signingManager, REMEMBER, signedCookies.remember)).toBe(
      signedCookies.remember.length * 8,
    )
  })

  it('is rejected without the cache of verified cookies too', async () => {
    const uncached = createLoginManager({ ...options, cacheBytes: 0 })
    expect(await expectAllRefused(uncached, SESSION, signedCookies.session)).toBe(signedCookies.session.length * 8)
  })
})

describe('a cookie with missing or additional characters', () => {
  const manager = createLoginManager(options)

  it('is rejected at every length except its own', async () => {
    const { session, remember } = await createCookies(manager)
    for (const [name, original] of [
      [SESSION, session],
      [REMEMBER, remember],
    ] as const) {
      for (let length = 0; length < original.length; length++) {
        expect(await manager.open(createView(`${name}=${original.slice(0, length)}`)).currentUser()).toBeNull()
        expect(await manager.open(createView(`${name}=${original.slice(length + 1)}`)).currentUser()).toBeNull()
      }
      for (const more of ['A', '=', '.', '..', '.A', '%', '%3D', '+', '"', ',', '\u00e9', '\ud800', '\0']) {
        expect(await manager.open(createView(`${name}=${original}${more}`)).currentUser()).toBeNull()
        expect(await manager.open(createView(`${name}=${more}${original}`)).currentUser()).toBeNull()
      }
    }
  })

  it('is rejected with segments of another valid cookie', async () => {
    const [one, two] = [
      await createCookies(manager),
      await createCookies(createLoginManager({ ...options, audience: 'other' })),
    ]
    for (const kind of ['session', 'remember'] as const) {
      const [a, b] = [one[kind].split('.'), two[kind].split('.')]
      for (let mask = 1; mask < 7; mask++) {
        const mixed = a.map((segment, index) => (mask & (1 << index) ? b[index] : segment)).join('.')
        const name = kind === 'session' ? SESSION : REMEMBER
        expect(await manager.open(createView(`${name}=${mixed}`)).currentUser(), `mask ${mask}`).toBeNull()
      }
      const [, payload] = (await createCookies(manager))[kind].split('.')
      const borrowed = [a[0], payload, a[2]].join('.')
      expect(payload).not.toBe(a[1])
      const name = kind === 'session' ? SESSION : REMEMBER
      expect(await manager.open(createView(`${name}=${borrowed}`)).currentUser()).toBeNull()
    }
  })
})
