// How a user proved who they are: by which methods (`amr`), and how strongly.

import { UsageError } from '../base/errors'

/** How a user proved who they are. */
export interface Assurance {
  /** The method, or methods (`amr`): `pwd`, `otp`, `hwk`, or the app's own words. Default none. */
  readonly method?: string | readonly string[] | undefined
  /** How strongly, on the app's own scale. Default 1. */
  readonly level?: number | undefined
}

/**
 * The methods and the level of a proof.
 *
 * @throws UsageError `invalid-proof`, before anything is changed: the cookie could not be read again.
 */
export function parseAssurance({ method, level = 1 }: Assurance): {
  readonly methods: readonly string[]
  readonly level: number
} {
  const methods: readonly unknown[] = method === undefined ? [] : [method].flat()
  if (Number.isFinite(level) && methods.every((one) => typeof one === 'string')) {
    return { methods: methods as readonly string[], level }
  }
  throw new UsageError(
    'invalid-proof',
    'A login is proven by a method (a text, or several) and a level (a number), such as { method: "pwd", level: 1 }. Nothing was changed.',
  )
}
