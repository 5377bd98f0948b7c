// The markup of the pages, and nothing else.
import type { Flash } from '@fetch-login/core'
import type { User } from './users'

export function homePage(user: User | null, flashes: readonly Flash[]): string {
  const greeting = user === null ? '<p>Nobody is logged in here.</p>' : `<p>Hello <b>${escaped(user.name)}</b>.</p>`
  return page(
    'Home',
    user,
    `${notes(flashes)}${greeting}
    <ul>
      <li><a href="/secret">Secret</a>: for who is logged in</li>
      <li><a href="/sudo">Sudo</a>: for who proved in the last ten minutes who they are</li>
    </ul>`,
  )
}

export function loginPage(flashes: readonly Flash[], error?: string): string {
  return page(
    'Log in',
    null,
    `${notes(flashes)}${problem(error)}
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
  return page('Secret', user, `<p>This is for <b>${escaped(user.name)}</b> alone.</p>`)
}

export function sudoPage(user: User): string {
  return page(
    'Sudo',
    user,
    `<p><b>${escaped(user.name)}</b> may do anything now, for they proved just now who they are.</p>`,
  )
}

export function reauthenticatePage(user: User, flashes: readonly Flash[], error?: string): string {
  return page(
    'Is it you?',
    user,
    `${notes(flashes)}${problem(error)}
    <form method="post">
      <input name="name" value="${escaped(user.name)}" autocomplete="username" hidden>
      <label>Password <input name="password" type="password" autocomplete="current-password" required autofocus></label>
      <button>It is me</button>
    </form>`,
  )
}

function page(title: string, user: User | null, main: string): string {
  const account =
    user === null
      ? '<a href="/login">Log in</a>'
      : `<form method="post" action="/logout"><button class="link">Log out ${escaped(user.name)}</button></form>`
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${title} · Fetch-Login on Fastify</title>
    <style>${STYLE}</style>
  </head>
  <body>
    <nav><a href="/">Home</a> <a href="/secret">Secret</a> <a href="/sudo">Sudo</a> ${account}</nav>
    <main><h1>${title}</h1>${main}</main>
  </body>
</html>
`
}

function notes(flashes: readonly Flash[]): string {
  return flashes.map(({ message }) => `<p role="status">${escaped(message)}</p>`).join('')
}

function problem(error: string | undefined): string {
  return error === undefined ? '' : `<p role="alert">${escaped(error)}</p>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
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
