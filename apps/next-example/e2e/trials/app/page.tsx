// A static page, with links for both kinds of prefetch of Next.js.
import Link from 'next/link'
import { leave, tooLate } from '../actions'

export default function Home() {
  return (
    <main>
      <h1>Static</h1>
      <Link href="/guarded?from=link">Guarded</Link>
      <Link href="/eager?from=link" prefetch>
        Eager
      </Link>
      <form action={leave}>
        <button type="submit">Leave</button>
      </form>
      <form action={tooLate}>
        <button type="submit">Too late</button>
      </form>
    </main>
  )
}
