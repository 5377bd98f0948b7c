import { loginRequired } from '../../login'

export default async function Secret() {
  const user = await loginRequired()
  return (
    <>
      <h1>Secret</h1>
      <p>{user.name}, the treasure lies under the old oak.</p>
    </>
  )
}
