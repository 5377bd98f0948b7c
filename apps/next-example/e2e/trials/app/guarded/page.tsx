// Reads the login in the metadata, the layout, the page and a suspended component.
import type { Metadata } from 'next'
import { Suspense } from 'react'
import { leave, stumble, swap, vanish } from '../../actions'
import { auth, loginRequired } from '../../login'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await (await auth()).currentUser())?.id ?? 'anonymous' }
}

async function Late() {
  await new Promise((resolve) => setTimeout(resolve, 20))
  const user = await loginRequired()
  return <p id="late">{user.id}</p>
}

export default async function Guarded() {
  const user = await loginRequired()
  return (
    <>
      <h1>Guarded</h1>
      <p id="page">{user.id}</p>
      <p>Here lies the treasure.</p>
      <Suspense fallback="…">
        <Late />
      </Suspense>
      <form action={swap}>
        <input name="name" aria-label="Name" />
        <button type="submit">Swap</button>
      </form>
      <form action={leave}>
        <button type="submit">Leave</button>
      </form>
      <form action={vanish}>
        <button type="submit">Vanish</button>
      </form>
      <form action={stumble}>
        <button type="submit">Stumble</button>
      </form>
    </>
  )
}
