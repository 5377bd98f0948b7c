// Session protection: a login is bound to the client that got it, so that a stolen cookie is noticed. `basic` answers
// a change by asking for the password before anything sensitive; `strong` takes it for a theft and ends the login. It
// slows a thief down who does not know the client; one who imitates it passes.
import type { SessionState } from './session'

/** What a changed client means: ask again, end the login, or nothing. */
export type ProtectionMode = 'basic' | 'strong' | false

/** What a changed client means: nothing, no longer fresh, or the end of the login. */
export type Verdict = 'same' | 'stale' | 'dropped'

/** A login without an identifier is no suspect; a permanent session is only ever marked stale. */
export function getVerdict(
  mode: ProtectionMode,
  state: SessionState,
  isSameClient: (client: string) => boolean,
): Verdict {
  const client = state.login?.client ?? null
  if (mode === false || client === null || isSameClient(client)) return 'same'
  return mode === 'strong' && !state.permanent ? 'dropped' : 'stale'
}
