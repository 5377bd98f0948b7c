// Core without a framework: a request is a view, an answer is the user or null.
import type { Guard, GuardOutcome, LoginManager } from '@fetch-login/core'
import type { Answer, Door } from '../../contestant'
import { greeting, REFUSED, type User } from '../../users'
import { viewOf } from '../login-manager'

/** Asks a guard about each request. */
export function guardDoor(manager: LoginManager<User>): Door<User | null> {
  const guard: Guard<User> = manager.guard()
  const ask = (_path: string, cookie: string | null) => {
    const outcome = guard(manager.open(viewOf(cookie)))
    return outcome instanceof Promise ? outcome.then(userOf) : userOf(outcome)
  }
  return { ask, read: async (user) => answerOf(user) }
}

function userOf(outcome: GuardOutcome<User>): User | null {
  return outcome.ok ? (outcome.user ?? null) : null
}

/** The answer that an app would give. */
export function answerOf(user: User | null): Answer {
  return user === null ? answer(401, REFUSED) : answer(200, greeting(user))
}

function answer(status: number, body: string): Answer {
  return { status, body, setCookies: [], headerNames: [] }
}
