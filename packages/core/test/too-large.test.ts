import { describe, expect, it } from 'vitest'
import { commit } from '../src/adapter'
import { CookieTooLargeError, createLoginManager, type LoginWarning } from '../src/index'
import { createTestClock } from '../src/testing'

const manager = createLoginManager({
  loadUser: (id) => ({ id }),
  secrets: 'a secret for these tests, long enough to be one',
})

async function getError(remember: boolean): Promise<CookieTooLargeError> {
  const auth = manager.open(new Request('https://app.test/'))
  await auth.loginUser({ id: '1' }, { remember })
  const error: unknown = await auth.session.set('cart', 'x'.repeat(4500)).catch((thrown: unknown) => thrown)
  return error as CookieTooLargeError
}

describe('CookieTooLargeError', () => {
  it('reports the bytes of all Set-Cookie lines, because proxies limit the sum of the headers', async () => {
    const [alone, both] = [await getError(false), await getError(true)]
    expect(alone).toBeInstanceOf(CookieTooLargeError)
    expect(alone.responseBytes).toBe(alone.bytes + '; Path=/; Secure; HttpOnly; SameSite=Lax'.length + '='.length)
    expect(both.responseBytes).toBeGreaterThan(alone.responseBytes + 200)
    expect(both.message).toContain(`${both.responseBytes} bytes (nginx: proxy_buffer_size)`)
  })
})

describe('the warning large-cookies', () => {
  const setUp = (options: object = {}) => {
    const warnings: LoginWarning[] = []
    const warningManager = createLoginManager({
      loadUser: (id: string) => ({ id }),
      secrets: 'a secret for these tests, long enough to be one',
      onWarning: (warning) => warnings.push(warning),
      ...options,
    })
    return { warningManager, warnings }
  }
  const large = 'x'.repeat(2600)

  it('is emitted once for a manager if the Set-Cookie lines of one response have more than 4,096 bytes', async () => {
    const { warningManager, warnings } = setUp()
    for (let times = 0; times < 2; times++) {
      const auth = warningManager.open(new Request('https://app.test/'))
      await auth.session.set('cart', large)
      await auth.loginUser({ id: '1' }, { remember: true })
      const lines = commit(auth, new Response()).headers.getSetCookie()
      const bytes = lines.join('').length
      expect(bytes).toBeGreaterThan(4096)
      expect(warnings).toMatchObject([{ code: 'large-cookies' }])
      expect(warnings[0]?.message).toContain('proxy_buffer_size')
      expect(warnings[0]?.message).toContain(`${bytes} bytes`)
    }
  })

  it('is not emitted for up to 4,096 bytes', async () => {
    for (let length = 2000; length <= 2600; length += 20) {
      const { warningManager, warnings } = setUp()
      const auth = warningManager.open(new Request('https://app.test/'))
      await auth.session.set('cart', 'x'.repeat(length))
      await auth.loginUser({ id: '1' }, { remember: true })
      const bytes = commit(auth, new Response()).headers.getSetCookie().join('').length
      expect([length, warnings.length]).toEqual([length, bytes > 4096 ? 1 : 0])
    }
  })

  it('is emitted for a renewal of both cookies too', async () => {
    const clock = createTestClock(1_800_000_000)
    const renewed = { clock, remember: { renew: 'everyRequest' }, session: { renew: 'everyRequest' } }
    const { warningManager: before } = setUp(renewed)
    const login = before.open(new Request('https://app.test/'))
    await login.session.set('cart', large)
    await login.loginUser({ id: 'u'.repeat(60) }, { remember: true, permanent: true })
    const lines = commit(login, new Response()).headers.getSetCookie()
    clock.advance(20_000)
    const { warningManager, warnings } = setUp(renewed)
    const cookie = lines.map((line) => line.split(';')[0]).join('; ')
    const auth = warningManager.open(new Request('https://app.test/', { headers: { cookie } }))
    await auth.currentUser()
    expect(commit(auth, new Response()).headers.getSetCookie().join('').length).toBeGreaterThan(4096)
    expect(warnings).toMatchObject([{ code: 'large-cookies' }])
  })
})
