// Flash messages: said once, on the next page that asks (Flask's `flash` and `get_flashed_messages`).

/** A one-time message. */
export interface Flash {
  /** What kind of message, for its colour. Default `message`. */
  readonly category: string
  /** What to say. It is plain text: escape it where it goes into a page. */
  readonly message: string
}

/**
 * Whose message it is: the library's own at a refusal (`login`, `refresh`), or the app's to a visitor whose login does not
 * count now (`visitor`).
 */
export type FlashOrigin = 'login' | 'refresh' | 'visitor'

/** A message as the session keeps it. Without an origin it is the app's. */
export interface KeptFlash extends Flash {
  readonly origin?: FlashOrigin | undefined
}

/** The same message twice in a row tells nobody more: refusals would pile up until the cookie bursts. */
export function isFlashed(flashes: readonly Flash[], flash: Flash): boolean {
  return flashes.some((one) => one.category === flash.category && one.message === flash.message)
}

/** Removes the messages of this origin. */
export function omitOrigin(flashes: readonly KeptFlash[], ...origins: readonly FlashOrigin[]): readonly KeptFlash[] {
  return flashes.filter(({ origin }) => origin === undefined || !origins.includes(origin))
}

/** Those that are for a visitor whose login does not count now. */
export function getVisibleFlashes(flashes: readonly KeptFlash[]): readonly KeptFlash[] {
  return flashes.filter(({ origin }) => origin !== undefined)
}

/** The messages of these categories; all if none is named. */
export function getFlashesOf(flashes: readonly KeptFlash[], categories?: readonly string[]): readonly KeptFlash[] {
  return categories === undefined ? flashes : flashes.filter((flash) => categories.includes(flash.category))
}
