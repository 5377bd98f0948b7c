// The start page: the current login, the pages, and their guards.
import { Hono } from 'hono'
import type { Demo } from '../demo'
import type { User } from '../users/user'
import { REASONS } from './reasons'

export function homeRoutes({ auth, page }: Demo): Hono {
  const app = new Hono()
  app.get('/', async (c) => {
    const [user, reason] = [await auth(c).currentUser(), await auth(c).whyAnonymous()]
    const [fresh, remembered] = [await auth(c).loginFresh(), await auth(c).loginRemembered()]
    const state =
      user === null ? `You are not logged in: ${REASONS[reason ?? 'no-cookie']}` : describeLogin(fresh, remembered)
    return page(c, 'Home', <HomePage user={user} state={state} />)
  })
  return app
}

function describeLogin(fresh: boolean, remembered: boolean): string {
  const freshness = fresh ? 'Your login is fresh' : 'Your login is not fresh'
  return `${freshness}, and this browser is ${remembered ? '' : 'not '}remembered.`
}

function HomePage({ user, state }: { user: User | null; state: string }) {
  return (
    <>
      <div class="hero">
        <h1>{user === null ? 'A login that you can inspect' : `Hello, ${user.name}`}</h1>
        <p class="lead">
          The features of Flask-Login for every framework that uses Fetch API <code>Request</code> and{' '}
          <code>Response</code>. This example app has four guarded pages, and a page that shows the state of your login.
        </p>
        <p class="state">{state}</p>
        <p class="actions">{user === null ? <LoggedOutLinks /> : <LoggedInLinks />}</p>
      </div>
      <h2>Four guarded pages</h2>
      <div class="cards">
        <GuardedPage href="/dashboard" title="Dashboard" guard="loginRequired()">
          For every user who is logged in, remembered or not.
        </GuardedPage>
        <GuardedPage href="/profile" title="Profile" guard="freshLoginRequired({ withinSeconds: 600 })">
          Any login can change the name. The password also requires a login confirmed within the last ten minutes. A new
          password logs out all other browsers.
        </GuardedPage>
        <GuardedPage href="/admin" title="Admin" guard="freshLoginRequired({ withinSeconds: 600 })">
          For admins who entered their password within the last ten minutes.
        </GuardedPage>
        <GuardedPage href="/api" title="API" guard="loadUserFromRequest: apiKey(…)">
          For programs: with an API key and without a cookie. Errors are JSON.
        </GuardedPage>
      </div>
      <Experiments />
    </>
  )
}

function LoggedOutLinks() {
  return (
    <>
      <a class="button" href="/login">
        Log in
      </a>
      <a class="button quiet" href="/register">
        Register
      </a>
    </>
  )
}

function LoggedInLinks() {
  return (
    <>
      <a class="button" href="/dashboard">
        Go to your dashboard
      </a>
      <a class="button quiet" href="/your-login">
        Inspect your login
      </a>
    </>
  )
}

function GuardedPage({
  href,
  title,
  guard,
  children,
}: {
  href: string
  title: string
  guard: string
  children: string
}) {
  return (
    <section class="card guarded">
      <h3>
        <a href={href}>{title}</a>
      </h3>
      <p>{children}</p>
      <code>{guard}</code>
    </section>
  )
}

function Experiments() {
  return (
    <>
      <h2>Try it</h2>
      <ol class="steps">
        <li>Open the admin page without a login: the login page opens, and after the login the admin page.</li>
        <li>
          Log in with <em>Remember me</em>, then delete the cookie <code>demo_session</code>, as the browser does when
          you close it: the dashboard still opens, but the admin page requires your password.
        </li>
        <li>Log in with two browsers and change the password in one: the other is logged out at its next request.</li>
        <li>
          Add <code>?next=https://example.org/</code> to the address of the login page and log in: the redirect stays on
          this site.
        </li>
      </ol>
    </>
  )
}
