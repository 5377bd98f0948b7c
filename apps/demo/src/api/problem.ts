// An error as problem+json (RFC 9457), independent of the Accept header.
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

export function problemJson(c: Context, status: ContentfulStatusCode, title: string, detail: string): Response {
  const problem = { type: 'about:blank', title, status, detail }
  return c.body(JSON.stringify(problem), status, { 'content-type': 'application/problem+json' })
}
