// A contract app as a Worker. It reads the profile from the bindings, and the peer address from a header of the edge.
import { Contract, type FetchApp } from '../contract'

interface Env {
  readonly CONFORMANCE_PROFILE: string
}

export interface WorkerApp {
  fetch(request: Request, env: Env): Response | Promise<Response>
}

export function worker(create: (contract: Contract) => FetchApp): WorkerApp {
  let app: FetchApp | undefined
  return {
    fetch: (request, env) => {
      app ??= create(new Contract(env.CONFORMANCE_PROFILE))
      return app(request, { address: request.headers.get('cf-connecting-ip') ?? undefined })
    },
  }
}
