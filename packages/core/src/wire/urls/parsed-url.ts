// Addresses as the URL standard reads them, which is how browsers do. What is none is a null, never an exception.

/** The parsed address, relative to a base where there is one; null where it is none. */
export function parseUrl(text: string, base?: string): URL | null {
  try {
    return new URL(text, base)
  } catch {
    return null
  }
}
