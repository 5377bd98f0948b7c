// Checks of options, with one wording for the manager, guards, logins and loaders. The messages do not come from
// valibot, so that each states the expected value, the received value and the remedy.
import * as v from 'valibot'
import { describeValue } from '../base/argument'
import { LONGEST_SECONDS } from '../base/clock'
import { type OptionProblem, OptionsError } from '../base/errors'

/** A check of one option, or of an object of options. */
export type Check = v.GenericSchema

/** An object of options. */
export interface ObjectCheck extends Check {
  readonly entries: Readonly<Record<string, Check>>
}

/** A condition, and the message if it does not hold. */
export type Step = readonly [holds: (value: never) => boolean, message: string]

/** Checks a value by conditions. A custom check is smaller than the schemas of valibot. */
export function rule(...steps: readonly Step[]): Check {
  const find = (value: unknown): string | undefined => steps.find(([holds]) => !holds(value as never))?.[1]
  return v.custom<unknown>(
    (value) => find(value) === undefined,
    ({ input }) => find(input) ?? '',
  )
}

export const optional: (check: Check) => Check = (check) => v.optional(check)
export const nullable: (check: Check) => Check = (check) => v.nullable(check)
export const lazy: (getCheck: (given: unknown) => Check) => Check = (getCheck) => v.lazy(getCheck)
export const list: (check: Check, message?: string) => Check = (check, message = 'must be a list') =>
  v.array(check, message)

/** Checks an object, and that it has no other keys. */
export function object(entries: Readonly<Record<string, Check>>, message = 'must be an object'): ObjectCheck {
  return v.strictObject(entries, ({ expected, input }) =>
    expected === 'never' ? describeUnknown(String(input), Object.keys(entries)) : message,
  )
}

export const isText = (value: unknown): value is string => typeof value === 'string'
export const isFunction = (value: unknown): boolean => typeof value === 'function'
export const isFlag = (value: unknown): boolean => typeof value === 'boolean'
export const isNumber = (value: unknown): boolean => typeof value === 'number' && !Number.isNaN(value)
export const every =
  (holds: (value: never) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && [...(value as never[])].every(holds)

/** Accepts any value, for options that are checked elsewhere. */
export const anything: Check = v.optional(rule())
export const text = (expected: string): Check => rule([isText, `must be ${expected}`])
export const fn = (signature: string): Check => rule([isFunction, `must be a function: ${signature}`])
export const flag: Check = rule([isFlag, 'must be true or false'])
export const choice = (...values: readonly unknown[]): Check =>
  rule([(value) => values.includes(value), `must be one of ${values.map((value) => `'${value}'`).join(', ')}`])
export const seconds: Check = rule(
  [isNumber, 'must be a number of seconds'],
  [(value) => Number.isSafeInteger(value) && value > 0, 'must be a whole number of seconds above 0'],
  [(value) => value <= LONGEST_SECONDS, `must be at most ${LONGEST_SECONDS} seconds: later instants are not exact`],
)

/** @throws OptionsError `invalid-options` if there is a problem. `where` names the function that received the options. */
export function assertNone(where: string, problems: readonly OptionProblem[]): void {
  if (problems.length > 0) throw new OptionsError(where, problems)
}

/**
 * Returns each problem of the options.
 *
 * @param remedies The remedy for a missing option, by its path.
 */
export function findProblems(
  check: ObjectCheck,
  given: unknown,
  remedies: Readonly<Record<string, string>> = {},
): OptionProblem[] {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return [
      toProblem(
        { path: 'options', message: ['must be an object', remedies.options].filter(Boolean).join(': ') },
        given,
      ),
    ]
  const { issues = [] } = v.safeParse(check, given)
  const known = Object.keys(check.entries)
  const unknown = Object.keys(Object(given)).filter((key) => !known.includes(key))
  return [
    ...issues.map((issue) => readIssue(issue, remedies)).filter(({ path }) => !unknown.includes(path)),
    ...unknown.map((path) => ({ path, message: describeUnknown(path, known) })),
  ]
}

function readIssue(issue: v.BaseIssue<unknown>, remedies: Readonly<Record<string, string>>): OptionProblem {
  const path = issue.path?.map(({ key }) => String(key)).join('.') ?? ''
  if (issue.received === 'undefined')
    return { path, message: ['is missing', remedies[path]].filter(Boolean).join(': ') }
  return toProblem({ path, message: issue.message }, issue.input)
}

/** Adds the received value to a message. A secret is never part of a message. */
function toProblem({ path, message }: OptionProblem, received: unknown): OptionProblem {
  if (path.startsWith('secrets') || !message.startsWith('must ')) return { path, message }
  const [expected = '', ...remedy] = message.split(/: (?![^{]*\})/)
  return { path, message: [`${expected}, but is ${describe(received)}`, ...remedy].join(': ') }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : describeValue(value)
}

function describeUnknown(name: string, known: readonly string[]): string {
  const similar = known.find((one) => isSimilar(toLetters(one), toLetters(name)))
  return `is not an option: ${similar === undefined ? 'check its spelling' : `did you mean ${similar}?`}`
}

/** Returns the letters of a name, because `login_view` is similar to `loginView`. */
function toLetters(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

/** Returns whether at most a third of the letters differ. */
function isSimilar(one: string, other: string): boolean {
  return Math.abs(one.length - other.length) < 4 && getDistance(one, other) <= Math.min(3, Math.floor(one.length / 3))
}

/** Returns the Levenshtein distance: the number of letters to add, remove or replace. */
function getDistance(one: string, other: string): number {
  let row = Array.from(other, (_, index) => index + 1)
  for (const [line, letter] of [...one].entries()) {
    let left = line + 1
    let diagonal = line
    row = row.map((above, index) => {
      left = Math.min(left + 1, above + 1, diagonal + Number(letter !== other[index]))
      diagonal = above
      return left
    })
  }
  return row.at(-1) ?? one.length
}
