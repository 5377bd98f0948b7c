// Detects secrets that a person wrote instead of a random generator: repeated texts, sequences and common words.

const MINIMUM_DISTINCT_CHARACTERS = 10

/** Words that stand in for a secret in samples and in development. */
const COMMON_WORDS =
  /secrets?|passw(?:or)?ds?|passphrase|keys?|tokens?|session|cookies?|login|auth|jwt|your|this|that|here|please|must|change|replace|insert|enter|random|string|text|chars?|characters?|bytes?|long|very|super|unsafe|insecure|default|dummy|sample|example|placeholder|development|develop|dev|testing|tests?|local(?:host)?|production|prod|staging|admin|root|user|keyboard|cat|qwert[yz](?:uiop)?|asdf(?:ghjkl)?|zxcvbn?m?|letmein|foo|bar|baz|lorem|ipsum|do|not|use|for|my|is|in/gi

/** Returns whether a text has too few different characters. */
export function hasFewCharacters(text: string): boolean {
  return new Set(text).size < MINIMUM_DISTINCT_CHARACTERS
}

/** Returns whether a text consists of common words, and little else. */
export function hasOnlyCommonWords(text: string): boolean {
  return hasFewCharacters(text.replace(COMMON_WORDS, ''))
}

/** Returns whether a text repeats a part of itself, or is a sequence such as the alphabet. Separators do not matter. */
export function isPredictable(text: string): boolean {
  const plain = text.toLowerCase().replace(/[^a-z\d]/g, '')
  const texts = plain.length > text.length / 2 ? [text, plain] : [text]
  return texts.some((one) => isPeriodic(one) || isSequence(one))
}

/** Returns whether a text repeats a part of at most half its length. The last repetition may be incomplete. */
function isPeriodic(text: string): boolean {
  return Array.from({ length: text.length / 2 }, (_, index) => text.slice(index + 1)).some((rest) =>
    text.startsWith(rest),
  )
}

/** Returns whether most neighbours have the same distance, as in the alphabet, in a count or in a repeated letter. */
function isSequence(text: string): boolean {
  const distances = new Map<number, number>()
  for (let index = 1; index < text.length; index++) {
    const distance = (text.charCodeAt(index) - text.charCodeAt(index - 1)) & 255
    distances.set(distance, (distances.get(distance) ?? 0) + 1)
  }
  return Math.max(...distances.values()) > (text.length * 3) / 4
}
