import Link from 'next/link'
import { auth } from '../login'

export default async function Home() {
  const user = await (await auth()).currentUser()
  return (
    <>
      <h1>Home</h1>
      {user === null ? (
        <p>
          You are not logged in. <Link href="/login">Log in</Link>
        </p>
      ) : (
        <form method="post" action="/logout">
          <p>You are {user.name}.</p>
          <button type="submit">Log out</button>
        </form>
      )}
    </>
  )
}
