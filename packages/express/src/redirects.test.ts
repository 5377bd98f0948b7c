// Where a real server that speaks connect sends a visitor, and where the visitor comes back to.
import { createLoginManager, type LoginManagerOptions } from '@fetch-login/core'
import { describe, expect, it } from 'vitest'
import { type Host, hosts } from '../testing/hosts'
import { expectQuietProcess } from '../testing/quiet'
import { ask, served } from '../testing/served'
import { expressLogin } from './index'

expectQuietProcess()

interface User {
  readonly id: string
}

/** A server with a guard over all of it; returns its origin. */
async function guarded(create: Host['create'], options: Partial<LoginManagerOptions<User>> = {}): Promise<string> {
  const manager = createLoginManager<User>({
    secrets: 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR',
    loadUser: (id) => ({ id }),
    loginView: '/login',
    ...options,
  })
  const { loginManager, loginRequired } = expressLogin(manager)
  return served(create([loginManager, loginRequired(), (req, res) => res.end(`page ${req.url}`)]))
}

/** Sends what a browser that navigates sends. */
async function visit(url: string, method = 'GET', headers: Record<string, string> = {}) {
  const answer = await ask(url, { method, headers: { accept: 'text/html', ...headers } })
  return [answer.status, answer.headers.get('location')]
}

describe.each(hosts)('a refused request of a browser on $name', ({ create }) => {
  it('comes back to the page itself after GET, and to the page of the form after any other method', async () => {
    const origin = await guarded(create)
    const referer = { referer: `${origin}/form?step=2` }
    expect(await visit(`${origin}/secret?a=1`, 'GET', referer)).toEqual([302, '/login?next=%2Fsecret%3Fa%3D1'])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect(await visit(`${origin}/secret`, method, referer)).toEqual([303, '/login?next=%2Fform%3Fstep%3D2'])
      expect(await visit(`${origin}/secret`, method)).toEqual([303, '/login'])
      expect(await visit(`${origin}/secret`, method, { referer: 'http://evil.test/' })).toEqual([303, '/login'])
    }
  })
})
