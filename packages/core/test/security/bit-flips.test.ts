// Every cookie that says who somebody is, with every single bit of it changed in turn: no one of them may still say
// it. All bits of all characters, not a sample of them.
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

// Many runs, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const SESSION = '__Host-session'
const REMEMBER = '__Host-remember_token'

const options: LoginManagerOptions<User> = {
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUser: (id) => (id === alice.id ? alice : null),
  sessionStamp: () => 'one',
}

/** Any text at all may stand in this header, line ends too, which a real `Headers` would not take. */
function viewWith(cookie: string): RequestView {
  const headers = { get: (name: string) => (name === 'cookie' ? cookie : null) }
  return { method: 'GET', url: 'https://app.test/', headers }
}

async function minted(manager: LoginManager<User>): Promise<{ session: string; remember: string }> {
  const auth = manager.open(viewWith(''))
  await auth.loginUser(alice, { remember: true })
  const lines = commit(auth, new Response()).headers.getSetCookie()
  const value = (name: string): string =>
    lines
      .find((line) => line.startsWith(`${name}=`))
      ?.split(';')[0]
      ?.slice(name.length + 1) ?? ''
  return { session: value(SESSION), remember: value(REMEMBER) }
}

function* flipped(text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      yield text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1)
    }
  }
}

/** Opens each variant, and after each the original: neither a good neighbour nor the cache may let one through. */
async function expectAllRefused(manager: LoginManager<User>, name: string, original: string): Promise<number> {
  let count = 0
  expect(await manager.open(viewWith(`${name}=${original}`)).currentUser()).toBe(alice)
  for (const variant of flipped(original)) {
    count++
    const auth = manager.open(viewWith(`${name}=${variant}`))
    if ((await auth.currentUser()) !== null) throw new Error(`was taken for the original: ${JSON.stringify(variant)}`)
    expect(await auth.whyAnonymous()).toMatch(/^bad-(signature|format)$/)
    const answer = commit(auth, new Response())
    expect(answer.headers.getSetCookie()).toEqual([])
  }
  expect(await manager.open(viewWith(`${name}=${original}`)).currentUser()).toBe(alice)
  return count
}

describe('a cookie with one bit changed', () => {
  const signing = createLoginManager(options)
  const sealing = createLoginManager({ ...options, session: { codec: encrypted() } })
  let signed: { session: string; remember: string }
  let sealed: { session: string; remember: string }

  beforeAll(async () => {
    signed = await minted(signing)
    sealed = await minted(sealing)
  })

  it('is no session, where sessions are signed', async () => {
    expect(signed.session.split('.')).toHaveLength(3)
    expect(await expectAllRefused(signing, SESSION, signed.session)).toBe(signed.session.length * 8)
  })

  it('is no session, where sessions are encrypted', async () => {
    expect(sealed.session.split('.')).toHaveLength(5)
    expect(await expectAllRefused(sealing, SESSION, sealed.session)).toBe(sealed.session.length * 8)
  })

  it('is no session, where the app goes over from signed ones to encrypted ones', async () => {
    const both = createLoginManager({ ...options, session: { codec: encrypted(), previousCodec: signedCodec() } })
    expect(await expectAllRefused(both, SESSION, signed.session)).toBe(signed.session.length * 8)
    expect(await expectAllRefused(both, SESSION, sealed.session)).toBe(sealed.session.length * 8)
  })

  it('restores nobody', async () => {
    expect(await expectAllRefused(signing, REMEMBER, signed.remember)).toBe(signed.remember.length * 8)
  })

  it('is refused with no cache of verified cookies too', async () => {
    const uncached = createLoginManager({ ...options, cacheBytes: 0 })
    expect(await expectAllRefused(uncached, SESSION, signed.session)).toBe(signed.session.length * 8)
  })
})

describe('a cookie that lost or gained a piece', () => {
  const manager = createLoginManager(options)

  it('is refused at every length but its own', async () => {
    const { session, remember } = await minted(manager)
    for (const [name, original] of [
      [SESSION, session],
      [REMEMBER, remember],
    ] as const) {
      for (let length = 0; length < original.length; length++) {
        expect(await manager.open(viewWith(`${name}=${original.slice(0, length)}`)).currentUser()).toBeNull()
        expect(await manager.open(viewWith(`${name}=${original.slice(length + 1)}`)).currentUser()).toBeNull()
      }
      for (const more of ['A', '=', '.', '..', '.A', '%', '%3D', '+', '"', ',', '\u00e9', '\ud800', '\0']) {
        expect(await manager.open(viewWith(`${name}=${original}${more}`)).currentUser()).toBeNull()
        expect(await manager.open(viewWith(`${name}=${more}${original}`)).currentUser()).toBeNull()
      }
    }
  })

  it('is refused with the segments of another good one in the place of its own', async () => {
    const [one, two] = [await minted(manager), await minted(createLoginManager({ ...options, audience: 'other' }))]
    for (const kind of ['session', 'remember'] as const) {
      const [a, b] = [one[kind].split('.'), two[kind].split('.')]
      for (let mask = 1; mask < 7; mask++) {
        const mixed = a.map((segment, index) => (mask & (1 << index) ? b[index] : segment)).join('.')
        const name = kind === 'session' ? SESSION : REMEMBER
        expect(await manager.open(viewWith(`${name}=${mixed}`)).currentUser(), `mask ${mask}`).toBeNull()
      }
      const [, payload] = (await minted(manager))[kind].split('.')
      const borrowed = [a[0], payload, a[2]].join('.')
      expect(payload).not.toBe(a[1])
      const name = kind === 'session' ? SESSION : REMEMBER
      expect(await manager.open(viewWith(`${name}=${borrowed}`)).currentUser()).toBeNull()
    }
  })
})
