// Vary (RFC 9110 §12.5.5): on which headers of the request an answer depends. And other lists in headers.

/** The names of both, each once; `*` stays what it is. */
export function mergeVary(present: string | null, added: readonly string[]): string {
  const merged = mergeList(present, added)
  return merged.split(', ').includes('*') ? '*' : merged
}

/** The members of both lists, each once, in any case. */
export function mergeList(present: string | null, added: readonly string[]): string {
  const members = new Map<string, string>()
  for (const member of [...(present ?? '').split(',').map((text) => text.trim()), ...added]) {
    const name = member.toLowerCase()
    if (name !== '' && !members.has(name)) members.set(name, member)
  }
  return [...members.values()].join(', ')
}
