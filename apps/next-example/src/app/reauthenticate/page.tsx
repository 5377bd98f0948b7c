import { confirm } from '../../actions'
import { loginRequiredPage } from '../../login'
import { ActionForm } from '../form'

export default loginRequiredPage(({ user }) => (
  <>
    <h1>Is it still you?</h1>
    <ActionForm action={confirm} button="Confirm">
      <label>
        Password of {user.name} <input name="password" type="password" autoComplete="current-password" required />
      </label>
    </ActionForm>
  </>
))
