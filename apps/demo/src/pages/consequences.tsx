// The effect of each button on the page "Your login".
import type { Child } from 'hono/jsx'
import { CsrfField } from '../site/fields'

interface ConsequencesProps {
  readonly fresh: boolean
  readonly remembered: boolean
  readonly csrfToken: string
}

export function Consequences({ fresh, remembered, csrfToken }: ConsequencesProps) {
  const cookie = remembered ? 'The remember cookie is deleted.' : 'This browser has no remember cookie.'
  return (
    <div class="cards">
      <Choice
        here={`${fresh ? 'Stays' : 'Becomes'} fresh, with a new session id. The admin page opens for ten minutes.`}
        cookie={remembered ? 'The remember cookie stays.' : 'This browser has no remember cookie, and gets none.'}
        elsewhere="Nothing changes."
      >
        <a class="button" href="/reauthenticate?next=/your-login">
          Confirm your login
        </a>
      </Choice>
      <Choice here="Ends now." cookie={cookie} elsewhere="Nothing changes. Other browsers stay logged in.">
        <PostButton action="/logout" text="Log out" csrfToken={csrfToken} />
      </Choice>
      <Choice here="Ends now." cookie={cookie} elsewhere="All your logins end at their next request.">
        <PostButton action="/logout-everywhere" text="Log out everywhere" csrfToken={csrfToken} danger />
      </Choice>
      <Choice
        here="Stays, and is fresh."
        cookie={remembered ? 'The remember cookie is replaced.' : 'This browser has no remember cookie, and gets none.'}
        elsewhere="All your other logins end at their next request."
      >
        <a class="button quiet" href="/profile">
          Change the password in your profile
        </a>
      </Choice>
    </div>
  )
}

interface ChoiceProps {
  readonly here: string
  readonly cookie: string
  readonly elsewhere: string
  readonly children: Child
}

function Choice({ here, cookie, elsewhere, children }: ChoiceProps) {
  return (
    <div class="card choice-card">
      {children}
      <dl>
        <dt>This login</dt>
        <dd>{here}</dd>
        <dt>Remembered</dt>
        <dd>{cookie}</dd>
        <dt>Other browsers</dt>
        <dd>{elsewhere}</dd>
      </dl>
    </div>
  )
}

interface PostButtonProps {
  readonly action: string
  readonly text: string
  readonly csrfToken: string
  readonly danger?: boolean
}

function PostButton({ action, text, csrfToken, danger = false }: PostButtonProps) {
  return (
    <form method="post" action={action}>
      <CsrfField token={csrfToken} />
      <button type="submit" class={danger ? 'danger' : 'quiet'}>
        {text}
      </button>
    </form>
  )
}
