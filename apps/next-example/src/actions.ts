'use server'

import { redirect } from 'next/navigation'
import { auth, freshLoginRequired, loginRequired } from './login'
import { checkPassword } from './users'

/** What is said above a form. */
export type Message = string | null

export async function logIn(_before: Message, form: FormData): Promise<Message> {
  const handle = await auth()
  const user = await checkPassword(form.get('name'), form.get('password'))
  if (!user || !(await handle.loginUser(user, { remember: form.has('remember') }))) return 'Wrong name or password.'
  redirect(await handle.nextUrl('/'))
}

export async function confirm(_before: Message, form: FormData): Promise<Message> {
  const user = await loginRequired()
  if ((await checkPassword(user.id, form.get('password')))?.id !== user.id) return 'Wrong password.'
  const handle = await auth()
  await handle.confirmLogin()
  redirect(await handle.nextUrl('/sudo'))
}

// Whoever knows its address can call an action: it has a guard of its own.
export async function launch(_before: Message): Promise<Message> {
  const user = await freshLoginRequired()
  return `${user.name} launched the rocket.`
}
