// Parses addresses by the URL standard, as browsers do. For an invalid address the result is null, never an exception.

/** Parses an address, relative to the base if there is one. Returns null if it is invalid. */
export function parseUrl(text: string, base?: string): URL | null {
  try {
    return new URL(text, base)
  } catch {
    return null
  }
}
