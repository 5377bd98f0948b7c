// Cache-Control (RFC 9111 §5.2), and the headers that override it for single caches (RFC 9213): a personal response never
// leaves as one that a shared cache may keep.

/** A directive that all caches read in the same way. Any other text is dropped: some cache may read `public` in it. */
const DIRECTIVE = /^[!#$%&'*+.^_`|~\w-]+(?:=(?:[!#$%&'*+.^_`|~\w-]+|"[^",\\]*"))?$/

/** What is written for shared caches; a `private` that names single fields permits them to keep the rest. */
const FOR_SHARED_CACHES = /^(?:public|s-maxage|proxy-revalidate)(?:=|$)|^private=/i

/** Whether the app permits shared caches to keep the response. File servers of Node write `public, max-age=0` unasked. */
export function isPublic(cacheControl: string | null): boolean {
  return !isDefault(cacheControl) && splitList(cacheControl).some((text) => /^(?:public|s-maxage)(?:\W|$)/i.test(text))
}

/** The value for a response of one visitor: `private`, and else what the app wrote; `private, no-store` by default. */
export function toPrivate(cacheControl: string | null): string {
  if (isDefault(cacheControl)) return 'private, no-store'
  const directives = splitList(cacheControl)
  const kept = directives.filter((text) => DIRECTIVE.test(text) && !FOR_SHARED_CACHES.test(text))
  const isUnchanged = kept.length === directives.length && isUnshared(kept)
  return isUnchanged ? `${cacheControl}` : ['private', ...kept.filter((text) => !/^private$/i.test(text))].join(', ')
}

/** The value for a response that no cache may keep. Compression by proxies stays forbidden if the app forbids it. */
export function toUnstored(cacheControl: string | null): string {
  const isFixed = splitList(cacheControl).some((text) => /^no-transform$/i.test(text))
  return isFixed ? 'private, no-store, no-transform' : 'private, no-store'
}

/** Caches that know `must-understand` ignore the `no-store` beside it. */
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

/** Those that are looked for if the names of the headers cannot be listed. */
const OVERRIDES: readonly string[] = [
  'cdn-cache-control',
  'surrogate-control',
  'cloudflare-cdn-cache-control',
  'netlify-cdn-cache-control',
  'vercel-cdn-cache-control',
  'edge-control',
  'x-accel-expires',
]

/** The headers among these names that a shared cache obeys before Cache-Control, with the value that keeps nothing. */
export function findOverrides(names: Iterable<string> = OVERRIDES): [name: string, value: string][] {
  const found: [string, string][] = []
  for (const name of names) if (OVERRIDE.test(name)) found.push([name, /^x-/i.test(name) ? '0' : 'no-store'])
  return found
}
