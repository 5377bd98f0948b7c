// WebSocket handshakes on Hono.
import { describe, expect, it, vi } from 'vitest'
import { alice, auth, createApp, createClient, logIn, ORIGIN, type User } from '../testing/app'

describe('a WebSocket upgrade in Hono', () => {
  const createUpgradeResponse = (): Response => Object.defineProperty(new Response(null), 'status', { value: 101 })
  const HANDSHAKE = { upgrade: 'websocket', connection: 'Upgrade', origin: ORIGIN, host: 'app.test' }

  it('receives the unchanged response of the handler, even if the handler read the user', async () => {
    const handshake = createUpgradeResponse()
    let user: User | null = null
    const app = createApp().get('/socket', async (c) => {
      user = await auth(c).currentUser()
      return handshake
    })
    const client = createClient(app)
    await client.loginAs(alice, { remember: true })
    client.restart()
    const response = await client.get('/socket', HANDSHAKE)
    expect(response).toBe(handshake)
    expect([...response.headers]).toEqual([])
    expect(user).toBe(alice)
  })

  it('rejects a login with the code response-sent', async () => {
    let refusal: unknown
    const app = createApp().get('/socket', async (c) => {
      await logIn(c)
      return createUpgradeResponse()
    })
    app.onError((error, c) => {
      refusal = error
      return c.text('no', 500)
    })
    const response = await app.request(`${ORIGIN}/socket`, { headers: HANDSHAKE })
    expect(refusal).toMatchObject({ code: 'response-sent' })
    expect([response.status, response.headers.getSetCookie()]).toEqual([500, []])
  })

  it('is refused from another origin before the handler runs', async () => {
    const handler = vi.fn(createUpgradeResponse)
    const app = createApp().get('/socket', handler)
    const response = await app.request(`${ORIGIN}/socket`, { headers: { ...HANDSHAKE, origin: 'https://evil.test' } })
    expect(response.status).toBe(403)
    expect(handler).not.toHaveBeenCalled()
  })
})
