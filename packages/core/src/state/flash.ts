// Flash messages: said once, on the next page that asks (Flask's `flash` and `get_flashed_messages`).

/** A one-time message. */
export interface Flash {
  /** What kind of message, for its colour. Default `message`. */
  readonly category: string
  /** What to say. It is plain text: escape it where it goes into a page. */
  readonly message: string
}

/** The same message twice in a row tells nobody more: refusals would pile up until the cookie bursts. */
export function isFlashed(flashes: readonly Flash[], flash: Flash): boolean {
  return flashes.some((one) => one.category === flash.category && one.message === flash.message)
}

/** The messages of these categories, and those that stay; all where none is named. */
export function splitFlashes(
  flashes: readonly Flash[],
  categories?: readonly string[],
): { taken: readonly Flash[]; kept: readonly Flash[] } {
  if (categories === undefined) return { taken: flashes, kept: [] }
  return {
    taken: flashes.filter((flash) => categories.includes(flash.category)),
    kept: flashes.filter((flash) => !categories.includes(flash.category)),
  }
}
