// Serves a contract app with the server of the runtime. Node has no server for the Fetch API, so it uses @hono/node-server.
import type { Contract, FetchApp } from '../contract'
import { contractAt, HOSTNAME, listen, PORT, report } from '../listen'

/** Creates the app when its port is known, which is before the first request. */
export async function serve(create: (contract: Contract) => FetchApp): Promise<void> {
  const { Bun, Deno } = globalThis as unknown as Servers
  if (Bun === undefined && Deno === undefined) return serveOnNode(create)
  let app: FetchApp | undefined
  const port =
    Bun === undefined
      ? serveOnDeno(Deno as DenoServer, (...parameters) => app?.(...parameters))
      : serveOnBun(Bun, (...parameters) => app?.(...parameters))
  app = create(contractAt(port))
  report(port)
}

type Handler = (...parameters: Parameters<FetchApp>) => ReturnType<FetchApp> | undefined

function serveOnBun(Bun: BunServer, app: Handler): number {
  return Bun.serve({
    hostname: HOSTNAME,
    port: PORT,
    fetch: (request, server) => app(request, server.requestIP(request)),
  }).port
}

function serveOnDeno(Deno: DenoServer, app: Handler): number {
  return Deno.serve({ hostname: HOSTNAME, port: PORT, onListen: () => undefined }, (request, { remoteAddr }) =>
    app(request, { address: remoteAddr.hostname }),
  ).addr.port
}

async function serveOnNode(create: (contract: Contract) => FetchApp): Promise<void> {
  const { getRequestListener } = await import('@hono/node-server')
  const { server, contract, report: reportOrigin } = await listen()
  const app = create(contract)
  server.on(
    'request',
    getRequestListener((request, env) => app(request, { address: getPeerAddress(env) }), { hostname: HOSTNAME }),
  )
  reportOrigin()
}

function getPeerAddress(env: unknown): string | undefined {
  return (env as { readonly incoming: { readonly socket: { readonly remoteAddress?: string } } }).incoming.socket
    .remoteAddress
}

/** The part of both runtimes that this file uses. */
interface Servers {
  readonly Bun?: BunServer
  readonly Deno?: DenoServer
}

interface BunServer {
  serve(options: {
    hostname: string
    port: number
    fetch(request: Request, server: { requestIP(request: Request): { address: string } }): unknown
  }): { readonly port: number }
}

interface DenoServer {
  serve(
    options: { hostname: string; port: number; onListen(): void },
    handler: (request: Request, info: { readonly remoteAddr: { readonly hostname: string } }) => unknown,
  ): { readonly addr: { readonly port: number } }
}
