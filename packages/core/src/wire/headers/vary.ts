// Vary (RFC 9110 §12.5.5), and other lists in headers.

/** Merges names into `Vary`, each once. `*` stays alone. */
export function mergeVary(present: string | null, added: readonly string[]): string {
  const merged = mergeList(present, added)
  return merged.split(', ').includes('*') ? '*' : merged
}

/** Merges two lists, each member once, without regard to case. */
export function mergeList(present: string | null, added: readonly string[]): string {
  const members = new Map<string, string>()
  for (const member of [...(present ?? '').split(',').map((text) => text.trim()), ...added]) {
    const name = member.toLowerCase()
    if (name !== '' && !members.has(name)) members.set(name, member)
  }
  return [...members.values()].join(', ')
}
