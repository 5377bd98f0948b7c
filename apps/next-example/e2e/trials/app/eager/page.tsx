import { loginRequired } from '../../login'

export default async function Eager() {
  const user = await loginRequired()
  return (
    <main>
      <h1>Eager</h1>
      <p id="page">{user.id}</p>
      <p>Here lies the treasure.</p>
    </main>
  )
}
