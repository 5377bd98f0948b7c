import { UsageError } from '../base/errors'
import type { HeaderTarget } from '../commit'
import { mergeVary } from '../wire/headers/vary'
import { type NodeResponse, WriteHeadTarget } from './write-head-target'

/** Headers that describe a body. Those of an earlier body do not fit the body of the response. */
const BODY_HEADERS = ['content-encoding', 'content-language', 'content-length', 'content-range', 'transfer-encoding']

/**
 * Headers that describe the connection over which a response was fetched. A proxy reads a body with two lengths as two
 * responses.
 */
const CONNECTION_HEADERS = ['connection', 'keep-alive', 'transfer-encoding']

/**
 * Sends a Fetch API response, for example a refusal, through a response of Node. Headers that the app set before are kept,
 * unless the response has them too or they describe a body. If the response of Node has ended (a timeout, for example), the
 * function does nothing. If the body cannot be read, the function rejects before it changes the response of Node, so an
 * error handler can still send another response.
 *
 * @param to - The response as Node created it.
 * @param response - The response to send. Its body is read as a whole.
 * @throws UsageError `response-sent` if another response has begun and has not ended.
 */
export async function sendResponse(to: NodeResponse, response: Response): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer())
  if (to.writableEnded) return
  if (to.headersSent) throw createHeadersSentError()
  to.statusCode = response.status
  for (const name of BODY_HEADERS) to.removeHeader(name)
  putHeaders(new WriteHeadTarget(to), response)
  if (response.status !== 204 && response.status !== 304) to.setHeader('content-length', String(body.length))
  to.end(body)
}

function createHeadersSentError(): UsageError {
  return new UsageError(
    'response-sent',
    'A guard refused this request after the headers of another response were sent. Install the login middleware and the guards before any handler that writes to the response.',
  )
}

/**
 * Writes the headers of a Fetch API response to another response. Cookies are added, `Vary` is merged, and other headers
 * are replaced.
 *
 * @param to - The headers of the other response.
 * @param response - The Fetch API response. Headers that describe its connection are left out.
 */
export function putHeaders(to: HeaderTarget, response: Response): void {
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') to.append(name, value)
    else if (name === 'vary') addVary(to, value)
    else if (!CONNECTION_HEADERS.includes(name)) to.set(name, value)
  }
}

/**
 * Adds names to the `Vary` header of a response.
 *
 * @param to - The headers of the response.
 * @param names - Names of request headers, separated by commas.
 */
export function addVary(to: HeaderTarget, names: string): void {
  const added = names.split(',').map((name) => name.trim())
  to.set('vary', mergeVary(to.get('vary'), added))
}
