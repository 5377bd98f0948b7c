// The layout of every page.
import type { Flash } from '@fetch-login/core'
import type { PropsWithChildren } from 'hono/jsx'
import type { User } from '../users/user'
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
      <Head title={title} />
      <body>
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <header>
          <div class="bar">
            <a class="brand" href="/" aria-current={path === '/' ? 'page' : undefined}>
              <img src="/icon.svg" alt="" width="28" height="28" />
              Fetch-Login
            </a>
            <nav aria-label="Main">
              <NavLink href="/dashboard" path={path} text="Dashboard" />
              <NavLink href="/profile" path={path} text="Profile" />
              <NavLink href="/admin" path={path} text="Admin" />
              <NavLink href="/your-login" path={path} text="Your login" />
              <NavLink href="/api" path={path} text="API" />
            </nav>
            {user === null || csrfToken === null ? (
              <LoginLinks path={path} />
            ) : (
              <LogoutForm user={user} token={csrfToken} />
            )}
          </div>
        </header>
        <main id="content" tabindex={-1}>
          <Messages flashes={flashes} />
          {children}
        </main>
        <footer>
          <p>
            The example application of Fetch-Login: users in SQLite, passwords in argon2id, logins in two cookies, and
            no JavaScript on any page.
          </p>
        </footer>
      </body>
    </html>
  )
}

function Head({ title }: { title: string }) {
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{title} · Fetch-Login demo</title>
      <link rel="icon" href="/icon.svg" type="image/svg+xml" />
      <link rel="stylesheet" href="/style.css" />
    </head>
  )
}

function NavLink({ href, path, text }: { href: string; path: string; text: string }) {
  return (
    <a href={href} aria-current={path === href ? 'page' : undefined}>
      {text}
    </a>
  )
}

function LoginLinks({ path }: { path: string }) {
  return (
    <div class="visitor">
      <NavLink href="/login" path={path} text="Log in" />
      <NavLink href="/register" path={path} text="Register" />
    </div>
  )
}

function LogoutForm({ user, token }: { user: User; token: string }) {
  return (
    <form class="visitor" method="post" action="/logout">
      <CsrfField token={token} />
      <span class="name">{user.name}</span>
      <button type="submit" class="quiet small">
        Log out
      </button>
    </form>
  )
}

/** The flash messages. The category selects the colour; a screen reader reads an error at once. */
function Messages({ flashes }: { flashes: readonly Flash[] }) {
  return (
    <div id="messages" aria-live="polite">
      {flashes.map(({ category, message }) => (
        <p class={`flash ${category}`} role={category === 'error' ? 'alert' : 'status'}>
          {message}
        </p>
      ))}
    </div>
  )
}
