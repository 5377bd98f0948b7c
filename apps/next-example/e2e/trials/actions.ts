'use server'

import { notFound, redirect } from 'next/navigation'
import { after } from 'next/server'
import { auth, getCode, loginRequired, notes } from './login'

export async function enter(form: FormData): Promise<void> {
  const login = await auth()
  const again = await auth()
  if (again !== login) throw new Error('An action has one Auth object.')
  await login.loginUser({ id: String(form.get('name')) }, { remember: true })
  redirect(await login.nextUrl('/'))
}

/** Logs in as another user. Next.js renders the page again with the same request. */
export async function swap(form: FormData): Promise<void> {
  await loginRequired()
  await (await auth()).loginUser({ id: String(form.get('name')) })
}

export async function leave(): Promise<void> {
  await (await auth()).logoutUser()
}

export async function vanish(): Promise<void> {
  await (await auth()).logoutUser()
  notFound()
}

export async function stumble(): Promise<void> {
  await (await auth()).logoutUser()
  throw new Error('The action throws.')
}

export async function tooLate(): Promise<void> {
  const login = await auth()
  after(async () => {
    notes.late = await login.loginUser({ id: 'mallory' }).then(() => 'in', getCode)
  })
}
