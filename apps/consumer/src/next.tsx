// Pages, actions, route handlers and the proxy of a Next.js app, all exported, as the built packages type them.
import type { AnonymousUser, Auth } from '@fetch-login/core'
import { nextLogin } from '@fetch-login/next'
import type { NextRequest } from 'next/server'
import type { ReactElement } from 'react'
import { exactly } from './exactly.js'
import { type Employee, manager, staffManager, type User } from './manager.js'

export const login = nextLogin(manager)
export const { loginProxy, loginRequired, freshLoginRequired, auth } = login
export const { loginRequiredPage, withLoginRequired, withFreshLoginRequired } = login
export const staff = nextLogin(staffManager, { address: (headers) => headers.get('x-real-ip') ?? undefined })

export const proxy = login.loginProxy

export async function Page(): Promise<ReactElement> {
  const user = exactly<User>()(await loginRequired({ allow: (user) => exactly<User>()(user).role === 'admin' }))
  return <p>Hello {user.name}</p>
}

interface PostProps {
  readonly params: Promise<{ id: string }>
}

export default loginRequiredPage(async ({ user, params }: PostProps & { user: User }) => (
  <p>
    {exactly<User>()(user).name} reads {(await params).id}
  </p>
))
export const Dashboard = loginRequiredPage(({ user }) => <p>Hello {exactly<User>()(user).name}</p>)

export async function rename(form: FormData): Promise<void> {
  'use server'
  exactly<User>()(await freshLoginRequired({ withinSeconds: 600 }))
  const handle = exactly<Auth<User, null>>()(await auth())
  await handle.session.set('name', String(form.get('name')))
}

export const GET = withLoginRequired((request, user) => {
  exactly<NextRequest>()(request)
  return Response.json({ name: exactly<User>()(user).name })
})
export const PATCH = withFreshLoginRequired(
  async (_request, user, { params }: { params: Promise<{ id: string; rest: string[] }> }) => {
    const { id, rest } = exactly<{ id: string; rest: string[] }>()(await params)
    return Response.json({ id, rest, name: exactly<User>()(user).name })
  },
  { withinSeconds: 600, allow: (user) => exactly<User>()(user).role === 'admin' },
)
export const POST = auth(async (_request, handle) => {
  await exactly<Auth<User, null>>()(handle).logoutUser()
  return Response.json({})
})
export const STAFF = staff.withLoginRequired(
  (_request, employee) => new Response(exactly<Employee>()(employee).department),
)

// The parameters are those of the route and of no other.
export type Patched = Parameters<typeof PATCH>[1]
exactly<{ params: Promise<{ id: string; rest: string[] }> }>()({} as Patched)

export const decide = async () => (await auth()).require({ withinSeconds: 600 })
export const readUser = async () => exactly<User | null>()(await (await auth()).currentUser())
export const guest = async () => exactly<Employee | AnonymousUser>()(await (await staff.auth()).currentUser())
