// Reads a form as strings by field name. A missing field and a file become an empty string.
import type { Context } from 'hono'
import * as v from 'valibot'

export type Form = Readonly<Record<string, string>>
/** Error messages by field name; '' for the form as a whole. */
export type Errors = Readonly<Record<string, string>>

export async function readForm(c: Context): Promise<Form> {
  const fields = await c.req.parseBody().catch(() => ({}))
  const texts = Object.entries(fields).filter((field): field is [string, string] => typeof field[1] === 'string')
  return Object.fromEntries(texts)
}

type Validated<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: Errors }

/** Returns the values of a form, or the first error of each field. */
export function validateForm<T>(schema: v.GenericSchema<unknown, T>, form: Form): Validated<T> {
  const result = v.safeParse(schema, form)
  if (result.success) return { ok: true, value: result.output }
  const fields = Object.entries(v.flatten(result.issues).nested ?? {}) as [string, string[]][]
  return { ok: false, errors: Object.fromEntries(fields.map(([name, [first = '']]) => [name, first])) }
}
