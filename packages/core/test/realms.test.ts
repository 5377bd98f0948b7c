// Objects of another realm, such as jsdom, Jest or a sandbox, whose classes differ, so `instanceof` returns false.
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { commit } from '../src/adapter'
import { createLoginManager, OptionsError, signed, withLogin } from '../src/index'
import { createTestClient } from '../src/testing'

const SECRET = 'a secret of another realm, long enough to be one'
/** Runs code in another realm. */
const runInRealm = <T>(code: string, names: object = {}): T => runInNewContext(code, { ...names })
const createBytes = (text = SECRET): Uint8Array =>
  runInRealm('Uint8Array.from(list)', { list: [...new TextEncoder().encode(text)] })

const options = { loadUser: (id: string) => ({ id }) }

async function createCookie(secrets: never): Promise<string> {
  const auth = createLoginManager({ ...options, secrets }).open(new Request('https://app.test/'))
  await auth.loginUser({ id: '1' })
  return commit(auth, new Response())
    .headers.getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
}

describe('a secret of another realm', () => {
  it('is a Uint8Array that is not an instance of the Uint8Array of this realm', () => {
    expect(createBytes()).not.toBeInstanceOf(Uint8Array)
  })

  it.each([
    ['bytes', createBytes()],
    [
      'bytes, current and previous',
      { current: createBytes(), previous: [createBytes('another secret, which was used before it')] },
    ],
    ['options of that realm', runInRealm('({ current: secret })', { secret: SECRET })],
    ['a Buffer', Buffer.from(SECRET)],
  ])('creates the same keys as the secret of this realm: %s', async (_name, secrets) => {
    const cookie = await createCookie(secrets as never)
    const manager = createLoginManager({ ...options, secrets: SECRET })
    const auth = manager.open(new Request('https://app.test/', { headers: { cookie } }))
    expect(await auth.currentUser()).toEqual({ id: '1' })
  })

  it('is copied, so a later change of the array does not change the keys', async () => {
    const secret = createBytes()
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
    ['an object with the tag Uint8Array', { [Symbol.toStringTag]: 'Uint8Array', length: 64 }],
  ])('is rejected if it is %s', (_name, secrets) => {
    expect(() => createLoginManager({ ...options, secrets: secrets as never })).toThrow(OptionsError)
  })
})

describe('a value of another realm', () => {
  const manager = createLoginManager({ ...options, secrets: SECRET })

  it('is accepted as session data if it is a plain object', async () => {
    const auth = manager.open(new Request('https://app.test/'))
    await auth.session.set('cart', runInRealm('({ items: [{ id: 1 }] })'))
    expect(await auth.session.get('cart')).toEqual({ items: [{ id: 1 }] })
    await expect(auth.session.set('cart', runInRealm('new (class Cart {})()'))).rejects.toMatchObject({
      code: 'not-json',
    })
    await expect(auth.session.set('cart', runInRealm('new Date()'))).rejects.toMatchObject({ code: 'not-json' })
  })

  it('is accepted as a promise of the user loader', async () => {
    const otherManager = createLoginManager({
      secrets: SECRET,
      loadUser: (id: string) => runInRealm<Promise<{ id: string }>>('Promise.resolve({ id })', { id }),
    })
    const client = createTestClient(
      withLogin(otherManager, async (_, auth) => Response.json(await auth.currentUser())),
      { manager: otherManager },
    )
    await client.loginAs({ id: '1' })
    expect(await (await client.get('/')).json()).toEqual({ id: '1' })
  })

  it('is accepted as a TypeError that immutable headers throw', async () => {
    const frozen = new Response('hello')
    const throwTypeError = (): never => runInRealm('(() => { throw new TypeError("immutable") })()')
    Object.defineProperty(frozen, 'headers', {
      value: Object.assign(new Headers(), { set: throwTypeError, append: throwTypeError }),
    })
    const auth = manager.open(new Request('https://app.test/'))
    await auth.currentUser()
    expect(await commit(auth, frozen).text()).toBe('hello')
  })

  it('is accepted as a promise of a session codec', async () => {
    const codec = {
      name: 'another-realm',
      create: (...args: Parameters<ReturnType<typeof signed>['create']>) => {
        const inner = signed().create(...args)
        const toPromise = (value: unknown): never => runInRealm('Promise.resolve(value)', { value })
        return {
          encode: (text: string) => toPromise(inner.encode(text)),
          decode: (token: string) => toPromise(inner.decode(token)),
        }
      },
    }
    const asyncManager = createLoginManager({ ...options, secrets: SECRET, session: { codec } })
    const auth = asyncManager.open(new Request('https://app.test/'))
    await auth.loginUser({ id: '1' })
    const cookie = commit(auth, new Response()).headers.getSetCookie()[0]?.split(';')[0] ?? ''
    expect(await asyncManager.open(new Request('https://app.test/', { headers: { cookie } })).currentUser()).toEqual({
      id: '1',
    })
  })
})

describe('the test client in an environment whose Request drops Cookie', () => {
  it('throws cookie-dropped with the remedy, and does not send the request without cookies', async () => {
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
