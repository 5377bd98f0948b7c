// @vitest-environment jsdom
// The packages in a test file of jsdom, whose window has classes of its own.
import { createLoginManager, withLogin } from '@fetch-login/core'
import { createTestClient } from '@fetch-login/core/testing'
import { describe, expect, it } from 'vitest'

const SECRET = 'a secret of another realm, long enough to be one'
const here = globalThis as unknown as { jsdom: { window: { Uint8Array: Uint8ArrayConstructor } } }

describe('jsdom', () => {
  it('has a Uint8Array that is not the one of Node', () => {
    expect(Buffer.from('')).not.toBeInstanceOf(here.jsdom.window.Uint8Array)
  })

  it.each([
    ['the Uint8Array of its window', () => here.jsdom.window.Uint8Array.from(new TextEncoder().encode(SECRET))],
    ['a TextEncoder', () => new TextEncoder().encode(SECRET)],
    ['a Buffer', () => Buffer.from(SECRET)],
  ])('gives secrets as bytes that sign and verify: %s', async (_, bytes) => {
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
