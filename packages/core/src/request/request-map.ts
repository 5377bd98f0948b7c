// For adapters: the handle of a request stays with the request.

/** Which value each object of a kind carries, out of everybody else's sight. */
export interface RequestMap<Bearer extends object, Value> {
  /** What this very object carries; nothing of what it was copied from, or inherits. */
  get(bearer: Bearer): Value | undefined
  /** Lets the object carry this from now on. */
  set(bearer: Bearer, value: Value): void
}

interface CarriedValue<Value> {
  readonly bearer: object
  readonly value: Value
}

/**
 * For adapters: a property whose key nobody else knows. A `WeakMap` does the same, but under load each request in one costs the
 * garbage collector more than the whole login costs the processor.
 */
export function createRequestMap<Bearer extends object, Value>(): RequestMap<Bearer, Value> {
  const key = Symbol('fetch-login')
  type Carrying = { [key]?: CarriedValue<Value> }
  /** Those that can carry nothing: frozen ones, copies and proxies of one that does. */
  const others = new WeakMap<Bearer, Value>()
  const isTaken = (bearer: Bearer): boolean =>
    Object.hasOwn(bearer, key) && (bearer as Carrying)[key]?.bearer !== bearer
  return {
    get: (bearer) => {
      const entry = (bearer as Carrying | undefined)?.[key]
      return entry !== undefined && entry.bearer === bearer ? entry.value : others.get(bearer)
    },
    set: (bearer, value) => {
      if (!Object.isExtensible(bearer) || isTaken(bearer)) others.set(bearer, value)
      else (bearer as Carrying)[key] = { bearer, value }
    },
  }
}

const authsByManager = new WeakMap<object, RequestMap<object, unknown>>()

/**
 * For adapters: the Auth objects of a manager by request. All adapters of one manager share it, so that a request has one
 * Auth object whichever of them opens it.
 */
export function getAuthMap<Value>(manager: object): RequestMap<object, Value> {
  const known = authsByManager.get(manager) ?? createRequestMap<object, unknown>()
  authsByManager.set(manager, known)
  return known as RequestMap<object, Value>
}
