// Domains that belong to many owners, so that a browser keeps no cookie for all of them. The real list has ten thousand
// entries and changes weekly; the test client refuses its common shapes (decision 025).

const HOSTING = new Set(
  'github.io gitlab.io vercel.app netlify.app workers.dev pages.dev deno.dev fly.dev web.app herokuapp.com onrender.com'.split(
    ' ',
  ),
)

/** Whether a browser refuses a cookie for this domain: a top-level domain, `co.uk` and its like, or a large hosting service. */
export function isPublicSuffix(domain: string): boolean {
  return (
    !domain.includes('.') ||
    HOSTING.has(domain) ||
    /^(?:ac|co|com|edu|gob|gov|mil|ne|net|or|org)\.[a-z]{2}$/.test(domain)
  )
}
