'use server'

import { notFound, redirect } from 'next/navigation'
import { after } from 'next/server'
import { auth, codeOf, loginRequired, notes } from './login'

export async function enter(form: FormData): Promise<void> {
  const handle = await auth()
  const again = await auth()
  if (again !== handle) throw new Error('An action has one handle.')
  await handle.loginUser({ id: String(form.get('name')) }, { remember: true })
  redirect(await handle.nextUrl('/'))
}

/** The page is rendered again with this very request. */
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
  throw new Error('The action stumbles.')
}

export async function tooLate(): Promise<void> {
  const handle = await auth()
  after(async () => {
    notes.late = await handle.loginUser({ id: 'mallory' }).then(() => 'in', codeOf)
  })
}
