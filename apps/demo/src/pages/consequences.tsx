// What each button would change, beside the button.
import type { Child } from 'hono/jsx'
import { CsrfField } from '../site/fields'

interface ConsequencesProps {
  readonly fresh: boolean
  readonly remembered: boolean
  readonly csrfToken: string
}

export function Consequences({ fresh, remembered, csrfToken }: ConsequencesProps) {
  const cookie = remembered ? 'The remember cookie is deleted.' : 'There is no remember cookie to delete.'
  return (
    <div class="cards">
      <Choice
        here={`${fresh ? 'Stays' : 'Becomes'} fresh, for ten more minutes of admin, under a new session id.`}
        cookie={remembered ? 'The remember cookie stays.' : 'There is no remember cookie, and none comes.'}
        elsewhere="Nothing changes."
      >
        <a class="button" href="/reauthenticate?next=/your-login">
          Confirm it is you
        </a>
      </Choice>
      <Choice here="Ends now." cookie={cookie} elsewhere="Nothing changes: other browsers stay logged in.">
        <PostButton action="/logout" text="Log out" csrfToken={csrfToken} />
      </Choice>
      <Choice here="Ends now." cookie={cookie} elsewhere="Every login of yours is dead at its next request.">
        <PostButton action="/logout-everywhere" text="Log out everywhere" csrfToken={csrfToken} />
      </Choice>
      <Choice
        here="Stays, and is fresh."
        cookie={remembered ? 'The remember cookie is made anew.' : 'There is none, and none comes.'}
        elsewhere="Every other login of yours is dead at its next request."
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

function PostButton({ action, text, csrfToken }: { action: string; text: string; csrfToken: string }) {
  return (
    <form method="post" action={action}>
      <CsrfField token={csrfToken} />
      <button type="submit" class="quiet">
        {text}
      </button>
    </form>
  )
}
