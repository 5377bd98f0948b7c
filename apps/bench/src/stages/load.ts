// A load: some connections that ask for the guarded page, each with cookies of its own.
import autocannon from 'autocannon'
import { headersWith, PAGE } from '../request'
import { quantile } from '../statistics'

export interface Load {
  readonly port: number
  readonly cookies: readonly string[]
  readonly connections: number
  /** For so long, or so often. */
  readonly length: { readonly seconds: number } | { readonly requests: number }
}

export interface Throughput {
  readonly requests: number
  readonly requestsPerSecond: number
  /** Milliseconds. */
  readonly p50: number
  /** Milliseconds. */
  readonly p99: number
}

/** @throws Error where an answer is not 200. */
export function runLoad({ port, cookies, connections, length }: Load): Promise<Throughput> {
  const times: number[] = []
  let first = 0
  let last = 0
  let turn = 0
  return new Promise((resolve, reject) => {
    const run = autocannon(
      {
        url: `http://127.0.0.1:${port}`,
        connections,
        // It looks so often whether it is over, in milliseconds.
        sampleInt: 100,
        ...('seconds' in length ? { duration: length.seconds } : { amount: length.requests }),
        setupClient: (client) => client.setRequests(requestsOf(shareOf(cookies, turn++, connections))),
      },
      (error, { non2xx, errors }) => {
        if (error) reject(error)
        else if (non2xx + errors > 0) reject(new Error(`${non2xx} answers were not 200, and ${errors} did not come.`))
        else resolve(throughputOf(times, last - first))
      },
    )
    run.on('response', (_client, _status, _bytes, millis) => {
      last = performance.now()
      if (times.length === 0) first = last
      times.push(millis)
    })
  })
}

/** The cookies of one connection: no two connections have one in common, where there are enough. */
function shareOf(cookies: readonly string[], turn: number, connections: number): readonly string[] {
  return cookies.length < connections ? cookies : cookies.filter((_, index) => index % connections === turn)
}

function requestsOf(cookies: readonly string[]): autocannon.Request[] {
  return cookies.map((cookie) => ({ method: 'GET', path: PAGE, headers: headersWith(cookie) }))
}

function throughputOf(times: number[], millis: number): Throughput {
  const sorted = times.sort((one, other) => one - other)
  return {
    requests: sorted.length,
    requestsPerSecond: ((sorted.length - 1) * 1000) / millis,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
  }
}
