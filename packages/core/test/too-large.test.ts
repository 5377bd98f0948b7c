import { describe, expect, it } from 'vitest'
import { CookieTooLargeError, createLoginManager } from '../src/index'

const manager = createLoginManager({
  loadUser: (id) => ({ id }),
  secrets: 'a secret for these tests, long enough to be one',
})

async function errorOf(remember: boolean): Promise<CookieTooLargeError> {
  const auth = manager.open(new Request('https://app.test/'))
  await auth.loginUser({ id: '1' }, { remember })
  const error: unknown = await auth.session.set('cart', 'x'.repeat(4500)).catch((thrown: unknown) => thrown)
  return error as CookieTooLargeError
}

describe('the error of a session that is too large', () => {
  it('counts all Set-Cookie lines of the response, because a proxy limits its headers in total', async () => {
    const [alone, both] = [await errorOf(false), await errorOf(true)]
    expect(alone).toBeInstanceOf(CookieTooLargeError)
    expect(alone.responseBytes).toBe(alone.bytes + '; Path=/; Secure; HttpOnly; SameSite=Lax'.length + '='.length)
    expect(both.responseBytes).toBeGreaterThan(alone.responseBytes + 200)
    expect(both.message).toContain(`${both.responseBytes} bytes (nginx: proxy_buffer_size)`)
  })
})
