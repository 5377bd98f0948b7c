import { SEEDS, type Seed } from '../users'
import { CsrfField, EmailField, FormError, PasswordField } from './fields'

export interface LoginPageProps {
  readonly csrfToken: string
  readonly email?: string
  readonly remember?: boolean
  readonly error?: string
}

/** The form is sent to the address it stands at, so that `next` stays in the query. */
export function LoginPage({ csrfToken, email, remember = false, error }: LoginPageProps) {
  return (
    <>
      <h1>Log in</h1>
      <form class="card" method="post">
        <CsrfField token={csrfToken} />
        <FormError error={error} />
        <EmailField value={email} />
        <PasswordField error={error} />
        <label class="choice">
          <input type="checkbox" name="remember" value="yes" checked={remember} />
          Remember me for 30 days
        </label>
        <button type="submit">Log in</button>
      </form>
      <DemoAccounts />
    </>
  )
}

function DemoAccounts() {
  return (
    <section>
      <h2 id="accounts">Demo accounts</h2>
      <div class="wide">
        <table aria-labelledby="accounts">
          <thead>
            <tr>
              <th scope="col">E-mail</th>
              <th scope="col">Password</th>
              <th scope="col">Account</th>
            </tr>
          </thead>
          <tbody>
            {SEEDS.map((seed) => (
              <DemoAccount seed={seed} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function DemoAccount({ seed: { email, password, isActive } }: { seed: Seed }) {
  return (
    <tr>
      <td>
        <code>{email}</code>
      </td>
      <td>
        <code>{password}</code>
      </td>
      <td>{isActive ? 'active' : 'suspended'}</td>
    </tr>
  )
}
