// A server in its own process, so that the engine does not optimize its code for other apps as well.
import { Child } from './child'

export type ServerApp = 'bare' | 'headers' | 'guarded'

/** The first message is the port. Each response is the processor time. */
export type ServerMessage = { readonly port: number } | { readonly cpuMicros: number }

export interface ServerProcess {
  readonly port: number
  /** Returns the processor time of all its threads so far, in microseconds. */
  getCpuMicros(): Promise<number>
  stop(): void
}

export async function startServerProcess(
  framework: string,
  app: ServerApp,
  cacheBytes: number,
): Promise<ServerProcess> {
  const child = new Child<ServerMessage>('http-server', [framework, app, cacheBytes])
  const { port } = (await child.receive()) as { port: number }
  const getCpuMicros = async () => ((await child.request('cpu')) as { cpuMicros: number }).cpuMicros
  return { port, getCpuMicros, stop: () => child.stop() }
}
