// Checks a password and limits the failed attempts.
import type { Context } from 'hono'
import type { Demo } from '../demo'
import type { Errors } from '../site/form'
import { formatDuration } from '../site/time'
import type { User } from '../users/user'

/** The user, or the errors and the status of the response. */
export type Checked = { readonly user: User } | Refused

export interface Refused {
  readonly user: null
  readonly errors: Errors
  readonly status: 422 | 429
}

export function refused(errors: Errors, status: 422 | 429 = 422): Refused {
  return { user: null, errors, status }
}

/** The error of a wrong password: its field ('' for the form as a whole), and its text. */
interface Wording {
  readonly field: string
  readonly wrong: string
}

export async function checkPassword(
  { users, attempts, addressOf }: Demo,
  c: Context,
  { email, password }: { email: string; password: string },
  { field, wrong }: Wording,
): Promise<Checked> {
  const attempt = { email, address: addressOf(c) }
  const waitSeconds = await attempts.count(attempt)
  if (waitSeconds !== null) {
    c.header('retry-after', String(waitSeconds))
    return refused({ [field]: `Too many failed attempts. Try again in ${formatDuration(waitSeconds)}.` }, 429)
  }
  const user = await users.check(email, password)
  if (user === null) return refused({ [field]: wrong })
  await attempts.forgive(attempt)
  return { user }
}
