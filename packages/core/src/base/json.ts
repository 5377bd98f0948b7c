// Frozen JSON values. A value that a JSON round trip changes is rejected. `__proto__` is an ordinary key.

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * Returns a deep-frozen copy. Returns null if the value is not JSON, such as undefined, NaN, a Date, a class, or a
 * cycle.
 */
export function freezeJson(value: unknown): { value: Json } | null {
  if (!isJson(value, new Set())) return null
  return { value: freeze(JSON.parse(JSON.stringify(value))) }
}

/** Freezes a parsed JSON value and all values in it. */
export function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const key of Object.keys(value)) freeze((value as Record<string, unknown>)[key])
  return Object.freeze(value)
}

function isJson(value: unknown, above: Set<object>): boolean {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return true
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0)
  if (typeof value !== 'object' || above.has(value) || !isPlain(value)) return false
  above.add(value)
  const all = Object.keys(value).every((key) => isJson((value as Record<string, unknown>)[key], above))
  above.delete(value)
  return all
}

/** Returns whether an object is the `Object.prototype` of any realm. */
function isObjectPrototype(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty')
}

function isPlain(value: object): boolean {
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return false
  if (Array.isArray(value)) return Object.keys(value).length === value.length
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || isObjectPrototype(prototype)
}
