// For adapters: a map from requests to their `Auth` objects.

/** A map from objects to values. Other code cannot see the values. */
export interface RequestMap<Bearer extends object, Value> {
  /** Returns the value of an object. A copy of the object, or an object that inherits from it, has no value. */
  get(bearer: Bearer): Value | undefined
  /** Sets the value of an object. */
  set(bearer: Bearer, value: Value): void
}

interface CarriedValue<Value> {
  readonly bearer: object
  readonly value: Value
}

/**
 * Creates a map from objects to values, for adapters. It stores the value in a property with a private symbol. A `WeakMap`
 * costs more: under load the garbage collector needs more time for its entries than the login needs in total.
 */
export function createRequestMap<Bearer extends object, Value>(): RequestMap<Bearer, Value> {
  const key = Symbol('fetch-login')
  type Carrying = { [key]?: CarriedValue<Value> }
  /** The values of objects that cannot have the property: frozen objects, and copies and proxies of other objects. */
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
 * Returns the map from requests to the `Auth` objects of a manager, for adapters. All adapters of one manager share it, so
 * that a request has one `Auth` object.
 */
export function getAuthMap<Value>(manager: object): RequestMap<object, Value> {
  const known = authsByManager.get(manager) ?? createRequestMap<object, unknown>()
  authsByManager.set(manager, known)
  return known as RequestMap<object, Value>
}
