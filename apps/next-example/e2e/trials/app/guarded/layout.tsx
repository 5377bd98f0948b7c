import type { ReactNode } from 'react'
import { auth } from '../../login'

export default async function Layout({ children }: { children: ReactNode }) {
  const user = await (await auth()).currentUser()
  return (
    <main>
      <p id="layout">{user?.id ?? 'anonymous'}</p>
      {children}
    </main>
  )
}
