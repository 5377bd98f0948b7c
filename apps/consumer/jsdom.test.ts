// @vitest-environment jsdom
// The packages in a test environment of jsdom. Its window has its own classes.
import { createLoginManager, withLogin } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import { describe, expect, it } from 'vitest'

const SECRET = 'a secret of another realm, long enough to be one'
const realm = globalThis as unknown as { jsdom: { window: { Uint8Array: Uint8ArrayConstructor } } }

describe('jsdom', () => {
  it('has a Uint8Array that differs from that of Node', () => {
    expect(Buffer.from('')).not.toBeInstanceOf(realm.jsdom.window.Uint8Array)
  })

  it.each([
    ['the Uint8Array of its window', () => realm.jsdom.window.Uint8Array.from(new TextEncoder().encode(SECRET))],
    ['a TextEncoder', () => new TextEncoder().encode(SECRET)],
    ['a Buffer', () => Buffer.from(SECRET)],
  ])('provides bytes that work as secrets: %s', async (_, bytes) => {
    const options = { loadUser: (id: string) => ({ id }) }
    const manager = createLoginManager({ ...options, secrets: { current: bytes(), previous: [bytes()] } })
    const reader = createLoginManager({ ...options, secrets: SECRET })
    const client = createTestClient(
      withLogin(reader, async (_request, auth) => Response.json(await auth.currentUser())),
      { manager },
    )
    await client.loginAs({ id: '1' })
    expect(await (await client.get('/')).json()).toEqual({ id: '1' })
  })
})
