import type { User } from '../users'

export function SecretPage({ user }: { user: User }) {
  return (
    <>
      <h1>The secret page</h1>
      <p>
        Behind <code>loginRequired()</code> there is always a user. This one is number {user.id}, {user.name},{' '}
        {user.email}.
      </p>
    </>
  )
}
