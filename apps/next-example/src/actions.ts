'use server'

import { redirect } from 'next/navigation'
import { auth, freshLoginRequired, loginRequired } from './login'
import { checkPassword } from './users'

/** The message above a form. */
export type Message = string | null

export async function logIn(_before: Message, form: FormData): Promise<Message> {
  const login = await auth()
  const user = await checkPassword(form.get('name'), form.get('password'))
  if (!user || !(await login.loginUser(user, { remember: form.has('remember') }))) return 'Wrong name or password.'
  redirect(await login.nextUrl('/'))
}

export async function confirm(_before: Message, form: FormData): Promise<Message> {
  const user = await loginRequired()
  if ((await checkPassword(user.id, form.get('password')))?.id !== user.id) return 'Wrong password.'
  const login = await auth()
  await login.confirmLogin()
  redirect(await login.nextUrl('/sudo'))
}

// Every client can call an action directly, so each action has its own guard.
export async function launch(_before: Message): Promise<Message> {
  const user = await freshLoginRequired()
  return `${user.name} launched the rocket.`
}
