// A refusal for programs: problem+json (RFC 9457), whatever the request would accept.
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

export function problemJson(c: Context, status: ContentfulStatusCode, title: string, detail: string): Response {
  const problem = { type: 'about:blank', title, status, detail }
  return c.body(JSON.stringify(problem), status, { 'content-type': 'application/problem+json' })
}
