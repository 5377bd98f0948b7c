import { expect, it } from 'vitest'
import { bearer, createLoginManager, withLogin } from '../src/index'

const manager = createLoginManager({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUserFromRequest: bearer(() => null),
})
const headers = { authorization: 'Bearer wrong' }

it('a refusal has the error invalid_token in the challenge for a wrong bearer token', async () => {
  const app = withLogin(manager, async (_, auth) => {
    const decision = await auth.require()
    return decision.ok ? new Response('allowed') : decision.respond()
  })
  const response = await app(new Request('https://app.test/', { headers }))
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token", error_description=".+"$/)
})

it('a refusal keeps an error that the challenge of the app already has', async () => {
  const load = bearer(() => null)
  const challenge = 'Bearer realm="api", error="insufficient_scope"'
  const app = withLogin(
    createLoginManager({
      secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
      loadUserFromRequest: Object.assign(load, { challenge }),
    }),
    async (_, auth) => auth.unauthorized(),
  )
  const response = await app(new Request('https://app.test/', { headers }))
  expect(response.headers.get('www-authenticate')).toBe(challenge)
})
