// The markup of the pages.
import type { Flash } from '@fetch-login/core'
import type { User } from './users'

export function homePage(user: User | null, flashes: readonly Flash[]): string {
  const greeting = user === null ? '<p>You are not logged in.</p>' : `<p>Hello <b>${escapeHtml(user.name)}</b>.</p>`
  return renderPage(
    'Home',
    user,
    `${renderFlashes(flashes)}${greeting}
    <ul>
      <li><a href="/secret">Secret</a>: for logged-in users</li>
      <li><a href="/sudo">Sudo</a>: for users who entered their password in the last ten minutes</li>
    </ul>`,
  )
}

export function loginPage(flashes: readonly Flash[], error?: string): string {
  return renderPage(
    'Log in',
    null,
    `${renderFlashes(flashes)}${renderError(error)}
    <form method="post">
      <label>Name <input name="name" autocomplete="username" required autofocus></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
      <label class="row"><input name="remember" type="checkbox" value="yes"> Remember me</label>
      <button>Log in</button>
    </form>
    <p>Try <code>alice</code> with <code>open sesame</code>, or <code>bob</code> with <code>let me in</code>.</p>`,
  )
}

export function secretPage(user: User): string {
  return renderPage('Secret', user, `<p>Only <b>${escapeHtml(user.name)}</b> can read this page.</p>`)
}

export function sudoPage(user: User): string {
  return renderPage(
    'Sudo',
    user,
    `<p><b>${escapeHtml(user.name)}</b> entered the password in the last ten minutes.</p>`,
  )
}

export function reauthenticatePage(user: User, flashes: readonly Flash[], error?: string): string {
  return renderPage(
    'Confirm your password',
    user,
    `${renderFlashes(flashes)}${renderError(error)}
    <form method="post">
      <input name="name" value="${escapeHtml(user.name)}" autocomplete="username" hidden>
      <label>Password <input name="password" type="password" autocomplete="current-password" required autofocus></label>
      <button>Confirm</button>
    </form>`,
  )
}

function renderPage(title: string, user: User | null, main: string): string {
  const account =
    user === null
      ? '<a href="/login">Log in</a>'
      : `<form method="post" action="/logout"><button class="link">Log out ${escapeHtml(user.name)}</button></form>`
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${title} · Fetch-Login on Express</title>
    <style>${STYLE}</style>
  </head>
  <body>
    <nav><a href="/">Home</a> <a href="/secret">Secret</a> <a href="/sudo">Sudo</a> ${account}</nav>
    <main><h1>${title}</h1>${main}</main>
  </body>
</html>
`
}

function renderFlashes(flashes: readonly Flash[]): string {
  return flashes.map(({ message }) => `<p role="status">${escapeHtml(message)}</p>`).join('')
}

function renderError(error: string | undefined): string {
  return error === undefined ? '' : `<p role="alert">${escapeHtml(error)}</p>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

const STYLE = `
  :root { color-scheme: light dark; font: 1.0625rem/1.6 system-ui, sans-serif; }
  body { max-width: 34rem; margin: 0 auto; padding: 1rem; }
  nav { display: flex; gap: 1.25rem; align-items: baseline; border-bottom: 1px solid #8886; padding-bottom: .75rem; }
  nav > :last-child { margin-left: auto; }
  main form { display: grid; gap: 1rem; max-width: 20rem; }
  label { display: grid; gap: .25rem; }
  label.row { display: flex; gap: .5rem; align-items: center; }
  input, button { font: inherit; padding: .5rem .75rem; }
  button.link { border: 0; background: none; color: inherit; text-decoration: underline; padding: 0; cursor: pointer; }
  [role=status], [role=alert] { border-left: .25rem solid; padding: .5rem .75rem; background: #8882; }
`
