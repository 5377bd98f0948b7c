// Serves a contract app by what the runtime itself serves with; Node has nothing for Fetch API and takes a bridge.
import { Contract, type FetchApp } from '../contract'

const hostname = '127.0.0.1'
const port = Number(process.env.PORT ?? 8787)

export async function serve(create: (contract: Contract) => FetchApp): Promise<void> {
  const app = create(new Contract(process.env.CONFORMANCE_PROFILE))
  const { Bun, Deno } = globalThis as unknown as Servers
  if (Bun !== undefined)
    return void Bun.serve({ hostname, port, fetch: (request, server) => app(request, server.requestIP(request)) })
  if (Deno !== undefined)
    return void Deno.serve({ hostname, port }, (request, { remoteAddr }) =>
      app(request, { address: remoteAddr.hostname }),
    )
  const { serve: serveOnNode } = await import('@hono/node-server')
  const fetch = (request: Request, env: unknown) => app(request, { address: peerOf(env) })
  serveOnNode({ hostname, port, fetch })
}

function peerOf(env: unknown): string | undefined {
  return (env as { readonly incoming: { readonly socket: { readonly remoteAddress?: string } } }).incoming.socket
    .remoteAddress
}

/** As much as is used of the two. */
interface Servers {
  readonly Bun?: {
    serve(options: {
      hostname: string
      port: number
      fetch(request: Request, server: { requestIP(request: Request): { address: string } }): unknown
    }): unknown
  }
  readonly Deno?: {
    serve(
      options: { hostname: string; port: number },
      handler: (request: Request, info: { readonly remoteAddr: { readonly hostname: string } }) => unknown,
    ): unknown
  }
}
