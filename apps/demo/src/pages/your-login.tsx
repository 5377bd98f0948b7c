// The page "Your login": the facts of the login, its events, and the effect of each button.
import type { CurrentLogin, SessionFacts } from '@fetch-login/core'
import { Hono } from 'hono'
import type { Child } from 'hono/jsx'
import type { Demo } from '../demo'
import type { HistoryEntry } from '../history'
import { ADMIN_SECONDS } from '../login'
import { Time } from '../site/time'
import type { User } from '../users/user'
import { Consequences } from './consequences'
import { REASONS, SOURCES } from './reasons'

export function yourLoginRoutes({ auth, page, history }: Demo): Hono {
  const app = new Hono()
  app.get('/your-login', async (c) => {
    const [user, login] = [await auth(c).currentUser(), await auth(c).currentLogin()]
    if (user === null || login === null || login.session === null)
      return page(c, 'Your login', <NoLogin reason={REASONS[(await auth(c).whyAnonymous()) ?? 'no-login']} />)
    const [remembered, csrfToken] = [await auth(c).loginRemembered(), await auth(c).csrfToken()]
    const recent = await auth(c).loginFresh({ withinSeconds: ADMIN_SECONDS })
    const facts = { user, source: login.source, session: login.session, remembered, recent }
    const content = <YourLogin {...facts} events={history.of(login, c.req.raw)} csrfToken={csrfToken} />
    return page(c, 'Your login', content)
  })
  return app
}

function NoLogin({ reason }: { reason: string }) {
  return (
    <>
      <h1>Your login</h1>
      <p class="lead">You are not logged in: {reason}</p>
      <p>
        <a class="button" href="/login?next=/your-login">
          Log in
        </a>
      </p>
    </>
  )
}

interface YourLoginProps {
  readonly user: User
  readonly source: CurrentLogin['source']
  readonly session: SessionFacts
  readonly remembered: boolean
  readonly recent: boolean
  readonly events: readonly HistoryEntry[]
  readonly csrfToken: string
}

function YourLogin(props: YourLoginProps) {
  return (
    <>
      <h1>Your login</h1>
      <Facts {...props} />
      <h2 id="events">Events of this login</h2>
      <Events events={props.events} />
      <h2 id="buttons">Effect of each button</h2>
      <Consequences fresh={props.session.fresh} remembered={props.remembered} csrfToken={props.csrfToken} />
    </>
  )
}

function Facts({ user, source, session, remembered, recent }: YourLoginProps) {
  return (
    <dl class="card facts">
      <Fact name="User">
        {user.name}, {user.email}, user id {user.id}
      </Fact>
      <Fact name="Identified by">{SOURCES[source]}</Fact>
      <Fact name="Logged in since">
        <Time at={session.since} />
      </Fact>
      <Fact name="Last confirmed">
        <Time at={session.authTime} />
        {session.methods.length > 0 && `, by ${session.methods.map(methodName).join(' and ')}`}
      </Fact>
      <Fact name="Fresh">
        {session.fresh ? 'yes' : 'no'}
        {recent ? (
          <>
            ; fresh enough for the admin page until <Time at={session.authTime + ADMIN_SECONDS} />
          </>
        ) : (
          '; not fresh enough for the admin page'
        )}
      </Fact>
      <Fact name="Remembered">{remembered ? 'yes, this browser has a remember cookie' : 'no'}</Fact>
      <Fact name="Ends if unused">
        <Time at={session.endsAt} />
        {!session.permanent && ', or when the browser closes'}
      </Fact>
      <Fact name="Protection">{PROTECTION[session.client]}</Fact>
    </dl>
  )
}

const PROTECTION: Readonly<Record<SessionFacts['client'], string>> = {
  same: 'on; the client is the one that logged in',
  changed: 'on; the client differs from the one that logged in, so the login is not fresh',
  unbound: 'off',
}

function methodName(method: string): string {
  return method === 'pwd' ? 'password' : method
}

function Fact({ name, children }: { name: string; children: Child }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

function Events({ events }: { events: readonly HistoryEntry[] }) {
  if (events.length === 0) return <p>No events since this server started.</p>
  return (
    <ol class="timeline" aria-labelledby="events">
      {events.map(({ name, meaning, at, where }) => (
        <li>
          <code>{name}</code> <span>{meaning}</span>
          <p class="hint">
            <Time at={at} />, <code>{where}</code>
          </p>
        </li>
      ))}
    </ol>
  )
}
