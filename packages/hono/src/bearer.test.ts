import { bearer, createLoginManager } from '@fetch-login/core'
import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { honoLogin } from './index'

const manager = createLoginManager({
  secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
  loadUserFromRequest: bearer(() => null),
})
const headers = { authorization: 'Bearer wrong' }

it('has invalid_token in the challenge of a 401 for a wrong bearer token', async () => {
  const { loginMiddleware, loginRequired } = honoLogin(manager)
  const app = new Hono().use(loginMiddleware).get('/', loginRequired(), (c) => c.text('in'))
  const response = await app.request('https://app.test/', { headers })
  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token", error_description=".+"$/)
})
