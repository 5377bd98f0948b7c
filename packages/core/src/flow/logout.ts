// Out: the one verb that stands even when a later step fails.
import { UsageError } from '../base/errors'
import { loggedOut } from '../state/transitions'
import type { Exchange } from './exchange'
import { type Identity, NOBODY } from './ledger'
import { identify } from './load'

export interface LogoutOptions {
  /** Keep what the app put into the session. Default false. */
  readonly keepData?: boolean | undefined
  /** End all logins of this user, on all devices; needs the option `revokeUser`. Default false. */
  readonly everywhere?: boolean | undefined
}

export async function logOut<User, Guest>(exchange: Exchange<User, Guest>, options: LogoutOptions): Promise<void> {
  const { revokeUser } = exchange.runtime.settings
  if (options.everywhere === true && revokeUser === null) {
    throw new UsageError(
      'cannot-revoke',
      'logoutUser({ everywhere: true }) needs the option revokeUser, which changes what sessionStamp returns for a user.',
    )
  }
  exchange.assertWritable()
  const leaving = await identifyIfPossible(exchange)
  const userId = exchange.state.login?.userId ?? null
  await end(exchange, options)
  if (options.everywhere === true && leaving.identity?.user && revokeUser !== null) {
    const { user } = leaving.identity
    await exchange.callOut(() => revokeUser(user))
  }
  if (options.everywhere === true && leaving.error !== undefined) throw leaving.error
  await exchange.emit('userLoggedOut', { user: leaving.identity?.user ?? null, userId })
}

/** A logout needs no loader: where it fails, the visitor is logged out all the same. */
async function identifyIfPossible<User, Guest>(
  exchange: Exchange<User, Guest>,
): Promise<{ identity: Identity<User> | null; error?: unknown }> {
  try {
    return { identity: await identify(exchange) }
  } catch (error) {
    return { identity: null, error }
  }
}

async function end<User, Guest>(exchange: Exchange<User, Guest>, { keepData = false }: LogoutOptions): Promise<void> {
  await exchange.open()
  await exchange.write(loggedOut(exchange.state, keepData), 'verb')
  exchange.clearRemember()
  exchange.identify(NOBODY)
  exchange.forgetReason()
  exchange.note('logged-out')
  exchange.checkpoint()
}
