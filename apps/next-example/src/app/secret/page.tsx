import { loginRequiredPage } from '../../login'

export default loginRequiredPage(({ user }) => (
  <>
    <h1>Secret</h1>
    <p>{user.name}, the treasure lies under the old oak.</p>
  </>
))
