// A password is looked at, slowly enough for whoever guesses.
import { duration } from '../site/time'
import type { Attempt, Attempts } from './attempts'
import type { User } from './user'
import type { Users } from './users'

type Checked =
  | { readonly user: User }
  | { readonly user: null; readonly error: string; readonly status: 422 | 429; readonly waitSeconds?: number }

export async function checkPassword(
  { users, attempts }: { users: Users; attempts: Attempts },
  attempt: Attempt,
  password: string,
  wrong: string,
): Promise<Checked> {
  const waitSeconds = await attempts.count(attempt)
  if (waitSeconds !== null) {
    const error = `Too many failed attempts. Try again in ${duration(waitSeconds)}.`
    return { user: null, error, status: 429, waitSeconds }
  }
  const user = await users.check(attempt.email, password)
  if (user === null) return { user, error: wrong, status: 422 }
  await attempts.forgive(attempt)
  return { user }
}
