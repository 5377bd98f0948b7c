// Flash messages, which the next page shows once (Flask's `flash` and `get_flashed_messages`).

/** A one-time message. */
export interface Flash {
  /**
   * The kind of message, for example to select its colour.
   *
   * @default 'message'
   */
  readonly category: string
  /** The plain text of the message. Escape it in HTML. */
  readonly message: string
}

/**
 * The origin of a message: the library at a refusal (`login`, `refresh`), or the app while the login of the visitor is not
 * valid (`visitor`).
 */
export type FlashOrigin = 'login' | 'refresh' | 'visitor'

/** A message in the session. A message without an origin is the app's. */
export interface KeptFlash extends Flash {
  readonly origin?: FlashOrigin | undefined
}

/** Returns whether the messages contain this one. Otherwise repeated refusals would fill the cookie. */
export function isFlashed(flashes: readonly Flash[], flash: Flash): boolean {
  return flashes.some((one) => one.category === flash.category && one.message === flash.message)
}

/** Returns the messages without those of these origins. */
export function omitOrigin(flashes: readonly KeptFlash[], ...origins: readonly FlashOrigin[]): readonly KeptFlash[] {
  return flashes.filter(({ origin }) => origin === undefined || !origins.includes(origin))
}

/** Returns the messages for a visitor whose login is not valid now. */
export function getVisibleFlashes(flashes: readonly KeptFlash[]): readonly KeptFlash[] {
  return flashes.filter(({ origin }) => origin !== undefined)
}

/** Returns the messages of these categories, or all messages without a list. */
export function getFlashesOf(flashes: readonly KeptFlash[], categories?: readonly string[]): readonly KeptFlash[] {
  return categories === undefined ? flashes : flashes.filter((flash) => categories.includes(flash.category))
}
