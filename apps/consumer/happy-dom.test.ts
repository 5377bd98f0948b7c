// @vitest-environment happy-dom
// The packages in a test environment of happy-dom. Its Request drops the Cookie header without an error.
import { createLoginManager, withLogin } from '@fetch-login/core'
import { commitHeaders } from '@fetch-login/core/adapter'
import { createTestClient } from '@fetch-login/core/testing'
import { describe, expect, it } from 'vitest'

const SECRET = 'a secret of another realm, long enough to be one'
const realm = globalThis as unknown as { window: { Uint8Array: Uint8ArrayConstructor } }
const options = { loadUser: (id: string) => ({ id }) }

describe('happy-dom', () => {
  it('drops the Cookie header of a Request', () => {
    const request = new Request('https://app.test/', { headers: { cookie: 'a=1' } })
    expect(request.headers.get('cookie')).toBeNull()
  })

  it.each([
    ['the Uint8Array of its window', () => realm.window.Uint8Array.from(new TextEncoder().encode(SECRET))],
    ['a TextEncoder', () => new TextEncoder().encode(SECRET)],
    ['a Buffer', () => Buffer.from(SECRET)],
  ])('provides bytes that work as secrets: %s', async (_, bytes) => {
    const manager = createLoginManager({ ...options, secrets: { current: bytes(), previous: [bytes()] } })
    const auth = manager.open({ method: 'GET', url: '/', headers: { get: () => null } })
    await auth.loginUser({ id: '1' })
    const lines: string[] = []
    commitHeaders(auth, {
      get: () => null,
      set: () => undefined,
      append: (name, line) => void (name === 'set-cookie' && lines.push(line)),
    })
    const cookie = lines.map((line) => line.split(';')[0]).join('; ')
    const reader = createLoginManager({ ...options, secrets: SECRET })
    const get = (name: string) => (name === 'cookie' ? cookie : null)
    const reading = reader.open({ method: 'GET', url: '/', headers: { get } })
    expect(await reading.currentUser()).toEqual({ id: '1' })
  })

  it('causes the error cookie-dropped of the test client with the remedy, not an anonymous response', async () => {
    const manager = createLoginManager({ ...options, secrets: SECRET })
    let requests = 0
    const app = withLogin(manager, async (_, auth) => {
      requests++
      return Response.json(await auth.currentUser())
    })
    const client = createTestClient(app, { manager })
    await client.loginAs({ id: '1' })
    await expect(client.get('/')).rejects.toMatchObject({
      code: 'cookie-dropped',
      message: expect.stringContaining('// @vitest-environment node'),
    })
    expect(requests).toBe(0)
  })
})
