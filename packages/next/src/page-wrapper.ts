// Wrappers of whole pages. The page is called only after the guard has passed, so no code of the app can skip the guard.
import type { AnonymousGuardOptions, LoginManager, Policy } from '@fetch-login/core'
import { createArgumentError, describeValue } from '@fetch-login/core/adapter'
import { createElement } from 'react'
import type { PageAuth } from './page'
import type { GuardedPage, Page } from './types'

/** Creates pages that render only if their guard passes. */
export interface PageWrapper<User> {
  wrapForUser(name: string, page: Page<object>, policy: Policy<User>): GuardedPage<object>
  wrapForAnonymous(page: Page<object>, options: AnonymousGuardOptions): GuardedPage<object>
}

export function createPageWrapper<User, Guest>(
  manager: LoginManager<User, Guest, string>,
  pageAuth: PageAuth<User, Guest>,
): PageWrapper<User> {
  return {
    wrapForUser(name, page, policy) {
      assertPage(page, name)
      manager.guard(policy) // checks the options
      return async (props) => {
        const user = await pageAuth.requireUser(policy)
        return createElement(page, withUser(props, user))
      }
    },
    wrapForAnonymous(page, options) {
      assertPage(page, 'anonymousRequiredPage')
      const guard = manager.guardAnonymous(options)
      return async (props) => {
        await pageAuth.requireAnonymous(guard)
        return createElement(page, props)
      }
    },
  }
}

function withUser<User>(props: object, user: User): object {
  return { ...props, user }
}

const CLIENT_REFERENCE = Symbol.for('react.client.reference')

/** @throws UsageError `invalid-argument`. A client component would send the user with all fields to the browser. */
function assertPage(page: unknown, name: string): void {
  const isClient = typeof page === 'function' && '$$typeof' in page && page.$$typeof === CLIENT_REFERENCE
  if (typeof page === 'function' && !isClient) return
  const received = isClient ? 'a client component' : describeValue(page)
  throw createArgumentError(
    `${name}() must receive a page that is a server component, but received ${received}. Write export default ${name}(({ user }) => …) in a file without 'use client'.`,
  )
}
