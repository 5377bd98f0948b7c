import { enter } from '../../actions'

export default function Login() {
  return (
    <main>
      <h1>Log in</h1>
      <form action={enter}>
        <input name="name" aria-label="Name" />
        <button type="submit">Enter</button>
      </form>
    </main>
  )
}
