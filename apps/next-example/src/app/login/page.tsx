import { logIn } from '../../actions'
import { ActionForm } from '../form'

export default function Login() {
  return (
    <>
      <h1>Log in</h1>
      <p>alice has the password “open sesame”, bob has “let me in”.</p>
      <ActionForm action={logIn} button="Log in">
        <label>
          Name <input name="name" autoComplete="username" required />
        </label>
        <label>
          Password <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <label>
          <input name="remember" type="checkbox" /> Remember me
        </label>
      </ActionForm>
    </>
  )
}
