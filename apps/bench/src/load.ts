// Requests the guarded page of a server over several connections, each with its own cookies.
import autocannon from 'autocannon'
import { createHeaders, PAGE } from './request'
import { getQuantile } from './statistics'

/** The length of a load. */
export type LoadLength = { readonly seconds: number } | { readonly requests: number }

export interface Load {
  readonly port: number
  readonly cookies: readonly string[]
  readonly connections: number
  readonly length: LoadLength
}

export interface Throughput {
  readonly requests: number
  readonly requestsPerSecond: number
  /** Milliseconds. */
  readonly p50: number
  /** Milliseconds. */
  readonly p99: number
}

/** @throws Error if a response is not 200. */
export function runLoad({ port, cookies, connections, length }: Load): Promise<Throughput> {
  const times: number[] = []
  let first = 0
  let last = 0
  let connection = 0
  return new Promise((resolve, reject) => {
    const run = autocannon(
      {
        url: `http://127.0.0.1:${port}`,
        connections,
        // The interval in milliseconds at which it checks whether the load is complete.
        sampleInt: 100,
        ...('seconds' in length ? { duration: length.seconds } : { amount: length.requests }),
        setupClient: (client) => client.setRequests(createRequests(selectCookies(cookies, connection++, connections))),
      },
      (error, { non2xx, errors }) => {
        if (error) reject(error)
        else if (non2xx + errors > 0)
          reject(new Error(`${non2xx} responses were not 200, and ${errors} requests failed.`))
        else resolve(toThroughput(times, last - first))
      },
    )
    run.on('response', (_client, _status, _bytes, millis) => {
      last = performance.now()
      if (times.length === 0) first = last
      times.push(millis)
    })
  })
}

/** Returns the cookies of one connection. Two connections share a cookie only if there are too few. */
function selectCookies(cookies: readonly string[], connection: number, connections: number): readonly string[] {
  return cookies.length < connections ? cookies : cookies.filter((_, index) => index % connections === connection)
}

function createRequests(cookies: readonly string[]): autocannon.Request[] {
  return cookies.map((cookie) => ({ method: 'GET', path: PAGE, headers: createHeaders(cookie) }))
}

function toThroughput(times: number[], millis: number): Throughput {
  const sorted = times.sort((one, other) => one - other)
  return {
    requests: sorted.length,
    requestsPerSecond: ((sorted.length - 1) * 1000) / millis,
    p50: getQuantile(sorted, 0.5),
    p99: getQuantile(sorted, 0.99),
  }
}
