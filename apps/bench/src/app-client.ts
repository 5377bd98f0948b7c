// A client of an app. Only `send` is timed.
import { createHeaders } from './request'

export interface AppResponse {
  readonly status: number
  readonly body: string
  readonly setCookies: readonly string[]
}

export interface AppClient<Raw> {
  send(path: string, cookie: string | null): Raw | Promise<Raw>
  read(raw: Raw): Promise<AppResponse>
}

type SendRequest = (path: string, headers: Record<string, string>) => Response | Promise<Response>

/** Creates a client of an app whose response is a Fetch API response. */
export function createFetchClient(sendRequest: SendRequest): AppClient<Response> {
  return {
    send: (path, cookie) => sendRequest(path, createHeaders(cookie)),
    read: async (response) => ({
      status: response.status,
      body: await response.text(),
      setCookies: response.headers.getSetCookie(),
    }),
  }
}
