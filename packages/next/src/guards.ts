// The guards that pages, layouts and server actions await.
import type { AnonymousGuardOptions, Policy } from '@fetch-login/core'
import { createArgumentError, describeValue } from '@fetch-login/core/adapter'
import { reportIfNotAwaited } from './missing-await'
import type { PageAuth } from './page'
import type { AdapterConfig } from './types'

/** The checks behind `loginRequired()`, `freshLoginRequired()` and `anonymousRequired()`. */
export interface Guards<User> {
  requireUser(name: string, policy: unknown, complete: (policy: Policy<User>) => Policy<User>): Promise<User>
  requireAnonymous(options: AnonymousGuardOptions | undefined): Promise<void>
}

export function createGuards<User, Guest>(
  { manager }: AdapterConfig<User, Guest>,
  page: PageAuth<User, Guest>,
): Guards<User> {
  const watch = <Result>(name: string, outcome: Promise<Result>): Promise<Result> =>
    reportIfNotAwaited(name, outcome, manager.verifyUrl)

  return {
    requireUser(name, policy = {}, complete) {
      assertPolicy(name, policy)
      return watch(name, page.requireUser(complete(policy as Policy<User>)))
    },
    requireAnonymous(options = {}) {
      const guard = manager.guardAnonymous(options)
      return watch('anonymousRequired', page.requireAnonymous(guard))
    },
  }
}

/** Asserts that the value is a policy. Next.js calls a guard that is exported as a route handler with a request. */
function assertPolicy(name: string, policy: unknown): void {
  const isPolicy = typeof policy === 'object' && policy !== null && !('headers' in policy) && !Array.isArray(policy)
  if (isPolicy) return
  const wrapper = `with${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const remedy = `Write await ${name}() in a page or action, ${wrapper}((request, user) => …) for a route handler, or ${name}Page(Page) for a page.`
  throw createArgumentError(`${name}() must receive a policy, but received ${describeValue(policy)}. ${remedy}`)
}
