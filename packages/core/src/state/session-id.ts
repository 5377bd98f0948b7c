// The ID of a session has a root and a suffix. All sessions of one login have the same root: after a confirmation, or
// restored from its remember token. CSRF tokens and the tombstones of a logout are bound to the root.

/** Returns the ID of another session of the same login. */
export function createSessionId(root: string, suffix: string): string {
  return `${root}.${suffix}`
}

/** Returns the root of a session ID. The root of a remember token is its whole ID. */
export function getRoot(sessionId: string): string {
  return sessionId.split('.', 1)[0] as string
}
