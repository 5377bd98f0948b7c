// A form, as this app reads it: texts by name. What is missing, or a file, is an empty text.
import type { Context } from 'hono'

export type Form = (name: string) => string

export async function readForm(c: Context): Promise<Form> {
  const fields = await c.req.parseBody().catch(() => ({}) as Record<string, unknown>)
  return (name) => {
    const value = fields[name]
    return typeof value === 'string' ? value : ''
  }
}
