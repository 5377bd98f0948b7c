/** Joins strings, each with its length before it (netstrings). Different lists always have different results. */
export function toNetstrings(texts: readonly string[]): string {
  let joined = ''
  for (const text of texts) joined += `${text.length}:${text},`
  return joined
}
