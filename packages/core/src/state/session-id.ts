// The ID of a session: a root, which all sessions of one login have in common (confirmed, or restored from its remember
// token), and a suffix of its own. CSRF tokens and the tombstones of a logout are bound to the root.

/** Returns the ID of another session of the same login. */
export function createSessionId(root: string, suffix: string): string {
  return `${root}.${suffix}`
}

/** Returns the root of a session's ID; that of a remember token is its whole ID. */
export function getRoot(sessionId: string): string {
  return sessionId.split('.', 1)[0] as string
}
