// Out: the one verb that stands even when a later step fails.

import { UsageError } from '../base/errors'
import { type Steps, settled } from '../base/steps'
import { loggedOut } from '../state/transitions'
import type { EndedLogin } from './events'
import type { Exchange } from './exchange'
import { NOBODY } from './ledger'
import { identify } from './load'
import { allLoginsInBrowser } from './remembered'

/** What ends besides the login of this browser. */
export interface LogoutOptions {
  /** Keep what the app put into the session, and flashes. Default false: the next user finds nothing of this one's. */
  readonly keepData?: boolean | undefined
  /** End all logins of this user, on all devices; needs the options `sessionStamp` and `revokeUser`. Default false. */
  readonly everywhere?: boolean | undefined
}

export function* logOut<User, Guest>(exchange: Exchange<User, Guest>, options: LogoutOptions): Steps<void> {
  const { revokeUser } = exchange.runtime.settings
  if (options.everywhere === true && revokeUser === null) {
    throw new UsageError(
      'cannot-revoke',
      'logoutUser({ everywhere: true }) needs the option revokeUser, which changes what sessionStamp returns for a user.',
    )
  }
  exchange.assertWritable()
  const leaving = yield* whoLeaves(exchange)
  yield* end(exchange, options)
  if (options.everywhere === true) yield* endEverywhere(exchange, leaving)
  yield* exchange.emit('userLoggedOut', { user: leaving.user, userId: leaving.userId, ended: leaving.ended })
}

/** Who leaves, as far as that can be found out. */
interface Leaving<User> {
  readonly user: User | null
  readonly userId: string | null
  readonly ended: readonly EndedLogin[]
  /** What kept it from being found out. */
  readonly error?: unknown
}

/** A logout needs no loader: where it fails, the visitor is logged out all the same. */
function* whoLeaves<User, Guest>(exchange: Exchange<User, Guest>): Steps<Leaving<User>> {
  let ended: readonly EndedLogin[] = []
  try {
    yield* exchange.open()
    ended = allLoginsInBrowser(exchange)
    const { user } = yield* identify(exchange)
    return { user, userId: exchange.state.login?.userId ?? null, ended }
  } catch (error) {
    return { user: null, userId: exchange.state.login?.userId ?? null, ended, error }
  }
}

/** Who cannot be found out cannot be revoked: that is said, or their other logins would go on in silence. */
function* endEverywhere<User, Guest>(exchange: Exchange<User, Guest>, { user, error }: Leaving<User>): Steps<void> {
  const { revokeUser } = exchange.runtime.settings
  if (error !== undefined) throw error
  if (user !== null && revokeUser !== null) yield* settled(exchange.callOut(() => revokeUser(user)))
}

function* end<User, Guest>(exchange: Exchange<User, Guest>, { keepData = false }: LogoutOptions): Steps<void> {
  yield* exchange.write(loggedOut(exchange.state, keepData), 'verb')
  exchange.clearRemember('verb')
  exchange.identify(NOBODY)
  exchange.forgetReason()
  exchange.note('logged-out')
  exchange.checkpoint()
}
