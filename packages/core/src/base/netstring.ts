/** Texts as one: each behind its length (a netstring), so that no two lists give the same text. */
export function toNetstrings(texts: readonly string[]): string {
  let joined = ''
  for (const text of texts) joined += `${text.length}:${text},`
  return joined
}
