// Objects of another realm: a test environment (jsdom, Jest) or a sandbox has classes of its own, and `instanceof` fails.
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { commit } from '../src/adapter'
import { createLoginManager, OptionsError, signed, withLogin } from '../src/index'
import { createTestClient } from '../src/testing'

const SECRET = 'a secret of another realm, long enough to be one'
const elsewhere = <T>(code: string, names: object = {}): T => runInNewContext(code, { ...names })
const bytes = (text = SECRET): Uint8Array =>
  elsewhere('Uint8Array.from(list)', { list: [...new TextEncoder().encode(text)] })

const options = { loadUser: (id: string) => ({ id }) }

async function cookieOf(secrets: never): Promise<string> {
  const auth = createLoginManager({ ...options, secrets }).open(new Request('https://app.test/'))
  await auth.loginUser({ id: '1' })
  return commit(auth, new Response())
    .headers.getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
}

describe('a secret of another realm', () => {
  it('is not a Uint8Array of this realm, so the tests below use a foreign one', () => {
    expect(bytes()).not.toBeInstanceOf(Uint8Array)
  })

  it.each([
    ['bytes', bytes()],
    [
      'bytes, current and previous',
      { current: bytes(), previous: [bytes('another secret, which was used before it')] },
    ],
    ['options made there', elsewhere('({ current: secret })', { secret: SECRET })],
    ['a Buffer', Buffer.from(SECRET)],
  ])('signs as the same secret of this realm: %s', async (_name, secrets) => {
    const cookie = await cookieOf(secrets as never)
    const manager = createLoginManager({ ...options, secrets: SECRET })
    const auth = manager.open(new Request('https://app.test/', { headers: { cookie } }))
    expect(await auth.currentUser()).toEqual({ id: '1' })
  })

  it('is copied: what changes the array later changes no key', async () => {
    const secret = bytes()
    const manager = createLoginManager({ ...options, secrets: secret, audience: () => 'late' })
    secret.fill(0)
    const auth = manager.open(new Request('https://app.test/'))
    await auth.loginUser({ id: '1' })
    const cookie = commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const other = createLoginManager({ ...options, secrets: SECRET, audience: 'late' })
    expect(await other.open(new Request('https://app.test/', { headers: { cookie } })).currentUser()).toEqual({
      id: '1',
    })
  })

  it.each([
    ['an array of numbers', [...new TextEncoder().encode(SECRET)]],
    ['a view of another kind', new Uint16Array(64).map((_, index) => index)],
    ['an object that pretends', { [Symbol.toStringTag]: 'Uint8Array', length: 64 }],
  ])('is not %s', (_name, secrets) => {
    expect(() => createLoginManager({ ...options, secrets: secrets as never })).toThrow(OptionsError)
  })
})

describe('what an app hands over from another realm', () => {
  const manager = createLoginManager({ ...options, secrets: SECRET })

  it('is data of a session, if it is a plain object there', async () => {
    const auth = manager.open(new Request('https://app.test/'))
    await auth.session.set('cart', elsewhere('({ items: [{ id: 1 }] })'))
    expect(await auth.session.get('cart')).toEqual({ items: [{ id: 1 }] })
    await expect(auth.session.set('cart', elsewhere('new (class Cart {})()'))).rejects.toMatchObject({
      code: 'not-json',
    })
    await expect(auth.session.set('cart', elsewhere('new Date()'))).rejects.toMatchObject({ code: 'not-json' })
  })

  it('is a promise of the user, of a loader or of the handler', async () => {
    const there = createLoginManager({
      secrets: SECRET,
      loadUser: (id: string) => elsewhere<Promise<{ id: string }>>('Promise.resolve({ id })', { id }),
    })
    const client = createTestClient(
      withLogin(there, async (_, auth) => Response.json(await auth.currentUser())),
      { manager: there },
    )
    await client.loginAs({ id: '1' })
    expect(await (await client.get('/')).json()).toEqual({ id: '1' })
  })

  it('is a response whose headers cannot change, with an error of its own class', async () => {
    const frozen = new Response('hello')
    const refuse = (): never => elsewhere('(() => { throw new TypeError("immutable") })()')
    Object.defineProperty(frozen, 'headers', { value: Object.assign(new Headers(), { set: refuse, append: refuse }) })
    const auth = manager.open(new Request('https://app.test/'))
    await auth.currentUser()
    expect(await commit(auth, frozen).text()).toBe('hello')
  })

  it('is a codec of cookies that waits by a promise of its own', async () => {
    const codec = {
      name: 'elsewhere',
      create: (...given: Parameters<ReturnType<typeof signed>['create']>) => {
        const inner = signed().create(...given)
        const late = (value: unknown): never => elsewhere('Promise.resolve(value)', { value })
        return {
          encode: (text: string) => late(inner.encode(text)),
          decode: (token: string) => late(inner.decode(token)),
        }
      },
    }
    const slow = createLoginManager({ ...options, secrets: SECRET, session: { codec } })
    const auth = slow.open(new Request('https://app.test/'))
    await auth.loginUser({ id: '1' })
    const cookie = commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    expect(await slow.open(new Request('https://app.test/', { headers: { cookie } })).currentUser()).toEqual({
      id: '1',
    })
  })
})

describe('the test client in an environment whose Request drops Cookie', () => {
  it('throws an error that names the remedy, instead of asking as an anonymous visitor', async () => {
    const Original = globalThis.Request
    const client = createTestClient(() => new Response('', { headers: { 'set-cookie': 'a=1; Path=/; Secure' } }))
    await client.get('/')
    globalThis.Request = class extends Original {
      constructor(input: RequestInfo | URL, init: RequestInit = {}) {
        const headers = new Headers(init.headers)
        headers.delete('cookie')
        super(input, { ...init, headers })
      }
    }
    try {
      await expect(client.get('/')).rejects.toMatchObject({ code: 'cookie-dropped' })
      await expect(client.get('/')).rejects.toThrow('@vitest-environment node')
    } finally {
      globalThis.Request = Original
    }
  })
})
