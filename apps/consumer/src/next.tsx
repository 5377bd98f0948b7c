// Pages, actions, route handlers and the proxy of a Next.js app, all exported, with the types of the built packages.
import type { AnonymousUser, Auth } from '@fetch-login/core'
import { nextLogin } from '@fetch-login/next'
import type { NextRequest } from 'next/server'
import type { ReactElement } from 'react'
import { assertExactly } from './assert-exactly.js'
import { type Employee, manager, staffManager, type User } from './manager.js'

export const login = nextLogin(manager)
export const { loginProxy, loginRequired, freshLoginRequired, auth } = login
export const { loginRequiredPage, withLoginRequired, withFreshLoginRequired } = login
export const staff = nextLogin(staffManager, { address: (headers) => headers.get('x-real-ip') ?? undefined })

export const proxy = login.loginProxy

export async function Page(): Promise<ReactElement> {
  const user = assertExactly<User>()(
    await loginRequired({ allow: (user) => assertExactly<User>()(user).role === 'admin' }),
  )
  return <p>Hello {user.name}</p>
}

interface PostProps {
  readonly params: Promise<{ id: string }>
}

export default loginRequiredPage(async ({ user, params }: PostProps & { user: User }) => (
  <p>
    {assertExactly<User>()(user).name} reads {(await params).id}
  </p>
))
export const Dashboard = loginRequiredPage(({ user }) => <p>Hello {assertExactly<User>()(user).name}</p>)

export async function rename(form: FormData): Promise<void> {
  'use server'
  assertExactly<User>()(await freshLoginRequired({ withinSeconds: 600 }))
  const currentAuth = assertExactly<Auth<User, null>>()(await auth())
  await currentAuth.session.set('name', String(form.get('name')))
}

export const GET = withLoginRequired((request, user) => {
  assertExactly<NextRequest>()(request)
  return Response.json({ name: assertExactly<User>()(user).name })
})
export const PATCH = withFreshLoginRequired(
  async (_request, user, { params }: { params: Promise<{ id: string; rest: string[] }> }) => {
    const { id, rest } = assertExactly<{ id: string; rest: string[] }>()(await params)
    return Response.json({ id, rest, name: assertExactly<User>()(user).name })
  },
  { withinSeconds: 600, allow: (user) => assertExactly<User>()(user).role === 'admin' },
)
export const POST = auth(async (_request, currentAuth) => {
  await assertExactly<Auth<User, null>>()(currentAuth).logoutUser()
  return Response.json({})
})
export const STAFF = staff.withLoginRequired(
  (_request, employee) => new Response(assertExactly<Employee>()(employee).department),
)

// The parameters are those of this route only.
export type Patched = Parameters<typeof PATCH>[1]
assertExactly<{ params: Promise<{ id: string; rest: string[] }> }>()({} as Patched)

export const decide = async () => (await auth()).require({ withinSeconds: 600 })
export const readUser = async () => assertExactly<User | null>()(await (await auth()).currentUser())
export const readEmployee = async () =>
  assertExactly<Employee | AnonymousUser>()(await (await staff.auth()).currentUser())
