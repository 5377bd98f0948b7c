// Vary (RFC 9110 §12.5.5): on which headers of the request an answer depends.

/** The names of both, each once; `*` stays what it is. */
export function mergedVary(present: string | null, added: readonly string[]): string {
  const names = (present ?? '').split(',').map((name) => name.trim())
  for (const name of added) {
    if (!names.some((known) => known.toLowerCase() === name.toLowerCase())) names.push(name)
  }
  return names.includes('*') ? '*' : names.filter((name) => name !== '').join(', ')
}
