// `req.auth`: the handle as a property, for those who like it there. The function `auth(req)` never needs it, so where
// the name is taken, the property is what gives way.
import { UsageError } from '@fetch-login/core'
import { isAuth } from '@fetch-login/core/adapter'

/** What another library put there stays. What two managers would put there is neither's: each user has one type. */
export function offer(req: object, property: string, handle: object): void {
  if (!(property in req)) (req as Record<string, unknown>)[property] = handle
  else if (isAuth(Object.getOwnPropertyDescriptor(req, property)?.value)) defineAmbiguous(req, property)
}

function defineAmbiguous(req: object, property: string): void {
  const get = (): never => {
    throw new UsageError(
      'not-installed',
      `Two login managers share req.${property}: give each a name with expressLogin(manager, { property }), or ask auth(req).`,
    )
  }
  Object.defineProperty(req, property, { get, configurable: true })
}
