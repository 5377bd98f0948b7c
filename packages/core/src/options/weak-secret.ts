// Detects secrets that are certainly not random: repeated texts and sequences.

const MINIMUM_DISTINCT_CHARACTERS = 10

/** The number of characters in which a repetition is searched. The search takes quadratic time. */
const SEARCHED_CHARACTERS = 1024

/** Returns whether a text has too few different characters. */
export function hasFewCharacters(text: string): boolean {
  return new Set(text).size < MINIMUM_DISTINCT_CHARACTERS
}

/** Returns whether a text repeats a part of itself, or is a sequence such as the alphabet. Separators do not matter. */
export function isPredictable(text: string): boolean {
  const plain = text.toLowerCase().replace(/[^a-z\d]/g, '')
  const texts = plain.length > text.length / 2 ? [text, plain] : [text]
  return texts.some((one) => isPeriodic(one) || isSequence(one))
}

/**
 * Returns whether a text consists of one part that is repeated three times or more. The last repetition may be
 * incomplete.
 */
function isPeriodic(text: string): boolean {
  const start = text.slice(0, SEARCHED_CHARACTERS)
  return Array.from({ length: start.length / 3 }, (_, index) => start.slice(index + 1)).some((rest) =>
    start.startsWith(rest),
  )
}

/** Returns whether nearly all neighbours have the same distance, as in the alphabet, in a count or in a repeated letter. */
function isSequence(text: string): boolean {
  const distances = new Map<number, number>()
  for (let index = 1; index < text.length; index++) {
    const distance = (text.charCodeAt(index) - text.charCodeAt(index - 1)) & 255
    distances.set(distance, (distances.get(distance) ?? 0) + 1)
  }
  return Math.max(...distances.values()) > text.length * 0.92
}
