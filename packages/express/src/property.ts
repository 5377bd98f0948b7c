// `req.auth`: the Auth object as an optional property of the request. `auth(req)` works without it.
import { UsageError } from '@fetch-login/core'
import { isAuth } from '@fetch-login/core/adapter'

/**
 * Sets the property unless another library has set it. If two managers share the name, reading the property throws, because
 * their users may have different types.
 */
export function setAuthProperty(req: object, property: string, auth: object): void {
  if (!(property in req)) (req as Record<string, unknown>)[property] = auth
  else if (isAuth(Object.getOwnPropertyDescriptor(req, property)?.value)) defineAmbiguous(req, property)
}

function defineAmbiguous(req: object, property: string): void {
  const get = (): never => {
    throw new UsageError(
      'not-installed',
      `Two login managers share req.${property}. Set the option property of expressLogin() to a different name for each, or call auth(req).`,
    )
  }
  Object.defineProperty(req, property, { get, configurable: true })
}
