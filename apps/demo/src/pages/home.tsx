import type { AnonymousReason } from '@fetch-login/core'
import type { User } from '../users'

export interface HomePageProps {
  readonly user: User | null
  readonly reason: AnonymousReason | null
  readonly fresh: boolean
  readonly recent: boolean
  readonly remembered: boolean
}

export function HomePage(props: HomePageProps) {
  return (
    <>
      <h1>{props.user === null ? 'You are nobody here, yet.' : `Hello, ${props.user.name}.`}</h1>
      <YourLogin {...props} />
      <h2>Two doors</h2>
      <div class="doors">
        <Door href="/secret" title="Secret" guard="loginRequired()">
          For everybody who is logged in, remembered or not.
        </Door>
        <Door href="/vault" title="Vault" guard="freshLoginRequired({ within: 600 })">
          For those who typed their password in the last ten minutes.
        </Door>
      </div>
      <h2>Try it</h2>
      <ol>
        <li>Open the vault without a login: you are sent to log in, and then to the vault.</li>
        <li>
          Log in with <em>remember me</em> and delete the cookie <code>demo_session</code>, as closing the browser does:
          the secret page still opens, the vault asks for your password.
        </li>
        <li>
          Add <code>?next=https://example.org/</code> to the address of the login page and log in: you stay here.
        </li>
      </ol>
    </>
  )
}

function YourLogin({ user, reason, fresh, recent, remembered }: HomePageProps) {
  return (
    <dl class="card facts">
      <Fact name="User" value={user === null ? `nobody (${reason})` : user.email} />
      <Fact name="Fresh" value={yesNo(fresh)} />
      <Fact name="Fresh within ten minutes" value={yesNo(recent)} />
      <Fact name="Remembered" value={yesNo(remembered)} />
    </dl>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function Door({ href, title, guard, children }: { href: string; title: string; guard: string; children: string }) {
  return (
    <section class="card">
      <h3>
        <a href={href}>{title}</a>
      </h3>
      <p>{children}</p>
      <code>{guard}</code>
    </section>
  )
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
}
