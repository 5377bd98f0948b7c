// Describes a request in a line of a log.
import { getPath, type RequestView } from './request'

/** Returns method and path, without user information and without the query. A page of Next.js without the proxy has no path. */
export function describeRequest(request: RequestView): string {
  const path = request.url && getPath(request).replace(/\/\/[^/]*@/, '//')
  return `${escapeText(request.method)} ${escapeText(path)}`
}

/** Returns a part of a request in printable ASCII, at most 200 characters before escapes. */
export function escapeText(text: string): string {
  return text.slice(0, 200).replace(/[^!-~]/g, (one) => `\\u{${one.charCodeAt(0).toString(16)}}`)
}
