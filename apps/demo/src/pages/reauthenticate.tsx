import type { User } from '../users'
import { CsrfField, EmailField, FormError, PasswordField } from './fields'

export interface ReauthenticatePageProps {
  readonly user: User
  readonly csrfToken: string
  readonly error?: string
}

/** The address is there for password managers, and cannot be changed: only the one logged in can become fresh. */
export function ReauthenticatePage({ user, csrfToken, error }: ReauthenticatePageProps) {
  return (
    <>
      <h1>Is it you, {user.name}?</h1>
      <p>What comes next is only for somebody who has just typed the password.</p>
      <form class="card" method="post">
        <CsrfField token={csrfToken} />
        <FormError error={error} />
        <EmailField value={user.email} readOnly />
        <PasswordField error={error} />
        <button type="submit">Confirm</button>
      </form>
    </>
  )
}
