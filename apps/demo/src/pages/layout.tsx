// What surrounds every page.
import type { Flash } from '@fetch-login/core'
import type { PropsWithChildren } from 'hono/jsx'
import type { User } from '../users'
import { CsrfField } from './fields'

export interface Frame {
  readonly title: string
  readonly path: string
  readonly user: User | null
  readonly csrfToken: string | null
  readonly flashes: readonly Flash[]
}

export function Layout({ title, path, user, csrfToken, flashes, children }: PropsWithChildren<Frame>) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title} · Fetch-Login demo</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <a class="skip" href="#content">
          To the content
        </a>
        <header>
          <a class="brand" href="/">
            Fetch-Login
          </a>
          <nav aria-label="Main">
            <NavLink href="/secret" path={path} text="Secret" />
            <NavLink href="/vault" path={path} text="Vault" />
          </nav>
          {user === null || csrfToken === null ? <LogInLink path={path} /> : <LogOut user={user} token={csrfToken} />}
        </header>
        <main id="content">
          {flashes.map((flash) => (
            <FlashMessage flash={flash} />
          ))}
          {children}
        </main>
        <footer>A demo: three accounts in memory, cookies without Secure, no JavaScript.</footer>
      </body>
    </html>
  )
}

function NavLink({ href, path, text }: { href: string; path: string; text: string }) {
  return (
    <a href={href} aria-current={path === href ? 'page' : undefined}>
      {text}
    </a>
  )
}

function LogInLink({ path }: { path: string }) {
  return (
    <div class="visitor">
      <NavLink href="/login" path={path} text="Log in" />
    </div>
  )
}

function LogOut({ user, token }: { user: User; token: string }) {
  return (
    <form class="visitor" method="post" action="/logout">
      <CsrfField token={token} />
      <span>{user.name}</span>
      <button type="submit" class="quiet">
        Log out
      </button>
    </form>
  )
}

/** A message of a category: the class gives the colour, and what went wrong is read out at once. */
function FlashMessage({ flash: { category, message } }: { flash: Flash }) {
  return (
    <p class={`flash ${category}`} role={category === 'error' ? 'alert' : 'status'}>
      {message}
    </p>
  )
}
