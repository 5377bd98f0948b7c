// Spellings of paths that one parser reads as one path and another parser as a different path.
import fc from 'fast-check'

/** Exceptions of a guard, and the routes of an app: those that the exceptions open, and those that they do not. */
export const EXCEPT = ['/', '/health', '/users/*'] as const
export const OPEN = ['/', '/health', '/users/:id', '/users/:id/files'] as const
export const CLOSED = ['/users', '/secret', '/healthy', '/user', '/secret/users/:id', '/health/secret'] as const

const PATHS = [
  ...['/', '/health', '/users', '/users/', '/users/1', '/users/1/files', '/secret', '/healthy', '/user'],
  ...['/secret/users/1', '/health/secret', '/users/v1', '/v1/users', '/v1/secret', '/users/v1/secret'],
]

const INSERTS = [
  ...['/', '//', '/./', '/../', '/..', '/.', '.', '..', '/..;/', ';', ';a=b', ';/..', '\\', '\\..\\', '/\\'],
  ...[
    '%2f',
    '%2F',
    '%5c',
    '%2e',
    '%2E%2e',
    '%2e%2e/',
    '%00',
    '%20',
    '%09',
    '%23',
    '%3f',
    '%3b',
    '%',
    '%zz',
    '%75',
    '%53',
  ],
  ...[
    '?',
    '?a=/users/1',
    '#',
    '#/users/1',
    '&',
    ',',
    '|',
    '"',
    "'",
    '<',
    '^',
    '`',
    '{',
    '}',
    '*',
    ':',
    '@',
    '~',
    '+',
    '=',
  ],
  ...['\xa0', '\x85', '\xad', '\xff', '\ufeff', '\u2028', 'é', 'ſ', 'K', '/v1', 'v1', '/users', '/secret', 'users/'],
]

const PREFIXES = [
  '',
  '',
  '',
  '/',
  '//',
  'http://a.test',
  'HTTP://a.test',
  'http://ab:1',
  'http://a@b',
  'http://a.test/users',
  '.',
  'x:',
]

type Change = (path: string) => string

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(fc.constantFrom(...INSERTS), fc.double({ min: 0, max: 1, noNaN: true })).map(
    ([insert, at]): Change =>
      (path) => {
        const index = Math.round(at * path.length)
        return path.slice(0, index) + insert + path.slice(index)
      },
  ),
  fc.constantFrom(...INSERTS).map(
    (insert): Change =>
      (path) =>
        path + insert,
  ),
  fc.constant<Change>((path) => path.toUpperCase()),
  fc.nat({ max: 20 }).map(
    (at): Change =>
      (path) => {
        const index = at % path.length
        const letter = path.charAt(index)
        const encoded = `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`
        return path.slice(0, index) + encoded + path.slice(index + 1)
      },
  ),
)

/** A path, with up to four changes. */
export const spelling: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...PREFIXES), fc.constantFrom(...PATHS), fc.array(change, { maxLength: 4 }))
  .map(
    ([prefix, path, changes]) => prefix + changes.reduce((changed, one) => (changed === '' ? '/' : one(changed)), path),
  )

/** The spellings that once found a fault, and every route without a change. */
export const KNOWN: readonly string[] = [
  ...PATHS,
  ...['/users/\xa0', '/users/?', '/users/#', '/users//', '/USERS/', '/users/;', '/users/.', '/users/..', '/users/%20'],
  ...['http://a.test/users/', 'http://ab:1/x/users', '//users/1', '/users/1/..', '/users/1/../../secret', '/users/v1'],
]
