// Session protection: a login is bound to the client that received it, to detect a stolen cookie. After a change of the
// client, `basic` makes the login stale, so sensitive pages require the password again. `strong` ends the login. An
// attacker who imitates the client is not detected.
import type { SessionState } from './session'

/** The effect of a changed client: `basic` makes the login stale, `strong` ends it, and `false` ignores the change. */
export type ProtectionMode = 'basic' | 'strong' | false

/** The result for a request: the client is the same, or the login becomes stale, or it ends. */
export type Verdict = 'same' | 'stale' | 'dropped'

/** Returns the verdict of session protection. A login without a client claim passes. A permanent session never ends. */
export function getVerdict(
  mode: ProtectionMode,
  state: SessionState,
  isSameClient: (client: string) => boolean,
): Verdict {
  const client = state.login?.client ?? null
  if (mode === false || client === null || isSameClient(client)) return 'same'
  return mode === 'strong' && !state.permanent ? 'dropped' : 'stale'
}
