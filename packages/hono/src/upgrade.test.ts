// WebSocket handshakes on Hono.
import { describe, expect, it, vi } from 'vitest'
import { alice, auth, clientOf, created, logIn, ORIGIN, type User } from '../testing/app'

describe('a WebSocket upgrade in Hono', () => {
  const upgraded = (): Response => Object.defineProperty(new Response(null), 'status', { value: 101 })
  const HANDSHAKE = { upgrade: 'websocket', connection: 'Upgrade', origin: ORIGIN, host: 'app.test' }

  it('receives the unchanged response of the handler, even if the handler read the user', async () => {
    const response = upgraded()
    let user: User | null = null
    const app = created().get('/socket', async (c) => {
      user = await auth(c).currentUser()
      return response
    })
    const client = clientOf(app)
    await client.loginAs(alice, { remember: true })
    client.restart()
    const answer = await client.get('/socket', HANDSHAKE)
    expect(answer).toBe(response)
    expect([...answer.headers]).toEqual([])
    expect(user).toBe(alice)
  })

  it('rejects a login with the code response-sent', async () => {
    let refusal: unknown
    const app = created().get('/socket', async (c) => {
      await logIn(c)
      return upgraded()
    })
    app.onError((error, c) => {
      refusal = error
      return c.text('no', 500)
    })
    const answer = await app.request(`${ORIGIN}/socket`, { headers: HANDSHAKE })
    expect(refusal).toMatchObject({ code: 'response-sent' })
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([500, []])
  })

  it('is refused from another origin before the handler runs', async () => {
    const handler = vi.fn(upgraded)
    const app = created().get('/socket', handler)
    const answer = await app.request(`${ORIGIN}/socket`, { headers: { ...HANDSHAKE, origin: 'https://evil.test' } })
    expect(answer.status).toBe(403)
    expect(handler).not.toHaveBeenCalled()
  })
})
