// Listens before the app is created, because with PORT=0 the `{origin}` of the profile is known only then. A complete app prints
// its origin, which the runner reads (`--reports-port`).
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Contract } from './contract'
import { fillOrigin } from './profile'

export const HOSTNAME = '127.0.0.1'
export const PORT = Number(process.env.PORT ?? 8787)

export interface Listening {
  readonly server: Server
  readonly contract: Contract
  /** Prints the origin; to be called when the server has its handler. */
  readonly report: () => void
}

/** Listens at `PORT` (8787; 0 takes any free port), and creates the contract of that origin. */
export async function listen(): Promise<Listening> {
  const server = createServer().listen(PORT, HOSTNAME)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { server, contract: contractAt(port), report: () => report(port) }
}

/** Creates the contract of an app that listens at this port. */
export function contractAt(port: number): Contract {
  return new Contract(fillOrigin(`${HOSTNAME}:${port}`, process.env.CONFORMANCE_PROFILE))
}

export function report(port: number): void {
  console.log(`http://${HOSTNAME}:${port}`)
}
