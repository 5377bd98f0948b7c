import type { User } from '../users'

export function VaultPage({ user }: { user: User }) {
  return (
    <>
      <h1>The vault</h1>
      <p>
        {user.name}, you proved who you are within the last ten minutes. A stolen remember cookie would not have come
        this far: <code>freshLoginRequired({'{ within: 600 }'})</code> asks for the password again.
      </p>
    </>
  )
}
