// The assurance of a login: its authentication methods (`amr`, RFC 8176) and its level.

import { UsageError } from '../base/errors'

/** The authentication methods of a login, and its level of assurance. */
export interface Assurance {
  /**
   * The authentication method or methods (`amr`, RFC 8176), such as `pwd`, `otp` or `hwk`, or names of the app.
   *
   * @default none
   */
  readonly method?: string | readonly string[] | undefined
  /**
   * The level of assurance, on a scale of the app.
   *
   * @default 1
   */
  readonly level?: number | undefined
}

/**
 * Validates the methods and the level of a login, before any state changes. A session cookie with other values could
 * not be read again.
 *
 * @throws UsageError `invalid-proof` if a method is not a string, or the level is not a finite number.
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
    'The option method must be a string or a list of strings, and level must be a finite number, such as { method: "pwd", level: 1 }. The login was not changed.',
  )
}
