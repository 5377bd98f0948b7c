// An instant, for people and for programs. Without a script nobody knows the visitor's zone: so UTC, and said so.
const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })

export function Time({ at }: { at: number }) {
  const date = new Date(at * 1000)
  return <time datetime={date.toISOString()}>{format.format(date)} UTC</time>
}

/** In words: `12 minutes`. */
export function duration(seconds: number): string {
  const [value, unit] = seconds < 90 ? [seconds, 'second'] : larger(seconds)
  return `${value} ${unit}${value === 1 ? '' : 's'}`
}

function larger(seconds: number): [number, string] {
  if (seconds < 90 * 60) return [Math.round(seconds / 60), 'minute']
  if (seconds < 36 * 3600) return [Math.round(seconds / 3600), 'hour']
  return [Math.round(seconds / 86_400), 'day']
}
