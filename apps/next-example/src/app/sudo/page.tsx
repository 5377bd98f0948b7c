import { launch } from '../../actions'
import { freshLoginRequiredPage } from '../../login'
import { ActionForm } from '../form'

export default freshLoginRequiredPage(({ user }) => (
  <>
    <h1>Sudo</h1>
    <p>{user.name}, you entered your password again. You can launch the rocket.</p>
    <ActionForm action={launch} button="Launch the rocket" />
  </>
))
