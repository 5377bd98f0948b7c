// The date of the attribute `Expires`, which no runtime parses the same way (RFC 6265bis §5.1.1).

const DELIMITERS = /[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/
const TIME = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/
const DAY = /^(\d{1,2})(?:\D|$)/
const YEAR = /^(\d{2,4})(?:\D|$)/
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

interface DateParts {
  time?: readonly number[]
  day?: number
  month?: number
  year?: number
}

/** Returns the epoch seconds of a cookie date, or null if the text is not one. */
export function parseCookieDate(text: string): number | null {
  const parts: DateParts = {}
  for (const token of text.split(DELIMITERS)) readToken(parts, token)
  const { time, day, month, year } = parts
  if (time === undefined || day === undefined || month === undefined || year === undefined) return null
  const [hour = 0, minute = 0, second = 0] = time
  const isInRange = hour < 24 && minute < 60 && second < 60 && year > 1600 && day > 0 && day <= countDaysIn(year, month)
  return isInRange ? countDaysBefore(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second : null
}

/** Reads a token as the first missing part that it matches. */
function readToken(parts: DateParts, token: string): void {
  const time = parts.time ? null : TIME.exec(token)
  if (time) {
    parts.time = time.slice(1).map(Number)
    return
  }
  const day = parts.day === undefined ? DAY.exec(token) : null
  if (day) {
    parts.day = Number(day[1])
    return
  }
  const month = parts.month === undefined ? MONTHS.indexOf(token.slice(0, 3).toLowerCase()) : -1
  if (month >= 0) {
    parts.month = month + 1
    return
  }
  const year = parts.year === undefined ? YEAR.exec(token) : null
  if (year) parts.year = toFullYear(Number(year[1]))
}

function toFullYear(year: number): number {
  if (year >= 70 && year <= 99) return year + 1900
  return year < 70 ? year + 2000 : year
}

function countDaysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
}

/** Returns the days since 1970-01-01. Here the year begins in March, so that the leap day is its last day. */
function countDaysBefore(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return marchYear * 365 + leapDays + dayOfYear - 719_468
}
