// Cache-Control (RFC 9111 §5.2), and the headers that override it for single caches (RFC 9213). They keep personal
// responses out of shared caches.

/** A directive that all caches read alike. Any other text is removed, because a cache could read `public` in it. */
const DIRECTIVE = /^[!#$%&'*+.^_`|~\w-]+(?:=(?:[!#$%&'*+.^_`|~\w-]+|"[^",\\]*"))?$/

/** Directives for shared caches. A `private` that names single fields permits them to store the rest. */
const FOR_SHARED_CACHES = /^(?:public|s-maxage|proxy-revalidate)(?:=|$)|^private=/i

/** Returns whether the app permits shared caches to store the response. File servers of Node set `public, max-age=0`. */
export function isPublic(cacheControl: string | null): boolean {
  return !isDefault(cacheControl) && splitList(cacheControl).some((text) => /^(?:public|s-maxage)(?:\W|$)/i.test(text))
}

/** Returns the value for a personal response: `private` and the directives of the app, by default `private, no-store`. */
export function toPrivate(cacheControl: string | null): string {
  if (isDefault(cacheControl)) return 'private, no-store'
  const directives = splitList(cacheControl)
  const kept = directives.filter((text) => DIRECTIVE.test(text) && !FOR_SHARED_CACHES.test(text))
  const isUnchanged = kept.length === directives.length && isUnshared(kept)
  return isUnchanged ? `${cacheControl}` : ['private', ...kept.filter((text) => !/^private$/i.test(text))].join(', ')
}

/** Returns the value for a response that no cache may store. `no-transform` of the app stays. */
export function toUnstored(cacheControl: string | null): string {
  const isFixed = splitList(cacheControl).some((text) => /^no-transform$/i.test(text))
  return isFixed ? 'private, no-store, no-transform' : 'private, no-store'
}

/**
 * Returns whether no shared cache stores the response. Caches that support `must-understand` ignore `no-store` beside
 * it.
 */
function isUnshared(directives: readonly string[]): boolean {
  const names = directives.map((text) => text.toLowerCase())
  return names.includes('private') || (names.includes('no-store') && !names.includes('must-understand'))
}

function isDefault(cacheControl: string | null): boolean {
  const directives = splitList(cacheControl)
  return directives.length === 0 || /^(?:public,max-age=0|max-age=0,public)$/i.test(directives.join())
}

function splitList(value: string | null): string[] {
  return (value ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
}

/** Headers that override Cache-Control for a shared cache. */
const OVERRIDE = /^(?:surrogate|edge|(?:[\w-]+-)?cdn-cache)-control$|^x-accel-expires$/i

/** The names that are tested if the headers cannot be listed. */
const OVERRIDES: readonly string[] = [
  'cdn-cache-control',
  'surrogate-control',
  'cloudflare-cdn-cache-control',
  'netlify-cdn-cache-control',
  'vercel-cdn-cache-control',
  'edge-control',
  'x-accel-expires',
]

/** Returns the headers that override `Cache-Control` in shared caches, each with the value that prevents storing. */
export function findOverrides(names: Iterable<string> = OVERRIDES): [name: string, value: string][] {
  const found: [string, string][] = []
  for (const name of names) if (OVERRIDE.test(name)) found.push([name, /^x-/i.test(name) ? '0' : 'no-store'])
  return found
}
