// Route handlers of Next.js behind a guard, whose login view is guarded too.
import { createLoginManager, type LoginWarning } from '@fetch-login/core'
import { NextRequest } from 'next/server'
import { describe, expect, it, vi } from 'vitest'
import { nextLogin } from './index'

vi.mock('next/headers', async () => import('../testing/next-headers'))

interface User {
  readonly id: string
}

function createManager(loginView: () => string) {
  const warnings: LoginWarning[] = []
  const onWarning = (warning: LoginWarning): void => void (warning.code !== 'refused' && warnings.push(warning))
  const secrets = 'k7Qz-0dN3vUeXr9LpWmTg5YhBfJc2SaR'
  const loadUser = (id: string): User => ({ id })
  return { warnings, manager: createLoginManager({ secrets, loadUser, loginView, onWarning }) }
}

const GUARDED_VIEW = expect.objectContaining({ code: 'guarded-view', message: expect.stringContaining('except') })

/** Follows redirects, as a browser does. Returns the status of each response, and the longest location. */
async function follow(visit: (path: string) => Promise<{ status: number; location: string | null }>) {
  const statuses: number[] = []
  let [path, longest]: [string | null, number] = ['/page?a=1', 0]
  while (path !== null && statuses.length < 20) {
    const { status, location }: { status: number; location: string | null } = await visit(path)
    statuses.push(status)
    longest = Math.max(longest, location?.length ?? 0)
    path = location
  }
  return { statuses, longest }
}

async function createApp(loginView: () => string) {
  const { manager, warnings } = createManager(loginView)
  const { withLoginRequired, auth } = nextLogin(manager)
  const page = withLoginRequired(() => new Response('page'))
  const view = auth(({ nextUrl }) => Response.redirect(`https://app.test/auth/form${nextUrl.search}`))
  const visit = async (path: string) => {
    const request = new NextRequest(new URL(path, 'https://app.test'), { headers: { accept: 'text/html' } })
    const route = request.nextUrl.pathname === '/auth' ? view : page
    const { status, headers } = await route(request, { params: Promise.resolve({}) })
    return { status, location: headers.get('location') }
  }
  return { visit, warnings }
}

describe('an app of Next.js behind a guard', () => {
  it('gets status 401 and a warning if a view function returns a guarded page', async () => {
    const { visit, warnings } = await createApp(() => '/login')
    expect((await follow(visit)).statuses).toEqual([302, 401])
    expect(warnings).toEqual([GUARDED_VIEW])
  })

  it('gets status 401 and a warning if the view redirects to a guarded page, and next does not grow', async () => {
    const { visit, warnings } = await createApp(() => '/auth')
    const { statuses, longest } = await follow(visit)
    expect(statuses).toEqual([302, 302, 302, 302, 302, 302, 401])
    expect(longest).toBeLessThan(150)
    expect(warnings).toEqual([GUARDED_VIEW])
  })
})
