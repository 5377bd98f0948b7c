// Public suffixes: domains with many owners, for which a browser does not store cookies. The full list has ten thousand
// entries and changes weekly. The test client rejects the common forms only (decision 025).

const HOSTING = new Set(
  'github.io gitlab.io vercel.app netlify.app workers.dev pages.dev deno.dev fly.dev web.app herokuapp.com onrender.com'.split(
    ' ',
  ),
)

/** Returns whether browsers reject cookies for a domain: a top-level domain, one like `co.uk`, or a hosting service. */
export function isPublicSuffix(domain: string): boolean {
  return (
    !domain.includes('.') ||
    HOSTING.has(domain) ||
    /^(?:ac|co|com|edu|gob|gov|mil|ne|net|or|org)\.[a-z]{2}$/.test(domain)
  )
}
