// The front door: who you are here, which pages there are and what guards them.
import { Hono } from 'hono'
import type { Demo } from '../demo'
import type { User } from '../users/user'
import { REASONS } from './reasons'

export function homeRoutes({ auth, page }: Demo): Hono {
  const app = new Hono()
  app.get('/', async (c) => {
    const [user, reason] = [await auth(c).currentUser(), await auth(c).whyAnonymous()]
    const [fresh, remembered] = [await auth(c).loginFresh(), await auth(c).loginRemembered()]
    const state = user === null ? `Nobody is logged in: ${REASONS[reason ?? 'no-cookie']}` : known(fresh, remembered)
    return page(c, 'Home', <HomePage user={user} state={state} />)
  })
  return app
}

function known(fresh: boolean, remembered: boolean): string {
  const how = fresh ? 'Your login is fresh' : 'Your login is not fresh'
  return `${how}, and this browser is ${remembered ? '' : 'not '}remembered.`
}

function HomePage({ user, state }: { user: User | null; state: string }) {
  return (
    <>
      <div class="hero">
        <h1>{user === null ? 'A login you can look into' : `Hello, ${user.name}`}</h1>
        <p class="lead">
          What Flask-Login is to Flask, for everything that speaks Fetch API <code>Request</code> and{' '}
          <code>Response</code>. This is the whole example: try each door, and see what your login knows.
        </p>
        <p class="state">{state}</p>
        <p class="actions">{user === null ? <Invitation /> : <Onward />}</p>
      </div>
      <h2>Four doors</h2>
      <div class="cards">
        <Door href="/dashboard" title="Dashboard" guard="loginRequired()">
          For everybody who is logged in, remembered or not.
        </Door>
        <Door href="/profile" title="Profile" guard="freshLoginRequired({ withinSeconds: 600 })">
          The name with any login, the password with a proof of the last ten minutes. A new password logs out every
          other browser.
        </Door>
        <Door href="/admin" title="Admin" guard="freshLoginRequired({ withinSeconds: 600 })">
          For admins who typed their password in the last ten minutes.
        </Door>
        <Door href="/api" title="API" guard="loadUserFromRequest: apiKey(…)">
          For programs: by key, without a cookie. Refusals are JSON.
        </Door>
      </div>
      <Steps />
    </>
  )
}

function Invitation() {
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

function Onward() {
  return (
    <>
      <a class="button" href="/dashboard">
        Go to your dashboard
      </a>
      <a class="button quiet" href="/your-login">
        Look into your login
      </a>
    </>
  )
}

function Door({ href, title, guard, children }: { href: string; title: string; guard: string; children: string }) {
  return (
    <section class="card door">
      <h3>
        <a href={href}>{title}</a>
      </h3>
      <p>{children}</p>
      <code>{guard}</code>
    </section>
  )
}

function Steps() {
  return (
    <>
      <h2>Try it</h2>
      <ol class="steps">
        <li>Open the admin page without a login: you are sent to log in, and then to the page you wanted.</li>
        <li>
          Log in with <em>remember me</em>, then delete the cookie <code>demo_session</code>, as closing the browser
          does: the dashboard still opens, the admin page asks for your password.
        </li>
        <li>Log in with two browsers and change the password in one: the other is logged out at its next click.</li>
        <li>
          Add <code>?next=https://example.org/</code> to the address of the login page and log in: you stay here.
        </li>
      </ol>
    </>
  )
}
