import { describe, expect, it } from 'vitest'
import { createLoginManager, type LoginWarning, withLogin } from '../src/index'

const secrets = 'only for tests: 0123456789 abcdefghijklmnop'
const headers = { accept: 'text/html' }

function createApp(view: () => string): { app: (request: Request) => Promise<Response>; warnings: LoginWarning[] } {
  const warnings: LoginWarning[] = []
  const onWarning = (warning: LoginWarning): void => void warnings.push(warning)
  const manager = createLoginManager({ secrets, loadUser: (id) => ({ id }), loginView: view, onWarning })
  const guard = manager.guard()
  const app = withLogin(manager, async (_request, auth) => {
    const outcome = await guard(auth)
    return outcome.ok ? new Response('page') : outcome.respond()
  })
  return { app, warnings }
}

describe('a login view function behind a guard of the whole app', () => {
  it.each(['/login', '/login?lang=de', '/login/'])(
    'causes status 401 and a warning instead of a redirect loop: %s',
    async (view) => {
      const { app, warnings } = createApp(() => view)
      const first = await app(new Request('https://app.test/page?a=1', { headers }))
      expect(first.status).toBe(302)
      const location = new URL(first.headers.get('location') ?? '', 'https://app.test')
      const second = await app(new Request(location, { headers }))
      expect([second.status, second.headers.get('location')]).toEqual([401, null])
      expect(warnings).toEqual([
        expect.objectContaining({ code: 'guarded-view', message: expect.stringContaining('except') }),
      ])
    },
  )

  it('does not prevent the redirect of a refused POST to the view, which ends there', async () => {
    const { app, warnings } = createApp(() => '/login')
    const response = await app(new Request('https://app.test/login', { method: 'POST', headers }))
    expect([response.status, warnings]).toEqual([303, []])
  })
})
