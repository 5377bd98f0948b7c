// Describes a request in a line of a log.
import { getPath, type RequestView } from './request'

/** Returns method and path, without user information and without the query. A page of Next.js without the proxy has no path. */
export function describeRequest(request: RequestView): string {
  const path = request.url && getPath(request).replace(/\/\/[^/]*@/, '//')
  return `${escapeText(request.method)} ${escapeText(path)}`
}

/** The limit of the length of a text before escapes. A longer text ends with `…`. */
const TEXT_LIMIT = 200

/** Returns a part of a request in printable ASCII. The backslash is escaped too, so that escapes are unambiguous. */
export function escapeText(text: string): string {
  const escaped = text.slice(0, TEXT_LIMIT).replace(/[^!-[\]-~]/g, (one) => `\\u{${one.charCodeAt(0).toString(16)}}`)
  return text.length > TEXT_LIMIT ? `${escaped}…` : escaped
}
