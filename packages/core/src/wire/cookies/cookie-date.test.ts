import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseCookieDate } from './cookie-date'

const SECOND = 784_111_777

it.each([
  ['the format of HTTP', 'Sun, 06 Nov 1994 08:49:37 GMT', SECOND],
  ['the format of RFC 850', 'Sunday, 06-Nov-94 08:49:37 GMT', SECOND],
  ['the format of asctime()', 'Sun Nov  6 08:49:37 1994', SECOND],
  ['another order of its parts', '08:49:37 November 6 1994', SECOND],
  ['a year of two digits before 1970', '06 Nov 30 08:49:37', 1_920_185_377],
  ['the epoch', 'Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['29 February of a leap year', '29 Feb 2024 00:00:00', 1_709_164_800],
  ['29 February of another year', '29 Feb 2023 00:00:00', null],
  ['29 February of 1900', '29 Feb 1900 00:00:00', null],
  ['an hour that is too large', '06 Nov 1994 24:00:00', null],
  ['a year before 1601', '06 Nov 1600 00:00:00', null],
  ['a date without a time', '06 Nov 1994', null],
  ['a date without a month', '06 1994 08:49:37', null],
  ['epoch seconds', '784111777', null],
  ['an empty string', '', null],
])('parseCookieDate() parses a date of Expires: %s', (_, text, expected) => {
  expect(parseCookieDate(text)).toBe(expected)
})

it('parseCookieDate() parses every date of toUTCString()', () => {
  const instants = fc.date({ min: new Date('1601-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  fc.assert(
    fc.property(instants, (date) => {
      expect(parseCookieDate(date.toUTCString())).toBe(Math.floor(date.getTime() / 1000))
    }),
  )
})

it('parseCookieDate() returns null or a number for any string', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsed = parseCookieDate(text)
      expect(parsed === null || Number.isSafeInteger(parsed)).toBe(true)
    }),
  )
})
