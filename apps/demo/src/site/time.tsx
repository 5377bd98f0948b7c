// Renders a time. The server does not know the time zone of the visitor, so it shows UTC.
const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' })

export function Time({ at }: { at: number }) {
  const date = new Date(at * 1000)
  return <time datetime={date.toISOString()}>{format.format(date)} UTC</time>
}

/** Returns a duration in words, such as `12 minutes`. */
export function formatDuration(seconds: number): string {
  const [value, unit] = seconds < 90 ? [seconds, 'second'] : toLargerUnit(seconds)
  return `${value} ${unit}${value === 1 ? '' : 's'}`
}

function toLargerUnit(seconds: number): [number, string] {
  if (seconds < 90 * 60) return [Math.round(seconds / 60), 'minute']
  if (seconds < 36 * 3600) return [Math.round(seconds / 3600), 'hour']
  return [Math.round(seconds / 86_400), 'day']
}
