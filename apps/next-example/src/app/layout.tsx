import type { Metadata } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import './style.css'

export const metadata: Metadata = { title: 'Fetch-Login on Next.js' }

// A layout is not rendered again when the page changes, so the guards are in the pages.
export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <nav>
          <Link href="/">Home</Link> <Link href="/secret">Secret</Link> <Link href="/sudo">Sudo</Link>
        </nav>
        <main>{children}</main>
      </body>
    </html>
  )
}
